import { type Item, pointerOf } from './item.ts';

const heading = `# What the actor runtime is held to

Generated from the tests by \`UPDATE_DOCS=1 npx vitest run test/conformance\`; a stale copy fails the run. Each row is one property
of supervision, messages or threads, and the tests that show it: a failing one fails the same run. \`open\` is not shown yet.
`;

/** The whole of `docs/conformance.md`. */
export function conformanceDocument(items: readonly Item[]): string {
  const rows = items.map((item) => row([String(item.n), item.text, tests(item), verdict(item)]));
  const table = [row(['n', 'item', 'test', 'verdict']), row(['---', '---', '---', '---']), ...rows];
  return `${heading}\n${counts(items)}\n\n${table.join('\n')}\n`;
}

export function verdict({ notApplicable, tests: named }: Item): string {
  if (notApplicable !== undefined) return `not applicable: ${notApplicable}`;
  return named.length > 0 ? 'pass' : 'open';
}

function counts(items: readonly Item[]): string {
  const of = (start: string) => items.filter((item) => verdict(item).startsWith(start)).length;
  return `${of('pass')} pass, ${of('not applicable')} not applicable, ${of('open')} open.`;
}

function tests(item: Item): string {
  return item.tests
    .map(pointerOf)
    .map(({ file, title }) => `\`${file}\`: ${title}`)
    .join('<br>');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

import { type Item, pointerOf } from './item.ts';

const heading = `# What the actor runtime is held to

Each row is one property of supervision, messages or threads, with the tests that show it. The verdicts are those of a run: after
each, \`vitest run\` compares what its tests have shown with this page, and fails when that is something else.
\`UPDATE_DOCS=1 npx vitest run\` writes it. A title with \`%s\` or \`$name\` stands for a table of cases.
`;

/** The whole of `docs/conformance.md`. */
export function conformanceDocument(
  items: readonly Item[],
  verdictOf: (item: Item) => string,
): string {
  const verdicts = items.map(verdictOf);
  const rows = items.map((item, index) => `${known(item)}${cell(verdicts[index] ?? '')} |`);
  const table = ['| n | item | test | verdict |', '| --- | --- | --- | --- |', ...rows];
  return `${heading}\n${counts(verdicts)}\n\n${table.join('\n')}\n`;
}

/** What a document says about an item, if it names the same tests for it. */
export function verdictIn(document: string, item: Item): string | undefined {
  const start = known(item);
  const line = document.split('\n').find((each) => each.startsWith(start));
  return line?.slice(start.length, -' |'.length).replaceAll('\\|', '|');
}

function counts(verdicts: readonly string[]): string {
  const kinds = ['pass', 'not applicable', 'failed', 'open'];
  return `${kinds
    .map((kind) => [kind, verdicts.filter((verdict) => verdict.startsWith(kind)).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')}.`;
}

/** The row of an item, but for the verdict. */
function known(item: Item): string {
  return `| ${[String(item.n), item.text, tests(item)].map(cell).join(' | ')} | `;
}

function tests(item: Item): string {
  return item.tests
    .map(pointerOf)
    .map(({ file, title }) => `\`${file}\`: ${title}`)
    .join('<br>');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

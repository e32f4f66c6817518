import { type Item, type Pointer, pointerOf } from './item.ts';

/** How one test of a run ended. Its title is that of its groups and its own, with the values of its case filled in. */
export type Result = { readonly title: string; readonly state: 'passed' | 'failed' | 'skipped' };

/** What a run has shown, by file. */
export type Results = ReadonlyMap<string, readonly Result[]>;

/** What the results say about an item; undefined when its tests did not all run. */
export function verdictOf(item: Item, results: Results): string | undefined {
  if (item.notApplicable !== undefined) return `not applicable: ${item.notApplicable}`;
  if (item.tests.length === 0) return 'open';
  const shown = item.tests.map(pointerOf).map((pointer) => shownBy(pointer, results));
  if (shown.includes('failed')) return 'failed';
  return shown.every((state) => state === 'passed') ? 'pass' : undefined;
}

/** A test that is not there, in a file that ran, has failed. One with a table of cases passes when all of them do. */
function shownBy({ file, title }: Pointer, results: Results): Result['state'] {
  const ran = results.get(file);
  if (!ran) return 'skipped';
  const pattern = casesOf(title);
  const states = ran.filter((result) => pattern.test(result.title)).map(({ state }) => state);
  if (states.length === 0 || states.includes('failed')) return 'failed';
  return states.includes('skipped') ? 'skipped' : 'passed';
}

/** What a title in the source is when the values of a case stand in place of `%s` or `$name`. */
function casesOf(title: string): RegExp {
  const fixed = title
    .split(/%[sdifjoOc#]|\$\w+(?:\.\w+)*/)
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${fixed.join('[^]*')}$`);
}

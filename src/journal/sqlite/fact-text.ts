import { rememberingLast } from '../../domain/remembering-last.ts';
import type { JournalFact } from '../journal.ts';

const textOf = rememberingLast((shared: object) => JSON.stringify(shared));

/**
 * A fact as JSON. The prediction of a bar is most of its text and all of its long numbers, and the accounts of a thread write down the
 * same one, each in its own journal: it becomes text once.
 */
export function factText(fact: JournalFact & { readonly prediction?: unknown }): string {
  const { prediction, ...others } = fact;
  if (typeof prediction !== 'object' || prediction === null) return JSON.stringify(fact);
  return `${JSON.stringify(others).slice(0, -1)},"prediction":${textOf(prediction)}}`;
}

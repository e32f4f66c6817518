import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** The trade of a bar and side is made once: its identity must not be on any order or position yet. */
export function duplicateOrder({ signal }: EntryRisk): Denial | undefined {
  if (signal === 'passed' || signal.duplicates === 0) return undefined;
  return { limit: 'duplicate-order', observed: signal.duplicates, allowed: 0 };
}

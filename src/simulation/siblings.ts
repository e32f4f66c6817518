/** Isolation: what goes wrong with one account changes nothing of what another one decides. */
import type { ReportViolation } from './account-audit.ts';
import type { Scenario } from './scenario.ts';
import type { Trouble } from './trouble.ts';

/** Entries are stopped for all of them, or whoever crashes too often stops being waited for. */
const concernsAll: ReadonlySet<Trouble['kind']> = new Set(['stop-engine', 'crash-flood']);

/** By account: what every bar came to. */
export type Verdicts = (account: string) => ReadonlyMap<string, string>;

/**
 * Accounts that nothing happened to, while something did to others. In lockstep no decision of theirs depends on what
 * became of the threads, the host or its clock either; live, it may come too late for a bar. Beneath a cap of the fleet
 * they depend on each other.
 */
export function siblingsOf({ accounts, troubles, pollMs, caps }: Scenario): readonly string[] {
  if (troubles.length === 0 || pollMs !== undefined || caps !== undefined) return [];
  if (troubles.some(({ kind }) => concernsAll.has(kind))) return [];
  return accounts.filter((account) => !troubles.some((trouble) => isAbout(trouble, account)));
}

/** @param calm what they decide where nothing goes wrong */
export function compareSiblings(
  accounts: readonly string[],
  { real, calm }: { readonly real: Verdicts; readonly calm: Verdicts },
  report: ReportViolation,
): void {
  for (const account of accounts) {
    for (const [trace, expected] of calm(account)) {
      const verdict = real(account).get(trace);
      if (verdict === expected) continue;
      const detail = `${trace}: ${verdict}, in a calm run ${expected}`;
      report({ rule: 'a sibling was disturbed', account, detail });
    }
  }
}

function isAbout(trouble: Trouble, account: string): boolean {
  switch (trouble.kind) {
    case 'crash-actor':
      return trouble.actor.startsWith(`account:${account}/`);
    case 'kill-thread':
    case 'stall-thread':
      return trouble.thread === `account:${account}`;
    case 'crash-many':
    case 'kill-engine':
    case 'cut-power':
    case 'clock-jump':
    case 'kill-all-threads':
    case 'stop-engine':
    case 'crash-flood':
      return false;
    default:
      return trouble.account === account;
  }
}

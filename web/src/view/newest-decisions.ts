import type { FleetSnapshot } from '../../../src/protocol/fleet.ts';
import type { Decision } from '../engine/dashboard-store.ts';

const rowsMax = 80;

/** The decisions of all accounts, or of one, newest first. */
export function newestDecisions(
  decisions: FleetSnapshot['decisions'],
  wanted: { account: string | undefined; showsHeld: boolean },
): readonly { readonly account: string; readonly decision: Decision }[] {
  return Object.entries(decisions)
    .filter(([account]) => wanted.account === undefined || account === wanted.account)
    .flatMap(([account, list]) => list.map((decision) => ({ account, decision })))
    .filter(({ decision }) => wanted.showsHeld || decision.verdict !== 'held')
    .sort((a, b) => b.decision.at - a.decision.at || (a.account < b.account ? -1 : 1))
    .slice(0, rowsMax);
}

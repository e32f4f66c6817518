/** What the brokers say of the accounts of a run, asked past the accounts themselves. */
import type { AccountView } from '../domain/account.ts';
import type { AccountPlan } from '../engine/run-plan.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import { connectTerminal } from '../threads/terminal-connection.ts';

const answerWithinMs = 10_000;

export async function accountViews(
  accounts: readonly AccountPlan[],
  clock: Clock,
): Promise<ReadonlyMap<string, AccountView>> {
  const views = new Map<string, AccountView>();
  for (const { id, terminal, magic, deviationPoints } of accounts) {
    const broker = connectTerminal(terminal, { clock, magic, deviationPoints });
    const view = await within(answerWithinMs, clock, undefined, (signal) => broker.account(signal));
    views.set(id, view);
  }
  return views;
}

/** Ids of those that hold a position of ours. Rejects when a broker does not answer. */
export async function accountsHolding(
  accounts: readonly AccountPlan[],
  clock: Clock,
  parent: AbortSignal,
): Promise<readonly string[]> {
  const held = await Promise.all(
    accounts.map(async ({ id, terminal, magic, deviationPoints }) => {
      const broker = connectTerminal(terminal, { clock, magic, deviationPoints });
      const positions = await within(answerWithinMs, clock, parent, (signal) =>
        broker.positions(signal),
      );
      return positions.some(({ isOwned }) => isOwned) ? [id] : [];
    }),
  );
  return held.flat();
}

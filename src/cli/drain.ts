/** Waits, with entries stopped, until every account is flat. */
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import type { AccountId } from '../domain/units.ts';
import type { Clock } from '../runtime/clock.ts';
import { type FleetWatch, hasStopped, isFlat, openCount, openText } from './fleet-watch.ts';

/** How often it is said what is still open, when nothing changes. */
const sayEveryMs = 60_000;

/**
 * Resolves when every running account is flat. Positions leave by their own exits, which may take days. Says how many
 * are open: at first, at each change, and once a minute. Rejects with the reason of the signal.
 */
export async function drain(
  { watch, clock, write }: DrainMeans,
  signal: AbortSignal,
): Promise<void> {
  let said = '';
  const say = () => {
    said = progress(watch);
    write(`drain   ${said}`);
  };
  say();
  let cancel = () => {};
  const sayAgain = () => {
    cancel = clock.after(sayEveryMs, () => {
      say();
      sayAgain();
    });
  };
  sayAgain();
  try {
    await watch.until(() => {
      if (progress(watch) !== said) say();
      return awaited(watch).length === 0;
    }, signal);
  } finally {
    cancel();
  }
}

type DrainMeans = {
  readonly watch: FleetWatch;
  readonly clock: Clock;
  readonly write: (line: string) => void;
};

function progress(watch: FleetWatch): string {
  const accounts = watch.all();
  if (accounts.some((account) => openCount(account) > 0)) return `${openText(accounts)} open`;
  const asked = awaited(watch);
  return asked.length === 0 ? 'every account is flat' : `nothing open, asking ${asked.join(', ')}`;
}

function awaited(watch: FleetWatch): readonly AccountId[] {
  const isDone = (account: AccountSnapshot) => isFlat(account) && hasStopped(account);
  const open = watch.all().flatMap((account) => (isDone(account) ? [] : [account.id]));
  return [...open, ...watch.silent()];
}

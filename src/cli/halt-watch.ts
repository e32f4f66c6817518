/** Watches for the moment at which nothing is left to do: every account halted, and flat by its broker's own word. */
import type { AccountId } from '../domain/units.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { type FleetWatch, isFlat, isKnown } from './fleet-watch.ts';

/** After a broker's word that did not agree. */
const askAgainMs = 2_000;

export type HaltMeans = {
  readonly watch: FleetWatch;
  /** All accounts of the run, those that do not run included. */
  readonly accounts: () => readonly AccountId[];
  /** Asks the brokers; accounts that hold something of ours. Rejects when one does not answer. */
  readonly holding: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly write: (line: string) => void;
};

/**
 * Resolves with why, once every account has become halted and flat in this life of the process: an engine that begins
 * like that stays up, so that a person can revive. One that holds a position still is managed until that has left.
 * Rejects with the reason of the signal.
 */
export async function everyoneHalted(means: HaltMeans, signal: AbortSignal): Promise<string> {
  const { watch, clock, write } = means;
  const isOver = () => isEveryoneHalted(means);
  await watch.until(() => isBeginningKnown(watch), signal);
  if (isOver()) {
    write(`halted  ${reasons(means)}: to trade again: novosky ctl revive --all`);
    await watch.until(() => !isOver(), signal);
  }
  for (;;) {
    await watch.until(isOver, signal);
    if (await isConfirmed(means, signal)) return reasons(means);
    await sleep(askAgainMs, clock, signal);
  }
}

/** The first word of an account is said before its broker was read: what it holds shows only then. */
function isBeginningKnown(watch: FleetWatch): boolean {
  const accounts = watch.all();
  if (accounts.some(({ state }) => state !== 'halted')) return true;
  return watch.silent().length === 0 && accounts.every(isKnown);
}

function isEveryoneHalted({ watch, accounts }: HaltMeans): boolean {
  const ids = accounts();
  return (
    ids.length > 0 &&
    ids.every((id) => {
      const account = watch.of(id);
      return account?.state === 'halted' && isFlat(account);
    })
  );
}

async function isConfirmed(means: HaltMeans, signal: AbortSignal): Promise<boolean> {
  try {
    const holding = await means.holding(signal);
    if (holding.length > 0)
      means.write(`halted  not flat by the broker's word: ${holding.join(', ')}`);
    return holding.length === 0 && isEveryoneHalted(means);
  } catch (error) {
    signal.throwIfAborted();
    means.write(`halted  whether all are flat cannot be asked: ${(error as Error).message}`);
    return false;
  }
}

function reasons({ watch, accounts }: HaltMeans): string {
  return accounts()
    .map((id) => `${id} ${watch.of(id)?.stateReason ?? 'halted'}`)
    .join(', ');
}

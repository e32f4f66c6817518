import {
  createMarketTime,
  type MarketTimeMessage,
  type MarketTimeOptions,
  type SteppedTerminal,
} from '../actors/market-time.ts';
import type { AccountId } from '../domain/units.ts';
import { type ActorChild, actorChild } from '../runtime/actor-child.ts';
import type { DeadLetter } from '../runtime/dead-letters.ts';
import type { RunPlan } from './run-plan.ts';

type FromEngine = Pick<
  MarketTimeOptions,
  'clock' | 'feed' | 'observer' | 'onLatency' | 'onFinished'
> & {
  readonly schedule: ((turn: () => void) => void) | undefined;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  /** Asked at every start. */
  readonly terminals: () => readonly SteppedTerminal[];
  readonly accounts: () => readonly AccountId[];
};

/** Undefined where wall time moves the market. */
export function marketTimeChild(
  { lockstep, timeframe }: RunPlan,
  { schedule, onDeadLetter, terminals, accounts, ...means }: FromEngine,
): ActorChild<MarketTimeMessage> | undefined {
  if (lockstep === undefined) return undefined;
  const { symbol, stepsMax, paceMs } = lockstep;
  return actorChild<MarketTimeMessage>({
    id: 'market-time',
    restart: 'permanent',
    shutdownMs: 5_000,
    startMs: 5_000,
    clock: means.clock,
    schedule,
    mailbox: { capacity: 10_000, overflow: 'drop-oldest' },
    onDeadLetter,
    start: ({ self, epoch }) =>
      createMarketTime({
        ...means,
        ...{ symbol, timeframe, paceMs, self },
        incarnation: epoch,
        terminals: terminals(),
        accounts: accounts(),
        ...(stepsMax !== undefined && { stepsMax }),
      }),
  });
}

import type { AccountFact } from '../../account/account-fact.ts';
import type { AccountState } from '../../account/account-state.ts';
import { hasDecided, isSettled } from '../../account/settled.ts';
import type { EpochMs } from '../../domain/units.ts';

/** One fact of a journal, and what the account knew after it. */
export type JournalStep = { readonly fact: AccountFact; readonly after: AccountState };

/** What a journal says of one bar: all that came after the bar before it was done with, until it was itself. */
export type JournalBar = {
  /** When it opened. */
  readonly barTime: EpochMs;
  /** What the account knew when the bar began. */
  readonly before: AccountState;
  readonly steps: readonly JournalStep[];
};

/**
 * Cuts a journal into bars. A bar is done with when it was decided and nothing of it is under way any more, at the latest
 * when the next one closes; it is never cut inside one moment of market time, so that no decision is torn.
 *
 * @param steps the whole journal, oldest first; read no further than needed
 * @param of.times open times of the bars that are wanted, ascending
 */
export function journalBars(
  steps: Iterable<JournalStep>,
  of: {
    readonly initial: AccountState;
    readonly series: string;
    readonly barMs: number;
    readonly times: readonly EpochMs[];
  },
): readonly JournalBar[] {
  const { times } = of;
  const bars: JournalBar[] = [];
  let [before, state, at, index] = [of.initial, of.initial, 0, -1];
  let open: JournalStep[] = [];
  const cut = () => {
    const barTime = times[index];
    if (barTime !== undefined) bars.push({ barTime, before, steps: open });
    [before, open, index] = [state, [], index + 1];
  };
  for (const step of steps) {
    const next = step.fact.at;
    while (next > at && index < times.length && isOver(index, { ...of, state, at, next })) cut();
    if (index >= times.length) break;
    [at, state] = [Math.max(at, next), step.after];
    if (index >= 0) open.push(step);
  }
  while (index < times.length) cut();
  return bars;
}

type Moment = {
  readonly series: string;
  readonly barMs: number;
  readonly times: readonly EpochMs[];
  readonly state: AccountState;
  /** Market time so far, and that of the next fact. */
  readonly at: number;
  readonly next: number;
};

/** Index -1 is all that came before the first bar. */
function isOver(index: number, { series, barMs, times, state, at, next }: Moment): boolean {
  const barTime = times[index] ?? (times[0] ?? 0) - barMs;
  const closesNext = (times[index + 1] ?? barTime + barMs) + barMs;
  if (next >= closesNext) return true;
  return at >= barTime + barMs && hasDecided(state, `${series}/${barTime}`) && isSettled(state);
}

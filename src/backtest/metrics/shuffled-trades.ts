import { seededRandom } from '../../runtime/seeded-random.ts';
import type { BacktestTrade } from '../outcome.ts';
import { quantile } from './quantile.ts';

/** 5 %, half and 95 % of all runs came out at or below these. */
export type Spread = { readonly p5: number; readonly p50: number; readonly p95: number };

export type ShuffledTrades = {
  readonly runs: number;
  readonly seed: number;
  /** The same trades in another order: largest fall of the balance, as a share, and longest row of losses. */
  readonly drawdownMax: Spread;
  readonly losingStreak: Spread;
  /** Share of orders in which a quarter, and a half, of the highest balance was gone at some time. */
  readonly quarterLost: number;
  readonly halfLost: number;
  /** As many trades drawn from the same, each time from all of them: the return, and the share of runs that lose. */
  readonly totalReturn: Spread;
  readonly lossProbability: number;
};

export type Shuffling = { readonly runs: number; readonly seed: number };

/**
 * What the order of the trades, and which of them one happened to get, had to do with the result. Each trade counts as
 * the share of the balance that it earned, so that sizes follow the balance as they do in trading. Falls are those
 * between closes: what happened while a trade was open is not in them. Undefined under two trades.
 *
 * @param trades in the order of closing
 */
export function shuffledTrades(
  trades: readonly Pick<BacktestTrade, 'profit'>[],
  startingBalance: number,
  { runs, seed }: Shuffling,
): ShuffledTrades | undefined {
  const shares = sharesOf(trades, startingBalance);
  if (shares.length < 2 || runs < 1) return undefined;
  const random = seededRandom(seed);
  const reordered = Float64Array.from(shares);
  const falls = new Float64Array(runs);
  const streaks = new Float64Array(runs);
  const returns = new Float64Array(runs);
  for (let run = 0; run < runs; run++) {
    shuffle(reordered, random);
    const { drawdownMax, losingStreak } = walk(reordered);
    falls[run] = drawdownMax;
    streaks[run] = losingStreak;
    returns[run] = drawnReturn(shares, random);
  }
  const share = (sample: Float64Array, counts: (value: number) => boolean) =>
    sample.filter(counts).length / runs;
  return {
    runs,
    seed,
    quarterLost: share(falls, (fall) => fall >= 0.25),
    halfLost: share(falls, (fall) => fall >= 0.5),
    lossProbability: share(returns, (each) => each < 0),
    drawdownMax: spreadOf(falls),
    losingStreak: spreadOf(streaks),
    totalReturn: spreadOf(returns),
  };
}

/** What each trade earned as a share of the balance before it; a ruined account has nothing more to lose. */
function sharesOf(
  trades: readonly Pick<BacktestTrade, 'profit'>[],
  startingBalance: number,
): Float64Array {
  let balance = startingBalance;
  return Float64Array.from(trades, ({ profit }) => {
    const share = balance > 0 ? Math.max(-1, profit / balance) : 0;
    balance += profit;
    return share;
  });
}

/** Every order equally likely: R. Durstenfeld, Algorithm 235, Communications of the ACM 7/7 (1964). */
function shuffle(values: Float64Array, random: () => number): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const held = values[last] as number;
    values[last] = values[other] as number;
    values[other] = held;
  }
}

function walk(shares: Float64Array): { drawdownMax: number; losingStreak: number } {
  let [balance, peak, drawdownMax, losses, losingStreak] = [1, 1, 0, 0, 0];
  for (const share of shares) {
    balance *= 1 + share;
    peak = Math.max(peak, balance);
    drawdownMax = Math.max(drawdownMax, 1 - balance / peak);
    losses = share < 0 ? losses + 1 : 0;
    losingStreak = Math.max(losingStreak, losses);
  }
  return { drawdownMax, losingStreak };
}

function drawnReturn(shares: Float64Array, random: () => number): number {
  let balance = 1;
  for (let i = 0; i < shares.length; i++) {
    balance *= 1 + (shares[Math.floor(random() * shares.length)] as number);
  }
  return balance - 1;
}

function spreadOf(sample: Float64Array): Spread {
  const ascending = sample.sort();
  const at = (share: number) => quantile(ascending, share);
  return { p5: at(0.05), p50: at(0.5), p95: at(0.95) };
}

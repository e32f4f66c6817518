/**
 * A market that does not exist: endless M15 bars, the same for the same symbol and seed. What a trading engine needs to
 * find in them is there and nothing can be learned from it: calm and wild times that cluster, sessions, trends that
 * come and go, jumps, and spread and volume that follow volatility. Scaled like BTCUSD of 2024.
 */
import { assert } from '../domain/assert.ts';
import type { Bar } from '../domain/bar.ts';
import { type EpochMs, epochMs, type Price, roundTo } from '../domain/units.ts';
import type { BarSource, MarketMark } from './bar-source.ts';
import { barsIdentity } from './bars-identity.ts';
import {
  type RandomState,
  resumedRandom,
  type SeededRandom,
  seededRandom,
} from './seeded-random.ts';

const barMs = 900_000;
const weekBars = 672;
/** Monday, 2023-10-30 00:00 UTC: the first bar of every generated market. */
export const generatedOrigin = epochMs(1_698_624_000_000);
/** Closed when the replay begins: 61 weeks. */
const historyBars = 61 * weekBars;
/** Monday, 2024-12-30 00:00 UTC: the first bar that is played. */
export const generatedFrom = epochMs(generatedOrigin + historyBars * barMs);
/** As many bars as a terminal keeps. */
const keptBars = 100_000;
/** Old bars are dropped in lots of this many, and so often the state of the market is marked. */
const eraBars = 10_000;

const center = 60_000;
const digits = 2;
/** Standard deviation of a bar's log return in usual times. */
const baseVolatility = 0.0023;
/** GARCH(1,1) of the normalised return: weight of the last shock and of the past. */
const garch = { shock: 0.11, past: 0.855 };
/** Slow tides of volatility: log-AR(1) with a memory of a few days. */
const tide = { memory: 0.998, step: 0.022 };
/** Pull to the centre: half of a deviation is gone after two months, and the further the stronger. */
const pull = { linear: 1.2e-4, cubic: 1.2e-2 };
/** A trend lasts three days on average and moves by a share of a bar's volatility per bar. */
const trend = { barsMean: 288, strength: 0.045 };
const jump = { probability: 0.0015, size: 3.5 };
const pathPoints = 15;
/** How far wicks reach beyond the points of the walk, in volatilities of the bar. */
const wick = 0.22;

/** How wild each hour of the day is, UTC, as measured on BTCUSD of 2024; its square mean is about 1. */
const hourVolatility = [
  1.04, 1.08, 0.94, 0.8, 0.75, 0.71, 0.78, 0.82, 0.84, 0.8, 0.79, 0.8, 0.95, 1.24, 1.56, 1.38, 1.24,
  1.23, 1.12, 1.09, 1.08, 1.03, 1.02, 0.89,
];
/** The same for volume. */
const hourVolume = [
  1, 0.95, 0.85, 0.74, 0.71, 0.7, 0.76, 0.88, 0.95, 0.88, 0.88, 0.92, 1.17, 1.66, 2.1, 1.9, 1.7,
  1.41, 1.2, 1.18, 0.99, 0.76, 0.78, 0.79,
];
/** Sunday first. */
const weekdayVolatility = [0.75, 1.15, 1.15, 1.12, 1.08, 1.08, 0.64];

export class UnknownMarketError extends Error {
  override readonly name = 'UnknownMarketError';
}

export type GeneratedBarsOptions = {
  readonly symbol: string;
  readonly seed: number;
  /** The broker's usual spread: what bars state is this, widened and narrowed with volatility. */
  readonly spreadPoints: number;
};

/** Throws `UnknownMarketError` for a symbol that is not modelled. */
export function generatedBars(options: GeneratedBarsOptions): BarSource {
  const { symbol, seed } = options;
  if (symbol !== 'BTCUSD') {
    throw new UnknownMarketError(
      `there is no generator for ${symbol}: only BTCUSD is modelled. Replay a file instead`,
    );
  }
  let stream = barStream(options);
  let kept: Bar[] = [];
  let oldest = 0;
  let marks: MarketMark[] = [];
  const addNext = () => {
    const index = oldest + kept.length;
    if (index % eraBars === 0) marks.push({ index, value: JSON.stringify(stream.state()) });
    kept.push(stream.next());
    if (kept.length < keptBars + 2 * eraBars) return;
    kept = kept.slice(eraBars);
    oldest += eraBars;
  };
  return {
    identity: { kind: 'generator', seed, market: marketIdentity(options) },
    barMs,
    indexFrom: historyBars,
    stepsMax: undefined,
    oldestIndex: () => Math.max(oldest, oldest + kept.length - keptBars),
    barAt: (index) => {
      while (oldest + kept.length <= index) addNext();
      return kept[index - oldest];
    },
    newMarks: () => {
      const taken = marks;
      marks = [];
      return taken;
    },
    markNeeded: (index) => index - keptBars,
    resume: ({ index, value }) => {
      stream = barStream(options, JSON.parse(value) as StreamState);
      oldest = index;
      kept = [];
    },
  };
}

/** Changes when the model does: books are not continued on a market that only shares their seed. */
function marketIdentity(options: GeneratedBarsOptions): string {
  const { next } = barStream({ ...options, spreadPoints: 0 });
  return barsIdentity(Array.from({ length: weekBars }, next));
}

/** What a market goes on from, as JSON data. */
type StreamState = { readonly market: MarketState; readonly random: RandomState };

type MarketState = {
  index: number;
  /** Log of the price over the centre. */
  level: number;
  /** GARCH variance, 1 in usual times. */
  variance: number;
  /** Log of the slow factor of volatility. */
  tide: number;
  /** Log return per bar in units of its volatility, and how many more bars it lasts. */
  drift: number;
  driftLeft: number;
};

/** The bars of a market one after another, from its origin on or from where a state was taken. */
export function barStream(
  { symbol, seed, spreadPoints }: GeneratedBarsOptions,
  from?: StreamState,
): { next(): Bar; state(): StreamState } {
  const random = from ? resumedRandom(from.random) : seededRandom(`${symbol}/${seed}`);
  const state = from ? { ...from.market } : originOf(random);
  const next = () => {
    const openTime = (generatedOrigin + state.index * barMs) as EpochMs;
    turnTides(state, random);
    const session = sessionOf(openTime);
    const relative = Math.sqrt(state.variance) * Math.exp(state.tide) * session.volatility;
    const path = walk(state, random, baseVolatility * relative);
    state.variance = nextVariance(state, path.end - path.start, baseVolatility * relative);
    state.index += 1;
    state.level = path.end;
    const tension = Math.min(4, Math.max(0.35, relative));
    return {
      openTime,
      ...pricesOf(path),
      volume: volumeOf(random, path, tension, session.volume),
      spreadPoints: spreadOf(random, tension, spreadPoints),
    };
  };
  return { next, state: () => ({ market: { ...state }, random: random.state() }) };
}

function originOf(random: SeededRandom): MarketState {
  const level = 0.15 * random.normal();
  return { index: 0, level, variance: 1, tide: 0, drift: 0, driftLeft: 0 };
}

function turnTides(state: MarketState, random: SeededRandom): void {
  state.tide = tide.memory * state.tide + tide.step * random.normal();
  if (state.driftLeft === 0) {
    state.drift = trend.strength * random.normal();
    state.driftLeft = 1 + Math.floor(-trend.barsMean * Math.log(1 - random.uniform()));
  }
  state.driftLeft -= 1;
}

function sessionOf(openTime: EpochMs): { volatility: number; volume: number } {
  const hour = Math.floor(openTime / 3_600_000) % 24;
  const weekday = (Math.floor(openTime / 86_400_000) + 4) % 7;
  const byDay = weekdayVolatility[weekday] ?? 1;
  return {
    volatility: (hourVolatility[hour] ?? 1) * byDay,
    volume: (hourVolume[hour] ?? 1) * byDay,
  };
}

type Path = { start: number; high: number; low: number; end: number };

/** The log price through one bar: a walk of equal steps with a jump now and then. */
function walk(state: MarketState, random: SeededRandom, volatility: number): Path {
  const start = state.level + 0.02 * volatility * random.normal();
  const back = pull.linear * start + pull.cubic * start ** 3;
  const jumpsAt =
    random.uniform() < jump.probability ? Math.floor(random.uniform() * pathPoints) : -1;
  const perPoint = (state.drift * volatility - back) / pathPoints;
  const noise = volatility / Math.sqrt(pathPoints);
  let at = start;
  let high = start;
  let low = start;
  for (let point = 0; point < pathPoints; point++) {
    at += perPoint + noise * random.normal();
    if (point === jumpsAt) at += jump.size * volatility * random.normal();
    if (at > high) high = at;
    if (at < low) low = at;
  }
  high += wick * volatility * Math.abs(random.normal());
  low -= wick * volatility * Math.abs(random.normal());
  return { start, high, low, end: at };
}

/** A shock beyond five deviations counts as five, so that one jump does not burn for days. */
function nextVariance(state: MarketState, move: number, volatility: number): number {
  const shock = Math.min(5, Math.abs(move) / volatility) ** 2;
  const weight = 1 - garch.shock - garch.past;
  return weight + (garch.shock * shock + garch.past) * state.variance;
}

/** On the grid of ticks, and never flat: high and low keep a tick between them, and open and close too. */
function pricesOf(path: Path): Pick<Bar, 'open' | 'high' | 'low' | 'close'> {
  const tick = 10 ** -digits;
  const onGrid = (level: number) => roundTo(center * Math.exp(level), digits);
  const open = onGrid(path.start);
  const closed = onGrid(path.end);
  const close = closed === open ? roundTo(open + tick, digits) : closed;
  const high = Math.max(onGrid(path.high), open, close);
  const low = Math.min(onGrid(path.low), open, close);
  assert(low > 0 && high > low, `bar of ${low} to ${high}`);
  return { open: open as Price, high: high as Price, low: low as Price, close: close as Price };
}

/** Follows the range of the bar and the hour, with a noise of its own; three decimals, never 0. */
function volumeOf(random: SeededRandom, path: Path, tension: number, session: number): number {
  const range = (path.high - path.low) / (1.5 * baseVolatility);
  const size = 1_900 * session ** 0.5 * tension ** 0.5 * range ** 0.9;
  return Math.max(0.001, roundTo(size * Math.exp(0.3 * random.normal()), 3));
}

function spreadOf(random: SeededRandom, tension: number, usual: number): number {
  return Math.max(0, Math.round(usual * tension ** 0.5 * Math.exp(0.12 * random.normal())));
}

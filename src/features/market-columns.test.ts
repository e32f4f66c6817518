/**
 * The formulas once more, the slow way: every value of every column from the whole series up to its bar, by direct
 * sums, sorts and filters. Nothing here is shared with the engine.
 */
import { describe, expect, test } from 'vitest';
import { generatedBars } from '../../test/generated-bars.ts';
import type { Bar } from '../domain/bar.ts';
import { featureMatrix } from './feature-matrix.ts';
import { featureNames } from './schema.ts';

type Values = readonly number[];

const at = (values: Values, index: number) => values[index] as number;
const sum = (values: Values) => values.reduce((total, x) => total + x, 0);
const mean = (values: Values) => sum(values) / values.length;
const lastOf = (values: Values, count: number, index: number) =>
  values.slice(index - count + 1, index + 1);
const clip = (x: number, limit: number) => Math.max(-limit, Math.min(limit, x));
const sgn = (x: number, s: number) => (Math.abs(x) <= 1e-12 * s ? 0 : Math.sign(x));
const over = (x: number, y: number, c: number, otherwise: number) =>
  y <= 1e-12 * c ? otherwise : x / y;

function emas(x: Values, period: number, from = 0): number[] {
  const out = x.map(() => Number.NaN);
  out[from + period - 1] = mean(x.slice(from, from + period));
  for (let i = from + period; i < x.length; i++) {
    out[i] = at(out, i - 1) + (2 / (period + 1)) * (at(x, i) - at(out, i - 1));
  }
  return out;
}

/** Wilder's smoothing by 14 of `x`, whose first value stands at index 1. */
function wilder(x: Values): number[] {
  const out = x.map(() => Number.NaN);
  out[14] = sum(x.slice(1, 15)) / 14;
  for (let i = 15; i < x.length; i++) out[i] = (at(out, i - 1) * 13 + at(x, i)) / 14;
  return out;
}

function rsis(x: Values): number[] {
  const changes = x.map((value, i) => value - at(x, Math.max(0, i - 1)));
  const gains = wilder(changes.map((change) => Math.max(0, change)));
  const losses = wilder(changes.map((change) => Math.max(0, -change)));
  return gains.map((gain, i) =>
    gain + at(losses, i) < 1e-14 ? 0.5 : gain / (gain + at(losses, i)),
  );
}

function macds(x: Values): { line: number[]; signal: number[] } {
  const slow = emas(x, 26);
  const line = emas(x, 12, 14).map((fast, i) => fast - at(slow, i));
  return { line, signal: emas(line, 9, 25) };
}

function rank(window: Values): number {
  const newest = window.at(-1) as number;
  const smaller = window.filter((x) => x < newest).length;
  return smaller + (window.filter((x) => x === newest).length + 1) / 2;
}

/** DI+ and DI- (13 changes before the first decay) and ADX, over whole series. */
function directions(
  bars: readonly Bar[],
  ranges: Values,
): { plus: number[]; minus: number[]; adx: number[] } {
  const moves = bars.map(({ high, low }, i) => {
    const before = bars[i - 1] ?? { high, low };
    const up = high - before.high;
    const down = before.low - low;
    return { up: up > 0 && up > down ? up : 0, down: down > 0 && down > up ? down : 0 };
  });
  const decaying = (x: Values) => {
    const out = x.map((_, i) => (i < 14 ? sum(x.slice(1, i + 1)) : 0));
    for (let i = 14; i < x.length; i++) out[i] = at(out, i - 1) * (13 / 14) + at(x, i);
    return out;
  };
  const total = decaying(ranges);
  const plus = decaying(moves.map(({ up }) => up)).map((x, i) => (100 * x) / at(total, i));
  const minus = decaying(moves.map(({ down }) => down)).map((x, i) => (100 * x) / at(total, i));
  const dx = plus.map((x, i) => {
    const isMissing = at(total, i) < 1e-14 || x + at(minus, i) < 1e-14;
    return isMissing ? Number.NaN : (100 * Math.abs(x - at(minus, i))) / (x + at(minus, i));
  });
  const adx = dx.map(() => Number.NaN);
  adx[27] = sum(dx.slice(14, 28).filter((x) => x >= 0)) / 14;
  for (let i = 28; i < dx.length; i++) {
    adx[i] = at(dx, i) >= 0 ? (at(adx, i - 1) * 13 + at(dx, i)) / 14 : at(adx, i - 1);
  }
  return { plus, minus, adx };
}

/** Closes of the buckets that have ended when bar `index` closes. */
function completedCloses(
  bars: readonly Bar[],
  index: number,
  hours: number,
  originHours = 0,
): number[] {
  const size = hours * 3_600_000;
  const bucketOf = (time: number) => Math.floor((time - originHours * 3_600_000) / size);
  const now = (bars[index] as Bar).openTime + 900_000;
  const closes = new Map<number, number>();
  for (const { openTime, close } of bars.slice(0, index + 1)) closes.set(bucketOf(openTime), close);
  return [...closes].filter(([bucket]) => bucket < bucketOf(now)).map(([, close]) => close);
}

function higherColumns(bars: readonly Bar[], i: number): Record<string, number> {
  const m30 = completedCloses(bars, i, 0.5);
  const h1 = completedCloses(bars, i, 1);
  const h4 = completedCloses(bars, i, 4);
  const d1 = completedCloses(bars, i, 24);
  const w1 = completedCloses(bars, i, 168, 96);
  const last = (x: Values) => x.at(-1) as number;
  const gap = (x: Values, period: number) => last(x) - last(emas(x, period));
  const macdSign = (x: Values) => sgn(last(macds(x).line) - last(macds(x).signal), last(x));
  return {
    h4_ema_bias: gap(h4, 20) / last(h4),
    h4_rsi_norm: last(rsis(h4)),
    h4_macd_dir: macdSign(h4),
    d1_trend: sgn(gap(d1, 10), last(d1)),
    h1_rsi_norm: last(rsis(h1)),
    m30_trend: sgn(last(emas(m30, 20)) - last(emas(m30, 50)), last(m30)),
    h1_ema_bias: gap(h1, 20) / last(h1),
    h1_macd_dir: macdSign(h1),
    m30_ema_bias: gap(m30, 20) / last(m30),
    m30_rsi_norm: last(rsis(m30)),
    d1_rsi_norm: last(rsis(d1)),
    d1_ema_bias: gap(d1, 20) / last(d1),
    mtf_alignment: mean([m30, h1, h4, d1].map((x) => sgn(gap(x, 20), last(x)))),
    w1_ema_bias: gap(w1, 10) / last(w1),
    w1_rsi_norm: last(rsis(w1)),
  };
}

function seriesOf(bars: readonly Bar[]) {
  const C: Values = bars.map(({ close }) => close);
  const V: Values = bars.map(({ volume }) => volume);
  const q = bars.map(({ open, close }) => Math.sign(close - open));
  const ranges = bars.map(({ high, low }, i) => {
    const before = at(C, Math.max(0, i - 1));
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
  });
  const bands = C.map((_, i) => {
    const window = lastOf(C, 20, i);
    const mid = mean(window);
    const sigma = Math.sqrt(mean(window.map((x) => (x - mid) * (x - mid))));
    return { mid, up: mid + 2 * sigma, lo: mid - 2 * sigma };
  });
  const runs: number[] = [];
  for (const sign of q) {
    const run = runs.at(-1) ?? 0;
    runs.push(sign !== 0 && sign === Math.sign(run) ? run + sign : sign);
  }
  return {
    ...{
      C,
      V,
      q,
      bands,
      runs,
      A: wilder(ranges),
      widths: bands.map(({ up, lo, mid }) => (up - lo) / mid),
    },
    ...{ e20: emas(C, 20), e50: emas(C, 50), e200: emas(C, 200), rsi: rsis(C) },
    ...{ macd: macds(C), dmi: directions(bars, ranges) },
  };
}

function priceColumns(
  bars: readonly Bar[],
  s: ReturnType<typeof seriesOf>,
  i: number,
): Record<string, number> {
  const { C, V, q, A, e20, e50, e200 } = s;
  const [c, a] = [at(C, i), at(A, i)];
  const { mid, up, lo } = s.bands[i] as { mid: number; up: number; lo: number };
  const past = lastOf(bars as never, 96, i) as unknown as Bar[];
  const [high, low] = [Math.max(...past.map((b) => b.high)), Math.min(...past.map((b) => b.low))];
  const [plus, minus] = [at(s.dmi.plus, i), at(s.dmi.minus, i)];
  const slope = at(e20, i) - at(e20, i - 5);
  const stack = [sgn(at(e20, i) - at(e50, i), c), sgn(at(e50, i) - at(e200, i), c)];
  const steps = lastOf(
    C.map((x, k) => Math.abs(x - at(C, Math.max(0, k - 1)))),
    20,
    i,
  );
  const [long, short] = [Math.abs(c - at(C, i - 20)) / 2, Math.abs(c - at(C, i - 5))];
  const change = (k: number) => at(C, k) / at(C, k - 1) - 1;
  const round = Math.floor(c / 1_000 + 0.5) * 1_000;
  const volumes = lastOf(V, 20, i);
  return {
    ...{ bb_upper: (up - c) / c, bb_lower: (c - lo) / c, bb_width: (up - lo) / mid },
    range_position: over(c - low, high - low, c, 0.5),
    ...{ price_vs_ema20: (c - at(e20, i)) / c, price_vs_ema50: (c - at(e50, i)) / c },
    ...{
      price_vs_ema200: (c - at(e200, i)) / c,
      atr_14: a,
      atr_ratio: a / c,
      rsi_14: at(s.rsi, i),
    },
    drawdown_pct: (c - high) / high,
    trend_strength: over(plus - minus, plus + minus, 0.01, 0) * (at(s.dmi.adx, i) / 100),
    ...{ macd_signal: at(s.macd.signal, i) / c, macd_line: at(s.macd.line, i) / c },
    macd_hist: over(at(s.macd.line, i) - at(s.macd.signal, i), a, c, 0),
    volume_ratio: at(V, i) / mean(volumes),
    volume_surge: at(V, i) / mean(volumes) > 2 ? 1 : 0,
    volume_delta: sum(volumes.map((v, k) => v * at(q, i - 19 + k))) / sum(volumes),
    ...{ hourly_return: change(i), price_acceleration: ((change(i) - change(i - 1)) * c) / a },
    ema_stack: stack[0] === stack[1] ? at(stack, 0) : 0,
    candle_direction: (c - (bars[i] as Bar).open) / a,
    rsi_slope: at(s.rsi, i) - at(s.rsi, i - 5),
    consecutive_direction: clip(at(s.runs, i), 10) / 10,
    atr_percentile: rank(lastOf(A, 100, i)) / 100,
    volatility_regime: rank(lastOf(A, 500, i)) / 500,
    bb_squeeze: rank(lastOf(s.widths, 100, i)) <= 20 ? 1 : 0,
    dist_to_round_number: Math.min(Math.abs(c - round) / a, 50),
    ...{ adx_14: at(s.dmi.adx, i) / 100, market_quality: over(long * 2, sum(steps), c, 0) },
    momentum_decay: over(long - short, long + short, c, 0),
    adverse_candle_ratio:
      sgn(slope, c) === 0 ? 0 : lastOf(q, 10, i).filter((x) => x === -Math.sign(slope)).length / 10,
    ema_slope_5: slope / a,
  };
}

function dayAndClockColumns(bars: readonly Bar[], a: number, i: number): Record<string, number> {
  const { openTime, close } = bars[i] as Bar;
  const date = new Date(openTime);
  const today = bars
    .slice(0, i + 1)
    .filter((b) => Math.floor(b.openTime / 86_400_000) === Math.floor(openTime / 86_400_000));
  const [high, low] = [Math.max(...today.map((b) => b.high)), Math.min(...today.map((b) => b.low))];
  const hour = date.getUTCHours();
  const angle = (2 * Math.PI * (hour + date.getUTCMinutes() / 60)) / 24;
  const weekday = (2 * Math.PI * ((date.getUTCDay() + 6) % 7)) / 7;
  return {
    daily_range_position: over(close - low, high - low, close, 0.5),
    price_vs_d1_open: (close - (today[0] as Bar).open) / close,
    near_daily_high_low: Math.min(Math.min(high - close, close - low) / a, 50),
    ...{ session_hour_sin: Math.sin(angle), session_hour_cos: Math.cos(angle) },
    ...{ day_of_week_sin: Math.sin(weekday), day_of_week_cos: Math.cos(weekday) },
    is_london_session: hour >= 7 && hour < 16 ? 1 : 0,
    is_ny_session: hour >= 12 && hour < 21 ? 1 : 0,
    is_asian_session: hour < 9 ? 1 : 0,
    ...{ is_news_near: 0, news_minutes_away: 0, news_count_today: 0, is_news_risk_window: 0 },
  };
}

describe('every column equals its formula', () => {
  test.each([
    ['around the clock', { seed: 1, count: 10_300 }, 97],
    [
      'with holes of hours and days',
      { seed: 2, count: 1_100, holeChance: 0.15, holeBarsMax: 160 },
      1,
    ],
    [
      'on a coarse tick, with many ties',
      { seed: 3, count: 1_100, holeChance: 0.15, holeBarsMax: 160, tick: 10 },
      1,
    ],
    [
      'from the middle of a week',
      { seed: 4, count: 900, holeChance: 0.3, start: Date.UTC(2024, 1, 29, 13, 45) },
      1,
    ],
  ])('%s', (_, options, every) => {
    const bars = generatedBars(options);
    const matrix = featureMatrix(bars, { roundStep: 1_000 });
    const series = seriesOf(bars);
    expect(matrix.rows).toBeGreaterThan(100);
    for (let row = 0; row < matrix.rows; row += every) {
      const index = matrix.first + row;
      const expected = {
        ...priceColumns(bars, series, index),
        ...dayAndClockColumns(bars, at(series.A, index), index),
        ...higherColumns(bars, index),
      };
      const differing = featureNames.filter((name, column) => {
        const found = matrix.values[row * 62 + column] as number;
        const wanted = expected[name] ?? Number.NaN;
        return !(Math.abs(found - wanted) <= 1e-9 * Math.abs(wanted) + 1e-11);
      });
      expect({ index, differing }).toEqual({ index, differing: [] });
    }
  });
});

/** The columns that come from bars: their formulas, one per line, with the fixed value where a quotient has none. */
import type { Bar } from '../domain/bar.ts';
import type { DaySoFar } from './day-so-far.ts';
import type { HigherTimeframe } from './higher-timeframe.ts';
import type { IndicatorSet } from './indicator-set.ts';
import type { M15Indicators } from './m15-indicators.ts';
import { column } from './schema.ts';
import { isNothing, signAgainst } from './zero.ts';

const squeezeRankMax = 20;
const surgeRatioMin = 2;
const distanceMax = 50;
const runMax = 10;
const noMovement = 1e-14;

/** Writes all columns but those of the clock and of the news. `out` is filled from `at`. */
export function writeMarket(
  out: Float64Array,
  at: number,
  { bar, set, roundStep }: { bar: Bar; set: IndicatorSet; roundStep: number },
): void {
  writeAverages(out, at, set.m15);
  writeBands(out, at, set.m15);
  writeRange(out, at, set.m15);
  writeMomentum(out, at, set.m15);
  writeStrength(out, at, set.m15);
  writeVolume(out, at, set.m15);
  writeCandle(out, at, bar, set.m15);
  writeDay(out, at, bar.close, set);
  writeRound(out, at, { close: bar.close, atr: set.m15.atr.value, step: roundStep });
  writeHigher(out, at, set);
}

function writeAverages(out: Float64Array, at: number, m15: M15Indicators): void {
  const close = m15.closes.at(0);
  const atr = m15.atr.value;
  const ema20 = m15.ema20.value;
  const ema50 = m15.ema50.value;
  const ema200 = m15.ema200.value;
  const slope = ema20 - m15.ema20Past.at(5);
  out[at + column.price_vs_ema20] = (close - ema20) / close;
  out[at + column.price_vs_ema50] = (close - ema50) / close;
  out[at + column.price_vs_ema200] = (close - ema200) / close;
  out[at + column.ema_stack] = stack(
    signAgainst(ema20 - ema50, close),
    signAgainst(ema50 - ema200, close),
  );
  out[at + column.ema_slope_5] = isNothing(atr, close) ? 0 : slope / atr;
  out[at + column.adverse_candle_ratio] = adverseShare(m15, signAgainst(slope, close));
}

/** The common sign of both distances, 0 where they disagree. */
function stack(upper: number, lower: number): number {
  return upper === lower ? upper : 0;
}

/** Share of the last 10 candles that went against the direction. */
function adverseShare({ signs }: M15Indicators, direction: number): number {
  return direction === 0 ? 0 : signs.count(10, -direction) / 10;
}

function writeBands(
  out: Float64Array,
  at: number,
  { bands, bandWidthRank, closes }: M15Indicators,
) {
  const close = closes.at(0);
  out[at + column.bb_upper] = (bands.upper - close) / close;
  out[at + column.bb_lower] = (close - bands.lower) / close;
  out[at + column.bb_width] = bands.width;
  out[at + column.bb_squeeze] = bandWidthRank.value <= squeezeRankMax ? 1 : 0;
}

function writeRange(out: Float64Array, at: number, m15: M15Indicators): void {
  const close = m15.closes.at(0);
  const atr = m15.atr.value;
  const { highest, lowest } = m15;
  const range = highest - lowest;
  out[at + column.range_position] = isNothing(range, close) ? 0.5 : (close - lowest) / range;
  out[at + column.drawdown_pct] = (close - highest) / highest;
  out[at + column.atr_14] = atr;
  out[at + column.atr_ratio] = atr / close;
  out[at + column.atr_percentile] = m15.atrRank.value / 100;
  out[at + column.volatility_regime] = m15.atrRankLong.value / 500;
}

function writeMomentum(out: Float64Array, at: number, m15: M15Indicators): void {
  const { closes, rsiPast, macd } = m15;
  const close = closes.at(0);
  const atr = m15.atr.value;
  const isStill = isNothing(atr, close);
  const change = close / closes.at(1) - 1;
  const changeBefore = closes.at(1) / closes.at(2) - 1;
  out[at + column.hourly_return] = change;
  out[at + column.price_acceleration] = isStill ? 0 : ((change - changeBefore) * close) / atr;
  out[at + column.rsi_14] = rsiPast.at(0);
  out[at + column.rsi_slope] = rsiPast.at(0) - rsiPast.at(5);
  out[at + column.macd_signal] = macd.signal / close;
  out[at + column.macd_line] = macd.line / close;
  out[at + column.macd_hist] = isStill ? 0 : (macd.line - macd.signal) / atr;
}

function writeStrength(out: Float64Array, at: number, { closes, dmi }: M15Indicators): void {
  const close = closes.at(0);
  const adx = dmi.adx / 100;
  const movement = dmi.plus + dmi.minus;
  const way = Math.abs(close - closes.at(20));
  const path = closes.path(20);
  const long = way / 2;
  const short = Math.abs(close - closes.at(5));
  const both = long + short;
  out[at + column.adx_14] = adx;
  out[at + column.trend_strength] =
    movement <= noMovement ? 0 : ((dmi.plus - dmi.minus) / movement) * adx;
  out[at + column.market_quality] = isNothing(path, close) ? 0 : way / path;
  out[at + column.momentum_decay] = isNothing(both, close) ? 0 : (long - short) / both;
}

function writeVolume(out: Float64Array, at: number, { volumes, signedVolumes }: M15Indicators) {
  const sum = volumes.sum(20);
  const mean = sum / 20;
  const ratio = mean <= 0 ? 1 : volumes.at(0) / mean;
  out[at + column.volume_ratio] = ratio;
  out[at + column.volume_surge] = ratio > surgeRatioMin ? 1 : 0;
  out[at + column.volume_delta] = sum <= 0 ? 0 : signedVolumes.sum(20) / sum;
}

function writeCandle(out: Float64Array, at: number, { open, close }: Bar, m15: M15Indicators) {
  const atr = m15.atr.value;
  const run = Math.max(-runMax, Math.min(m15.run.length, runMax));
  out[at + column.candle_direction] = isNothing(atr, close) ? 0 : (close - open) / atr;
  out[at + column.consecutive_direction] = run / runMax;
}

function writeDay(
  out: Float64Array,
  at: number,
  close: number,
  { day, m15 }: { day: DaySoFar; m15: M15Indicators },
): void {
  const atr = m15.atr.value;
  const range = day.high - day.low;
  const edge = Math.min(day.high - close, close - day.low);
  out[at + column.price_vs_d1_open] = (close - day.open) / close;
  out[at + column.daily_range_position] = isNothing(range, close) ? 0.5 : (close - day.low) / range;
  out[at + column.near_daily_high_low] = isNothing(atr, close)
    ? 0
    : Math.min(edge / atr, distanceMax);
}

function writeRound(
  out: Float64Array,
  at: number,
  { close, atr, step }: { close: number; atr: number; step: number },
): void {
  const distance = Math.abs(close - Math.floor(close / step + 0.5) * step);
  out[at + column.dist_to_round_number] = isNothing(atr, close)
    ? 0
    : Math.min(distance / atr, distanceMax);
}

function writeHigher(out: Float64Array, at: number, { m30, h1, h4, d1, w1 }: IndicatorSet): void {
  out[at + column.m30_trend] = signAgainst(m30.ema20.value - m30.ema50.value, m30.close);
  out[at + column.m30_ema_bias] = bias(m30);
  out[at + column.m30_rsi_norm] = m30.rsi.value / 100;
  out[at + column.h1_ema_bias] = bias(h1);
  out[at + column.h1_rsi_norm] = h1.rsi.value / 100;
  out[at + column.h1_macd_dir] = macdDirection(h1);
  out[at + column.h4_ema_bias] = bias(h4);
  out[at + column.h4_rsi_norm] = h4.rsi.value / 100;
  out[at + column.h4_macd_dir] = macdDirection(h4);
  out[at + column.d1_trend] = signAgainst(d1.close - d1.ema10.value, d1.close);
  out[at + column.d1_ema_bias] = bias(d1);
  out[at + column.d1_rsi_norm] = d1.rsi.value / 100;
  out[at + column.mtf_alignment] = (side(m30) + side(h1) + side(h4) + side(d1)) / 4;
  out[at + column.w1_ema_bias] = (w1.close - w1.ema10.value) / w1.close;
  out[at + column.w1_rsi_norm] = w1.rsi.value / 100;
}

/** How far the last completed close stands from its EMA20, as a share of itself. */
function bias({ close, ema20 }: HigherTimeframe): number {
  return (close - ema20.value) / close;
}

function side({ close, ema20 }: HigherTimeframe): number {
  return signAgainst(close - ema20.value, close);
}

function macdDirection({ close, macd }: HigherTimeframe): number {
  return signAgainst(macd.line - macd.signal, close);
}

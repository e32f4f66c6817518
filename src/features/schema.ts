import { createHash } from 'node:crypto';

/** Where each feature stands in a vector. Models are bound to names and order: `featureSchemaHash` tells them apart. */
export const column = {
  bb_upper: 0,
  bb_lower: 1,
  range_position: 2,
  price_vs_ema200: 3,
  atr_14: 4,
  drawdown_pct: 5,
  bb_width: 6,
  trend_strength: 7,
  macd_signal: 8,
  macd_line: 9,
  volume_ratio: 10,
  price_vs_ema50: 11,
  price_vs_ema20: 12,
  rsi_14: 13,
  hourly_return: 14,
  daily_range_position: 15,
  ema_stack: 16,
  candle_direction: 17,
  volume_delta: 18,
  rsi_slope: 19,
  consecutive_direction: 20,
  session_hour_sin: 21,
  session_hour_cos: 22,
  day_of_week_sin: 23,
  day_of_week_cos: 24,
  is_london_session: 25,
  is_ny_session: 26,
  is_asian_session: 27,
  h4_ema_bias: 28,
  h4_rsi_norm: 29,
  h4_macd_dir: 30,
  d1_trend: 31,
  price_vs_d1_open: 32,
  atr_percentile: 33,
  volume_surge: 34,
  bb_squeeze: 35,
  price_acceleration: 36,
  dist_to_round_number: 37,
  near_daily_high_low: 38,
  adx_14: 39,
  market_quality: 40,
  momentum_decay: 41,
  adverse_candle_ratio: 42,
  is_news_near: 43,
  news_minutes_away: 44,
  news_count_today: 45,
  is_news_risk_window: 46,
  h1_rsi_norm: 47,
  m30_trend: 48,
  h1_ema_bias: 49,
  h1_macd_dir: 50,
  m30_ema_bias: 51,
  m30_rsi_norm: 52,
  d1_rsi_norm: 53,
  d1_ema_bias: 54,
  mtf_alignment: 55,
  macd_hist: 56,
  ema_slope_5: 57,
  atr_ratio: 58,
  volatility_regime: 59,
  w1_ema_bias: 60,
  w1_rsi_norm: 61,
} as const satisfies Record<string, number>;

export type FeatureName = keyof typeof column;

/** The 62 features in the order of a vector. */
export const featureNames: readonly FeatureName[] = Object.keys(column) as FeatureName[];

/** Length of a vector. */
export const featureCount = featureNames.length;

/** sha256 of the names joined by line feeds: a model and the code must agree on it. */
export const featureSchemaHash: string = createHash('sha256')
  .update(featureNames.join('\n'))
  .digest('hex');

/** Those that guards compare and trailing stops look at: they go along with each prediction, so that nobody computes them twice. */
export const guardColumns = {
  price_vs_ema200: column.price_vs_ema200,
  is_london_session: column.is_london_session,
  is_ny_session: column.is_ny_session,
  is_asian_session: column.is_asian_session,
  atr_percentile: column.atr_percentile,
  adx_14: column.adx_14,
  momentum_decay: column.momentum_decay,
  ema_slope_5: column.ema_slope_5,
} as const satisfies Partial<typeof column>;

/** The column that is in price units and that stops are laid from: ATR(14). */
export const atrColumn = column.atr_14;

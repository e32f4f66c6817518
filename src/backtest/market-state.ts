/** The market that a trade was entered in, for figures that are split by it. */

export const regimes = ['strong-trend', 'ranging', 'volatile', 'choppy'] as const;
export type Regime = (typeof regimes)[number];

export const tradingHours = ['asian', 'asian-london', 'london', 'london-ny', 'ny', 'none'] as const;
/** Which of the three sessions are open: neighbours overlap. */
export type TradingHours = (typeof tradingHours)[number];

/**
 * The product's four regimes, asked in this order: a strong trend has ADX above 25 and an ATR below its 75th
 * percentile, a range ADX below 20 and an ATR below its 40th, a volatile market an ATR from its 75th on; the rest is
 * choppy.
 *
 * @param features `adx_14` (ADX / 100) and `atr_percentile` (0 to 1) of the feature schema
 */
export function regimeOf(features: Readonly<Record<string, number>>): Regime {
  const { adx_14: adx = Number.NaN, atr_percentile: atr = Number.NaN } = features;
  if (adx > 0.25 && atr < 0.75) return 'strong-trend';
  if (adx < 0.2 && atr < 0.4) return 'ranging';
  return atr >= 0.75 ? 'volatile' : 'choppy';
}

/** @param features the three session flags of the feature schema, 1 while the session is open */
export function tradingHoursOf(features: Readonly<Record<string, number>>): TradingHours {
  const isAsian = features['is_asian_session'] === 1;
  const isLondon = features['is_london_session'] === 1;
  if (features['is_ny_session'] === 1) return isLondon ? 'london-ny' : 'ny';
  if (isAsian) return isLondon ? 'asian-london' : 'asian';
  return isLondon ? 'london' : 'none';
}

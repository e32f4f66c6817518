export const regimes = ['strong-trend', 'ranging', 'volatile', 'choppy'] as const;
/** What kind of market a bar stands in. */
export type Regime = (typeof regimes)[number];

/**
 * The product's four regimes, asked in this order: a strong trend has ADX above 25 and an ATR below its 75th
 * percentile, a range ADX below 20 and an ATR below its 40th, a volatile market an ATR from its 75th on; the rest is
 * choppy. Undefined where one of the two is not known.
 *
 * @param features `adx_14` (ADX / 100) and `atr_percentile` (0 to 1) of the feature schema
 */
export function regimeOf(features: Readonly<Record<string, number>>): Regime | undefined {
  const { adx_14: adx = Number.NaN, atr_percentile: atr = Number.NaN } = features;
  if (!Number.isFinite(adx) || !Number.isFinite(atr)) return undefined;
  if (adx > 0.25 && atr < 0.75) return 'strong-trend';
  if (adx < 0.2 && atr < 0.4) return 'ranging';
  return atr >= 0.75 ? 'volatile' : 'choppy';
}

/** When a trade was entered, for figures that are split by it. */

export const tradingHours = ['asian', 'asian-london', 'london', 'london-ny', 'ny', 'none'] as const;
/** Which of the three sessions are open: neighbours overlap. */
export type TradingHours = (typeof tradingHours)[number];

/** @param features the three session flags of the feature schema, 1 while the session is open */
export function tradingHoursOf(features: Readonly<Record<string, number>>): TradingHours {
  const isAsian = features['is_asian_session'] === 1;
  const isLondon = features['is_london_session'] === 1;
  if (features['is_ny_session'] === 1) return isLondon ? 'london-ny' : 'ny';
  if (isAsian) return isLondon ? 'asian-london' : 'asian';
  return isLondon ? 'london' : 'none';
}

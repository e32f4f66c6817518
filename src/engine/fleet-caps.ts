import type { FleetCapsConfig } from '../config/config.ts';
import type { CorrelatedSymbols, FleetCaps } from '../risk/exposure.ts';

/** What the configuration lets the whole fleet hold, in the words of its ledger. */
export function fleetCaps(config: FleetCapsConfig): FleetCaps {
  const { maxSymbolNotional, maxSymbolRisk, maxGroupRisk, groups } = config;
  return {
    ...(maxSymbolNotional > 0 && { symbolNotionalMax: maxSymbolNotional }),
    ...(maxSymbolRisk > 0 && { symbolRiskMax: maxSymbolRisk }),
    ...(maxGroupRisk > 0 && { groupRiskMax: maxGroupRisk }),
    groups: Object.entries(groups).map(([name, symbols]) => groupOf(name, symbols)),
  };
}

function groupOf(name: string, symbols: readonly string[]): CorrelatedSymbols {
  const members = symbols.map((symbol) =>
    symbol.startsWith('-') ? ([symbol.slice(1), -1] as const) : ([symbol, 1] as const),
  );
  return { name, members: Object.fromEntries(members) };
}

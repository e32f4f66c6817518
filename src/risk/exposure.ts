/** What all accounts together hold, and how much of it may be. Amounts are in the currency of the fleet totals. */
import type { Denial } from '../domain/account-event.ts';
import { direction, type Side } from '../domain/order.ts';
import { roundTo } from '../domain/units.ts';

/** A position, an order under way, or one that wants to be made. */
export type Holding = {
  /** Identity of the trade, or of the position where nobody knows the trade. */
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly notional: number;
  /** What it loses at its stop. */
  readonly risk: number;
};

/** Absent = off. */
export type FleetCaps = {
  /** Both sides of a symbol added up. */
  readonly symbolNotionalMax?: number;
  readonly symbolRiskMax?: number;
  /** Risk of a group of symbols when it moves in one direction. */
  readonly groupRiskMax?: number;
  readonly groups: readonly CorrelatedSymbols[];
};

export type CorrelatedSymbols = {
  readonly name: string;
  /** 1 moves with the group, -1 against it. */
  readonly members: Readonly<Record<string, 1 | -1>>;
};

/** Decimals that amounts are rounded to, so that a sum does not depend on the order of its parts. */
const digits = 4;

/**
 * Why `wish` does not fit beside what is held, or nothing. Opposite sides are added up, never set off against each
 * other: what was granted stays within the caps whatever is closed later. Observed is the sum with the wish.
 */
export function assessExposure(
  held: readonly Holding[],
  wish: Holding,
  caps: FleetCaps,
): Denial | undefined {
  const ofSymbol = [...held.filter(({ symbol }) => symbol === wish.symbol), wish];
  return (
    over('exposure-notional', sum(ofSymbol, 'notional'), caps.symbolNotionalMax) ??
    over('exposure-risk', sum(ofSymbol, 'risk'), caps.symbolRiskMax) ??
    firstOf(caps.groups, (group) => assessGroup(held, wish, { group, max: caps.groupRiskMax }))
  );
}

function assessGroup(
  held: readonly Holding[],
  wish: Holding,
  { group, max }: { readonly group: CorrelatedSymbols; readonly max: number | undefined },
): Denial | undefined {
  const wanted = directionIn(group, wish);
  if (wanted === 0) return undefined;
  const same = held.filter((holding) => directionIn(group, holding) === wanted);
  return over('correlation', sum([...same, wish], 'risk'), max);
}

/** +1 or -1 for the direction of the group that a holding earns in; 0 outside of it. */
function directionIn({ members }: CorrelatedSymbols, { symbol, side }: Holding): number {
  return (members[symbol] ?? 0) * direction[side];
}

function over(limit: string, observed: number, allowed: number | undefined): Denial | undefined {
  return allowed !== undefined && !(observed <= allowed) ? { limit, observed, allowed } : undefined;
}

function sum(holdings: readonly Holding[], amount: 'notional' | 'risk'): number {
  return roundTo(
    holdings.reduce((total, holding) => total + holding[amount], 0),
    digits,
  );
}

function firstOf<T>(
  values: readonly T[],
  assess: (value: T) => Denial | undefined,
): Denial | undefined {
  for (const value of values) {
    const denial = assess(value);
    if (denial) return denial;
  }
  return undefined;
}

/** Amounts as they are compared. */
export function roundedHolding(holding: Holding): Holding {
  const { notional, risk } = holding;
  return { ...holding, notional: roundTo(notional, digits), risk: roundTo(risk, digits) };
}

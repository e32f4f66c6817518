const negligible = 1e-12;

/** Whether a range, a path or an ATR is nothing beside a price: quotients by it have a fixed value instead. */
export function isNothing(range: number, price: number): boolean {
  return range <= negligible * price;
}

/** The sign of a difference of prices, 0 where only rounding makes a difference. */
export function signAgainst(difference: number, price: number): -1 | 0 | 1 {
  if (Math.abs(difference) <= negligible * price) return 0;
  return difference > 0 ? 1 : -1;
}

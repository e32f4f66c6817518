/**
 * A loss as a share of what it is measured by. What cannot be computed counts as all of it: no comparison with a limit
 * holds for what is no number, and a guard that compares would let it pass. Nothing lost of nothing is no loss: a
 * withdrawal may leave that.
 */
export function shareLost(loss: number, whole: number | undefined): number {
  if (loss === 0 && whole === 0) return 0;
  if (whole === undefined || !(whole > 0)) return 1;
  const share = loss / whole;
  return Number.isFinite(share) ? share : 1;
}

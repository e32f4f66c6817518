/** Where a confidence stands between the threshold of a signal (0) and certainty (1). */
export function confidenceNorm({
  confidence,
  threshold,
}: {
  readonly confidence: number;
  readonly threshold: number;
}): number {
  if (threshold >= 1) return confidence >= 1 ? 1 : 0;
  return Math.min(1, Math.max(0, (confidence - threshold) / (1 - threshold)));
}

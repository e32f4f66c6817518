/** Distances of SL and TP from the entry, in ATR. */
export type StopDistances = {
  readonly stopLossAtr: number;
  readonly takeProfitAtr: number;
};

/** How `ml_sltp` scales the distances of an entry by its confidence. */
export type StopScaling = {
  /** Share of the stop distance that full confidence takes away. */
  readonly stopAdjust: number;
  /** Share of the target distance that full confidence adds. */
  readonly targetAdjust: number;
  /** Least distance of the target, in price units; 0 = none. */
  readonly targetMin: number;
};

export type EntryStopRules = StopDistances & {
  readonly stopScaling?: StopScaling | undefined;
  /** The position model drives the exits: SL and TP are for catastrophes and emergencies alone. */
  readonly primaryExit?: StopDistances | undefined;
};

/**
 * The distances that an entry is sent, and sized, with: those of the primary-exit mode where it is on; else the
 * configured ones, scaled by confidence where `ml_sltp` is on: SL x (1 - norm x adjust), TP x (1 + norm x adjust).
 */
export function entryStops(
  { stopLossAtr, takeProfitAtr, stopScaling, primaryExit }: EntryStopRules,
  { atr, confidenceNorm }: { readonly atr: number; readonly confidenceNorm: number },
): StopDistances {
  if (primaryExit) return primaryExit;
  if (!stopScaling) return { stopLossAtr, takeProfitAtr };
  const target = takeProfitAtr * (1 + confidenceNorm * stopScaling.targetAdjust);
  return {
    stopLossAtr: stopLossAtr * (1 - confidenceNorm * stopScaling.stopAdjust),
    takeProfitAtr: atr > 0 ? Math.max(target, stopScaling.targetMin / atr) : target,
  };
}

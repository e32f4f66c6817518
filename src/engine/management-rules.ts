import type { ManagementConfig } from '../config/config.ts';
import type { ManagementRules } from '../strategy/management.ts';

/** What the configuration says about managing positions, in the words of the rules that do it. */
export function managementRules({
  partialClose,
  trailingStop,
  stopScaling,
  primaryExit,
  positionExit,
}: ManagementConfig): ManagementRules {
  return {
    ...(partialClose && {
      partialClose: { triggerAtr: partialClose.triggerAtr, share: partialClose.closeFraction },
    }),
    ...(trailingStop && {
      trailing: {
        distanceAtr: trailingStop.baseTrailAtr,
        profitMinAtr: trailingStop.minProfitAtr,
      },
    }),
    positionExit: {
      exitMin: positionExit.exitThreshold,
      gapMin: positionExit.minProbDiff,
      addMin: positionExit.addThreshold,
      barsHeldMin: positionExit.minBarsHeld,
    },
    ...(stopScaling && {
      stopScaling: {
        stopAdjust: stopScaling.slAdjust,
        targetAdjust: stopScaling.tpAdjust,
        targetMin: stopScaling.minTp,
      },
    }),
    ...(primaryExit && {
      primaryExit: {
        stopLossAtr: primaryExit.slAtrMultiplier,
        takeProfitAtr: primaryExit.tpAtrMultiplier,
      },
    }),
  };
}

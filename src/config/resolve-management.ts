import type { ManagementConfig } from './config.ts';
import type { MlFile } from './ml-schema.ts';
import type { TradingFile } from './trading-schema.ts';

/** The active management of an account; undefined where it is off. */
export function managementOf(
  { ml_active_management: management, position_optimization: optimization }: TradingFile,
  { prediction }: MlFile['position_model'],
): ManagementConfig | undefined {
  if (!management.enabled) return undefined;
  const { partial_close, ml_trailing_stop, ml_sltp, position_as_primary_exit } = management;
  return {
    ...(partial_close.enabled && {
      partialClose: {
        triggerAtr: partial_close.trigger_atr,
        closeFraction: partial_close.close_fraction,
      },
    }),
    ...(ml_trailing_stop.enabled && {
      trailingStop: {
        baseTrailAtr: ml_trailing_stop.base_trail_atr_mult,
        minProfitAtr: ml_trailing_stop.min_profit_atr,
      },
    }),
    ...(ml_sltp.enabled && {
      stopScaling: {
        slAdjust: ml_sltp.confidence_sl_adjust,
        tpAdjust: ml_sltp.confidence_tp_adjust,
        minTp: ml_sltp.min_tp,
      },
    }),
    ...(position_as_primary_exit.enabled && {
      primaryExit: {
        slAtrMultiplier: position_as_primary_exit.catastrophic_sl_atr_mult,
        tpAtrMultiplier: position_as_primary_exit.emergency_tp_atr_mult,
      },
    }),
    positionExit: {
      exitThreshold: prediction.exit_threshold,
      minProbDiff: prediction.min_prob_diff,
      addThreshold: prediction.add_threshold,
      minBarsHeld: optimization.min_bars_held,
    },
  };
}

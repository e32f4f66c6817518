/** Trading limits of benchmarks, over those of the shipped configuration. */

/** Thresholds that let one bar in seven or so through. */
export const often = {
  min_confidence: 0.46,
  min_prob_gap: 0.03,
  max_daily_loss_pct: 100,
  circuit_breaker: { enabled: false, max_consecutive_losses: 100 },
};

/** An order on almost every bar, and positions that end on the next: the most that can be asked for. */
export const storm = {
  ...often,
  ...{ min_confidence: 0.34, min_prob_gap: 0.001, min_votes: 1 },
  dynamic_sltp: { sl_atr_multiplier: 0.3, tp_atr_multiplier: 0.3 },
  risk_management: { min_atr_threshold: 0 },
};

/** Nothing is ever good enough. */
export const never = { min_confidence: 1 };

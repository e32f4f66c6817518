import { equityCurveLimit } from '../risk/guards/equity-curve.ts';
import { weeklyDrawdownLimit } from '../risk/guards/weekly-drawdown.ts';
import { coherentMoney } from './coherent-money.ts';
import { clearGuard } from './day.ts';
import { weekOf } from './local-day.ts';
import type { Turn } from './turn.ts';

/**
 * At the first answer of a new local week whose balance is explained, the equity is what the week is measured from.
 * Until then the week's guard knows nothing, and denies.
 */
export function beginWeek(turn: Turn): void {
  const { policy, state, at } = turn;
  if (policy.guards?.weeklyDrawdownMax === undefined) return;
  const week = weekOf(at, policy);
  const begun = state.memory.week;
  if (begun && begun.index >= week) return;
  const seen = coherentMoney(state);
  if (seen?.doubted !== 0) return;
  turn.record({ type: 'week-began', week, startEquity: seen.equity });
  clearGuard(turn, weeklyDrawdownLimit);
}

/** The equity-curve filter lets entries go on after its cooldown: without trades its sum could never change. */
export function endCooldown(turn: Turn): void {
  const { equityCurve } = turn.state.memory;
  const cooldownMs = turn.policy.guards?.equityCurve?.cooldownMs ?? 0;
  if (equityCurve && turn.at >= equityCurve.at + cooldownMs) clearGuard(turn, equityCurveLimit);
}

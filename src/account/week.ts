import { roundTo } from '../domain/units.ts';
import { equityCurveLimit } from '../risk/guards/equity-curve.ts';
import { weeklyDrawdownLimit } from '../risk/guards/weekly-drawdown.ts';
import { clearGuard } from './day.ts';
import { weekOf } from './local-day.ts';
import type { Turn } from './turn.ts';

/**
 * At the first answer of a new local week in which broker and journal agree about the balance, the equity is what the
 * week is measured from. Until then the week's guard knows nothing, and denies.
 */
export function beginWeek(turn: Turn): void {
  const { policy, state, at } = turn;
  const { books, money, memory } = state;
  if (policy.guards?.weeklyDrawdownMax === undefined || !books || !money) return;
  const week = weekOf(at, policy);
  if (memory.week && memory.week.index >= week) return;
  if (roundTo(books.view.balance, money.currencyDigits) !== money.balance) return;
  turn.record({ type: 'week-began', week, startEquity: books.view.equity });
  clearGuard(turn, weeklyDrawdownLimit);
}

/** The equity-curve filter lets entries go on after its cooldown: without trades its sum could never change. */
export function endCooldown(turn: Turn): void {
  const { equityCurve } = turn.state.memory;
  const cooldownMs = turn.policy.guards?.equityCurve?.cooldownMs ?? 0;
  if (equityCurve && turn.at >= equityCurve.at + cooldownMs) clearGuard(turn, equityCurveLimit);
}

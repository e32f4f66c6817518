import { dayOf } from './local-day.ts';
import type { Turn } from './turn.ts';

/** Guards that last until the next local midnight. */
const dayGuards = ['daily-loss', 'circuit-breaker'];

/** At the first sign of a new local day: result and losses begin anew, the guards of the day are cleared. */
export function beginDay(turn: Turn): void {
  const today = dayOf(turn.at, turn.policy);
  if (turn.state.day && turn.state.day.index >= today) return;
  turn.record({ type: 'day-began', day: today });
  for (const limit of dayGuards) clearGuard(turn, limit);
}

export function clearGuard(turn: Turn, limit: string): void {
  if (!turn.state.tripped[limit]) return;
  turn.record({ type: 'guard-cleared', limit });
  turn.announce({ type: 'guard-cleared', limit });
}

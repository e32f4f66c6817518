import { equityCurveLimit } from '../risk/guards/equity-curve.ts';
import { assessAccount } from '../risk/guards/guards.ts';
import { hardHaltLimit } from '../risk/guards/hard-halt.ts';
import { weeklyDrawdownLimit } from '../risk/guards/weekly-drawdown.ts';
import { accountRisk } from './account-risk.ts';
import { clearGuard } from './day.ts';
import { changeState } from './trading-state.ts';
import type { Turn } from './turn.ts';
import { endCooldown } from './week.ts';

/** Guards that latch when the broker's word trips them. */
const latching = [
  hardHaltLimit,
  weeklyDrawdownLimit,
  'daily-loss',
  'circuit-breaker',
  equityCurveLimit,
];

/** They latch, so that neither a recovery nor a restart opens them before their time. */
export function latchGuards(turn: Turn): void {
  const { consecutiveLosses, tripped } = turn.state;
  if (tripped['circuit-breaker'] && consecutiveLosses === 0) clearGuard(turn, 'circuit-breaker');
  endCooldown(turn);
  const risk = accountRisk(turn.state, turn.policy, turn.at);
  for (const denial of assessAccount(risk)) {
    if (!latching.includes(denial.limit) || turn.state.tripped[denial.limit]) continue;
    // What is measured from nothing yet denies, and is no loss.
    if (denial.limit === weeklyDrawdownLimit && risk.weekStartEquity === undefined) continue;
    turn.record({ type: 'guard-tripped', denial });
    turn.announce({ type: 'guard-tripped', denial });
    if (denial.limit === hardHaltLimit) haltForGood(turn, denial.observed);
  }
}

/** The account is halted, and what it holds is closed: a person leads out of it, never the market. */
function haltForGood(turn: Turn, lost: number): void {
  turn.record({ type: 'command-given', command: 'kill', by: hardHaltLimit });
  const share = (lost * 100).toFixed(1);
  changeState(turn, 'halted', `${hardHaltLimit}: ${share} % of the starting balance is lost`);
}

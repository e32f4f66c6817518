import { unreachable } from '../domain/assert.ts';
import { hardHaltLimit } from '../risk/guards/hard-halt.ts';
import { cancelWhatPends } from './cancel-orders.ts';
import { clearGuard } from './day.ts';
import type { AccountInput } from './input.ts';
import { closeWhatMust } from './position-calls.ts';
import { changeState } from './trading-state.ts';
import type { Turn } from './turn.ts';

/** A person's word. From halted only `revive` leads out; `flatten` and `kill` close every owned position whatever the state. */
export function control(turn: Turn, input: Extract<AccountInput, { type: 'controlled' }>): void {
  const { command, by } = input;
  const { state } = turn.state.trading;
  const isHalted = state === 'halted';
  turn.record({ type: 'command-given', command, by });
  switch (command) {
    case 'pause':
      if (!isHalted) changeState(turn, 'paused', `paused by ${by}`);
      break;
    case 'reduce':
      if (!isHalted) changeState(turn, 'reducing', `reduced by ${by}`);
      break;
    case 'resume':
      if (!isHalted) changeState(turn, 'active', `resumed by ${by}`);
      else turn.announce({ type: 'alert', reason: 'halted: resume needs revive first' });
      break;
    case 'halt':
      changeState(turn, 'halted', `halted by ${by}`);
      break;
    case 'kill':
      changeState(turn, 'halted', `killed by ${by}`);
      closeWhatMust(turn);
      cancelWhatPends(turn);
      turn.reconcile({ afterMs: 0 });
      break;
    case 'revive':
      if (isHalted) changeState(turn, 'active', `revived by ${by}`);
      clearGuard(turn, hardHaltLimit);
      break;
    case 'flatten':
      if (state === 'active') changeState(turn, 'reducing', `flattened by ${by}`);
      closeWhatMust(turn);
      cancelWhatPends(turn);
      turn.reconcile({ afterMs: 0 });
      break;
    default:
      unreachable(command);
  }
}

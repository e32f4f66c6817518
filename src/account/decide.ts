import { unreachable } from '../domain/assert.ts';
import type { AccountState } from './account-state.ts';
import { answerCancel } from './cancel-orders.ts';
import { control } from './control.ts';
import { decideBar, holdBar } from './entry.ts';
import type { AccountInput } from './input.ts';
import { configure, configureWhenFlat, open } from './opening.ts';
import { answerOrder } from './order-life.ts';
import { answerClose, answerProtect } from './position-calls.ts';
import { judgePosition } from './position-questions.ts';
import { failRead, reconcile } from './reconcile.ts';
import { tellFleet } from './tell-fleet.ts';
import { type Decision, Turn } from './turn.ts';

/**
 * What an account does about one input. Pure: the caller writes the facts to the journal with the durability asked
 * for, folds them into its state with `apply`, and only then runs the effects in their order.
 */
export function decide(state: AccountState, input: AccountInput): Decision {
  const turn = new Turn(state, input.at);
  react(turn, input);
  configureWhenFlat(turn);
  tellFleet(turn, state, input);
  return turn.decision();
}

function react(turn: Turn, input: AccountInput): void {
  switch (input.type) {
    case 'opened':
      open(turn, input);
      break;
    case 'configured':
      configure(turn, input.policy);
      break;
    case 'reconciled':
      reconcile(turn, input);
      break;
    case 'read-failed':
      failRead(turn, input.reason);
      break;
    case 'predicted':
      decideBar(turn, input.prediction, input.reservation);
      break;
    case 'unpredicted':
      holdBar(turn, input);
      break;
    case 'position-judged':
      judgePosition(turn, input);
      break;
    case 'order-answered':
      answerOrder(turn, input);
      break;
    case 'close-answered':
      answerClose(turn, input);
      break;
    case 'cancel-answered':
      answerCancel(turn, input.outcome);
      break;
    case 'protect-answered':
      answerProtect(turn, input);
      break;
    case 'fleet-asks': // it is told after every input
      break;
    case 'controlled':
      control(turn, input);
      break;
    default:
      unreachable(input);
  }
}

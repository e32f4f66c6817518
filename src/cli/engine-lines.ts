import type { EngineEvent, ObserverMessage } from '../actors/observer.ts';
import { plainLine } from '../console/plain-line.ts';
import { unreachable } from '../domain/assert.ts';
import type { AccountId, EpochMs } from '../domain/units.ts';
import { fleetOrderText } from '../protocol/fleet-order-text.ts';

/** Equity is told this often of market time: every bar would drown what matters. */
const equityEveryMs = 4 * 3_600_000;

/** Writes what people want to see of a run, a line each. */
export function engineLines(write: (line: string) => void): (message: ObserverMessage) => void {
  const equityAt = new Map<AccountId, EpochMs>();
  return (message) => {
    switch (message.type) {
      case 'account-event': {
        const { event } = message;
        if (event.type === 'equity') {
          const last = equityAt.get(event.account);
          if (last !== undefined && event.at < last + equityEveryMs) return;
          equityAt.set(event.account, event.at);
        }
        return write(plainLine(event));
      }
      case 'engine-event':
        return write(engineLine(message.event));
      default:
        return;
    }
  };
}

function engineLine(event: EngineEvent): string {
  switch (event.type) {
    case 'feed-failing':
      return `alert   no bars of ${event.symbol} from ${event.terminal}, ${event.failures} failures in a row: ${event.reason}`;
    case 'terminal-failing':
      return `alert   market time stands still, ${event.terminal}: ${event.reason}`;
    case 'model-missing':
      return `alert   the models of ${event.symbol} vote without one of them: ${event.reason}`;
    case 'actor-restarting':
      return `restart ${event.actor}: ${event.reason}`;
    case 'account-quarantined':
      return `alert   ${event.account} is quarantined and not restarted any more, its positions stand behind their stops: ${event.reason}`;
    case 'account-isolated':
      return `alert   ${event.account} goes on in a thread of its own: ${event.reason}`;
    case 'account-revived':
      return `start   ${event.account} runs again`;
    case 'account-added':
      return `start   ${event.account} has joined, in ${event.host}`;
    case 'account-removed':
      return `stop    ${event.account} has left`;
    case 'host-divided':
      return `alert   the accounts of ${event.host} go on in ${event.into.join(', ')}: ${event.reason}`;
    case 'thread-hangs':
      return `alert   ${event.thread} hangs${event.isTerminated ? ', it is ended and started again' : ' and may not be ended: look at it, then restart the engine'}`;
    case 'dead-letters':
      return event.letter === undefined
        ? `lost    ${event.count} more messages in ${event.thread}`
        : `lost    a message from ${event.thread} to ${event.letter.to}: ${event.letter.reason}`;
    case 'config-changed':
      return `config  ${event.file} ${event.path}: ${valueText(event.from)} -> ${valueText(event.to)}${event.isHot ? condition(event.why) : needsRestart(event.why)}`;
    case 'fleet-ordered':
      return `fleet   ${fleetOrderText(event.order)}`;
    case 'account-configured':
      return `config  ${event.account}: ${event.text}`;
    case 'config-refused':
      return `config  refused, the running configuration stays:\n${event.reason}`;
    default:
      return unreachable(event);
  }
}

function condition(why: string | undefined): string {
  return why === undefined ? '' : ` (${why})`;
}

function needsRestart(why: string | undefined): string {
  return why === undefined ? ' (needs a restart)' : ` (needs a restart: ${why})`;
}

function valueText(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

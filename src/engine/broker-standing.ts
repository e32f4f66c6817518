/** What stands at the broker of an account that nobody runs: read only, for a person. */
import type { BrokerPosition } from '../domain/position.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import { retry } from '../runtime/retry.ts';
import type { connectTerminal } from '../threads/terminal-connection.ts';
import type { AccountPlan } from './run-plan.ts';

const readWithinMs = 10_000;
/** A terminal that is down may be the very reason: it is asked for some minutes. */
const attempts = { attemptsMax: 10, firstDelayMs: 1_000, delayMaxMs: 60_000 };

/** A sentence about its positions and their stops. Never rejects. */
export async function brokerStanding(
  { terminal, magic, deviationPoints }: AccountPlan,
  means: {
    readonly connect: typeof connectTerminal;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { connect, clock, signal } = means;
  try {
    const broker = connect(terminal, { clock, magic, deviationPoints });
    const isTransient = () => true;
    const positions = await retry({ policy: attempts, clock, signal, isTransient }, () =>
      within(readWithinMs, clock, signal, (limit) => broker.positions(limit)),
    );
    return standingOf(positions.filter(({ isOwned }) => isOwned));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return `its positions could not be read from ${terminal.key}: look there yourself; ${why}`;
  }
}

/** @param positions those that are ours */
export function standingOf(positions: readonly BrokerPosition[]): string {
  if (positions.length === 0) return 'the broker lists no position of it';
  const naked = positions.filter(({ stopLoss }) => stopLoss === undefined);
  const count = `the broker lists ${positions.length} position${positions.length === 1 ? '' : 's'} of it`;
  if (naked.length === 0) return `${count}, each with its stop`;
  const names = naked.map(({ ticket, symbol }) => `#${ticket} ${symbol}`).join(', ');
  return `${count}, ${naked.length} WITHOUT A STOP: set one by hand, now: ${names}`;
}

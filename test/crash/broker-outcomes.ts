/** What becomes of a trade call at the broker, as the fault that makes it so. */
import type { FaultRequest } from '../../src/terminal-simulator/fault.ts';

export const outcomes = {
  executed: 'executes and answers',
  lost: 'executes, the answer is lost',
  late: 'answers 504 and executes 4 s after the call',
  never: 'answers 504 and never executes',
  rejected: 'refuses',
} as const;

export type BrokerOutcome = keyof typeof outcomes;

export const brokerOutcomes = Object.keys(outcomes) as BrokerOutcome[];

/** The latest moment at which a call still acts, counted from the call: the next engine has looked by then. */
export const lateMs = 4_000;

/** Undefined where nothing goes wrong. It strikes the first call that arrives. */
export function faultOf(outcome: BrokerOutcome, on: 'order' | 'close'): FaultRequest | undefined {
  const call =
    on === 'order'
      ? ({ method: 'POST', path: '/orders' } as const)
      : ({ method: 'DELETE', path: '/positions/*' } as const);
  const timeout = { kind: 'gateway-timeout', answerAfterMs: 200, ...call } as const;
  switch (outcome) {
    case 'executed':
      return undefined;
    case 'lost':
      return { kind: 'drop-socket', executes: true, ...call };
    case 'late':
      return { ...timeout, executes: true, executeAfterMs: lateMs };
    case 'never':
      return { ...timeout, executes: false };
    case 'rejected':
      return { kind: 'reject', retcode: 10_006, ...call };
  }
}

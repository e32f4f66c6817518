import { z } from 'zod';
import type { EpochMs } from '../../domain/units.ts';
import type { Clock } from '../../runtime/clock.ts';
import { within } from '../../runtime/deadline.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import type { SimulationControl, SimulationState } from '../simulation-control.ts';

/** A simulator plays some 50 bars per millisecond: a step that takes longer has no simulator behind it. */
const answerWithinMs = 30_000;

/** The simulator understood the request and refused it: a step beyond the end, a fault that it does not know. */
export class SimulationRefusedError extends Error {
  override readonly name = 'SimulationRefusedError';
}

export type HttpSimulationControl = SimulationControl & {
  /** Makes the terminal fail; the shapes stand in `terminal-simulator/fault.ts`. */
  inject(fault: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
};

const moment = z.int().transform((ms) => ms as EpochMs);
const stateSchema = z.object({
  step: z.int().nonnegative(),
  stepsMax: z.int().nonnegative().optional(),
  lastBarTime: moment,
  now: moment,
});
const refusalSchema = z.object({ error: z.string() });

/**
 * Controls a terminal simulator over HTTP. Calls reject with `BrokerUnavailableError` when nobody answers in time,
 * `BrokerProtocolError` when the answer makes no sense and `SimulationRefusedError` when it is no. All of them may be
 * asked again: steps are absolute.
 *
 * @param options.url the simulator's own address, without a path prefix
 */
export function httpSimulationControl(options: {
  readonly url: string;
  readonly token: string;
  readonly clock: Clock;
}): HttpSimulationControl {
  const ask = (path: string, body: unknown, signal: AbortSignal) =>
    within(answerWithinMs, options.clock, signal, (limit) => exchange(options, path, body, limit));
  return {
    state: async (signal) => parseState(await ask('state', undefined, signal)),
    advance: async (step, signal) => parseState(await ask('advance', { step }, signal)),
    inject: async (fault, signal) => {
      await ask('faults', fault, signal);
    },
  };
}

/** POSTs `body`, or GETs where there is none. */
async function exchange(
  { url, token }: { readonly url: string; readonly token: string },
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await fetch(`${url}/_sim/${path}`, {
    signal,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
    .then(async (response) => ({ status: response.status, text: await response.text() }))
    .catch((cause: unknown) => {
      throw new BrokerUnavailableError(`the simulator at ${url} does not answer`, { cause });
    });
  const value = parseJson(answer.text, url);
  if (answer.status === 200) return value;
  const refusal = refusalSchema.safeParse(value);
  if (!refusal.success) {
    throw new BrokerProtocolError(`the simulator at ${url} answered ${answer.status}`);
  }
  throw new SimulationRefusedError(`the simulator at ${url} refused: ${refusal.data.error}`);
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = 'is another program on this port, or the control token wrong?';
    throw new BrokerProtocolError(`${url} answered something that is no JSON: ${why}`, { cause });
  }
}

function parseState(value: unknown): SimulationState {
  const parsed = stateSchema.safeParse(value);
  if (!parsed.success) {
    throw new BrokerProtocolError('the simulator answered no state', { cause: parsed.error });
  }
  const { stepsMax, ...state } = parsed.data;
  return stepsMax === undefined ? state : { ...state, stepsMax };
}

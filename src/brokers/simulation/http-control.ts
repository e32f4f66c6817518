import * as z from 'zod';
import type { EpochMs } from '../../domain/units.ts';
import type { Clock } from '../../runtime/clock.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import { openHttp } from '../mt5/http.ts';
import type { HttpAnswer } from '../mt5/http-answer.ts';
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
  const { url } = options;
  const http = openHttp(options);
  const ask = async (
    path: string,
    signal: AbortSignal,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<unknown> => {
    const answer = await http.send(
      {
        method: body === undefined ? 'GET' : 'POST',
        path: `/_sim/${path}`,
        timeoutMs: answerWithinMs,
        isRepeatable: true,
        ...(body && { body }),
      },
      signal,
    );
    return answered(answer, url);
  };
  return {
    state: async (signal) => parseState(await ask('state', signal)),
    advance: async (step, signal) => parseState(await ask('advance', signal, { step })),
    inject: async (fault, signal) => {
      await ask('faults', signal, fault);
    },
  };
}

function answered(answer: HttpAnswer, url: string): unknown {
  if (answer.type === 'none') {
    throw new BrokerUnavailableError(`the simulator at ${url} does not answer`, {
      cause: answer.cause,
    });
  }
  if (answer.type === 'text') {
    const why = 'is another program on this port, or the control token wrong?';
    throw new BrokerProtocolError(`${url} answered something that is no JSON: ${why}`);
  }
  if (answer.status === 200) return answer.body;
  const refusal = refusalSchema.safeParse(answer.body);
  if (!refusal.success) {
    throw new BrokerProtocolError(`the simulator at ${url} answered ${answer.status}`);
  }
  throw new SimulationRefusedError(`the simulator at ${url} refused: ${refusal.data.error}`);
}

function parseState(value: unknown): SimulationState {
  const parsed = stateSchema.safeParse(value);
  if (!parsed.success) {
    throw new BrokerProtocolError('the simulator answered no state', { cause: parsed.error });
  }
  const { stepsMax, ...state } = parsed.data;
  return stepsMax === undefined ? state : { ...state, stepsMax };
}

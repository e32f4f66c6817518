/** `/_sim/*`: what moves a simulator and makes it fail. Not part of the terminal's contract; JSON throughout. */
import * as z from 'zod';
import { type Fault, faultsSchema } from './fault.ts';
import type { FaultQueue } from './fault-queue.ts';
import { failed, ok, type Reply, type WireRequest } from './reply.ts';
import { StepOutOfRangeError, type Terminal } from './terminal.ts';

export type ControlDesk = {
  readonly terminal: Terminal;
  readonly faults: FaultQueue;
  /** Breaks all connections and answers 503 for a while. */
  readonly restart: (downMs: number) => void;
  readonly watch: {
    readonly advancing?: (terminal: Terminal) => void;
    readonly executed?: (terminal: Terminal) => void;
  };
};

const advanceSchema = z.strictObject({ step: z.int().nonnegative() });

export function controlReply(desk: ControlDesk, request: WireRequest): Reply {
  const { method } = request;
  switch (`${method} ${request.path.join('/')}`) {
    case 'GET state':
      return ok(desk.terminal.simulationState());
    case 'POST advance':
      return withBody(request, advanceSchema, ({ step }) => advance(desk, step));
    case 'GET faults':
      return ok(desk.faults.waiting());
    case 'POST faults':
      return withBody(request, faultsSchema, (faults) => inject(desk, faults));
    case 'DELETE faults':
      desk.faults.clear();
      return ok(desk.faults.waiting());
    default:
      return failed(
        404,
        'there is GET state, POST advance, GET faults, POST faults and DELETE faults',
      );
  }
}

function advance({ terminal, watch }: ControlDesk, step: number): Reply {
  try {
    if (step > terminal.books.progress.step) watch.advancing?.(terminal);
    const state = terminal.advance(step);
    watch.executed?.(terminal);
    return ok(state);
  } catch (error) {
    if (error instanceof StepOutOfRangeError) return failed(400, error.message);
    throw error;
  }
}

function inject(desk: ControlDesk, faults: readonly Fault[]): Reply {
  for (const fault of faults) {
    if (fault.kind === 'restart') desk.restart(fault.downMs);
    else desk.faults.add(fault);
  }
  return ok(desk.faults.waiting());
}

function withBody<T>({ body }: WireRequest, schema: z.ZodType<T>, act: (value: T) => Reply): Reply {
  let value: unknown;
  try {
    value = JSON.parse(body.text);
  } catch (cause) {
    return failed(400, `the body is no JSON: ${(cause as Error).message}`);
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? act(parsed.data) : failed(400, z.prettifyError(parsed.error));
}

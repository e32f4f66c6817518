/**
 * Moves simulated terminals that stand beside a real one: a bar of theirs closes whenever a bar's length has passed
 * on the wall. Nobody waits for anybody; accounts and feeds look by themselves, as they do at a real terminal.
 */
import type { SimulationControl } from '../brokers/simulation-control.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';

export type WallTimeMessage = { readonly type: 'bar-passed' };

export type WallTimeOptions = {
  /** Asked at every bar: they come and go with their accounts. */
  readonly terminals: () => readonly {
    readonly key: string;
    readonly control: SimulationControl;
  }[];
  readonly barMs: number;
  readonly clock: Clock;
  readonly self: ActorRef<WallTimeMessage>;
  /** Aborts when this incarnation is over. */
  readonly signal: AbortSignal;
  /** Told when a terminal does not answer; it is asked again with the next bar. */
  readonly onFailure: (terminal: string, reason: string) => void;
};

const advanceTimeoutMs = 30_000;

export function createWallTime(options: WallTimeOptions): Actor<WallTimeMessage> {
  const { terminals, barMs, clock, self, signal } = options;
  let cancel = () => {};
  const schedule = () => {
    cancel = clock.after(barMs, () => self.tell({ type: 'bar-passed' }));
  };
  schedule();
  return {
    async receive() {
      schedule();
      await Promise.all(
        terminals().map(({ key, control }) =>
          within(advanceTimeoutMs, clock, signal, (limit) => advanceByOne(control, limit)).catch(
            (cause: unknown) =>
              options.onFailure(key, cause instanceof Error ? cause.message : String(cause)),
          ),
        ),
      );
    },
    stopped: () => cancel(),
  };
}

/** A replay that has come to its end stays there. */
async function advanceByOne(control: SimulationControl, signal: AbortSignal): Promise<void> {
  const { step, stepsMax } = await control.state(signal);
  if (stepsMax === undefined || step < stepsMax) await control.advance(step + 1, signal);
}

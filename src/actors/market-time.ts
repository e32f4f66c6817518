/**
 * Moves market time when every terminal is a simulator: one step is one bar, and the next one begins when every
 * account has finished the last. Nothing depends on the machine's speed; a restart anywhere asks the same bar again.
 */
import type { SimulationControl, SimulationState } from '../brokers/simulation-control.ts';
import { unreachable } from '../domain/assert.ts';
import { type Timeframe, type Trace, traceOf } from '../domain/bar.ts';
import type { AccountId } from '../domain/units.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import type { FeedMessage } from './feed.ts';
import type { ObserverMessage } from './observer.ts';

export type MarketTimeMessage =
  /** Every simulator stands at `step`. */
  | {
      readonly type: 'advanced';
      readonly incarnation: number;
      readonly step: number;
      readonly state: SimulationState;
    }
  | { readonly type: 'advance-failed'; readonly incarnation: number; readonly reason: string }
  | {
      readonly type: 'step-done';
      readonly account: AccountId;
      readonly trace: Trace;
      readonly epoch: number;
      readonly latency?: StepLatency | undefined;
    }
  /** Something on the bar's path lost its memory: the open bar is asked again. */
  | { readonly type: 'actor-restarted'; readonly actor: string }
  /** An account that will not come back is no longer waited for. */
  | { readonly type: 'account-dropped'; readonly account: AccountId }
  /** It is waited for, or again, from the next bar on. */
  | { readonly type: 'account-joined'; readonly account: AccountId }
  /** It moves with the others from here on. */
  | { readonly type: 'terminal-joined'; readonly terminal: SteppedTerminal }
  | { readonly type: 'terminal-left'; readonly key: string }
  /** No bar begins any more. `held` is called as soon as none is under way. */
  | { readonly type: 'hold'; readonly held: () => void }
  | { readonly type: 'wake'; readonly incarnation: number };

/** A simulator that moves when it is told. */
export type SteppedTerminal = { readonly key: string; readonly control: SimulationControl };

export type StepLatency = { readonly barToIntentMs: number; readonly barToWireMs: number };

export type MarketTimeOptions = {
  readonly incarnation: number;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly terminals: readonly SteppedTerminal[];
  /** Those that are waited for. */
  readonly accounts: readonly AccountId[];
  /** Steps after which the run is over; undefined = it has no end. */
  readonly stepsMax?: number;
  /** Least time between two steps, on the clock; 0 = as fast as it goes. */
  readonly paceMs: number;
  readonly clock: Clock;
  readonly self: ActorRef<MarketTimeMessage>;
  readonly feed: ActorRef<FeedMessage>;
  readonly observer: ActorRef<ObserverMessage>;
  readonly onLatency: (latency: StepLatency) => void;
  readonly onFinished: () => void;
};

/** A bar that is not finished after this long is asked again: a message may have died with a thread. */
const askAgainMs = 2_000;
const retryMs = 200;
/** Failures in a row that a person is told about. */
const failuresMax = 3;
const advanceTimeoutMs = 30_000;

export function createMarketTime(options: MarketTimeOptions): Actor<MarketTimeMessage> {
  return new MarketTime(options);
}

class MarketTime implements Actor<MarketTimeMessage> {
  readonly #options: MarketTimeOptions;
  readonly #closing = new AbortController();
  readonly #accounts: Set<AccountId>;
  #terminals: readonly SteppedTerminal[];
  #hold: (() => void) | undefined;
  /** The simulators are on their way to a step. */
  #isMoving = false;
  #waitingFor = new Set<AccountId>();
  /** The open bar; undefined while the simulators move. */
  #open:
    | { readonly trace: Trace; readonly state: SimulationState; readonly step: number }
    | undefined;
  /** Undefined until the simulators have said how far they are. */
  #step: number | undefined;
  #failures = 0;
  #stepStartedAt = 0;
  #cancelWake = () => {};

  constructor(options: MarketTimeOptions) {
    this.#options = options;
    this.#accounts = new Set(options.accounts);
    this.#terminals = options.terminals;
    this.#advance();
  }

  receive(message: MarketTimeMessage): void {
    switch (message.type) {
      case 'advanced':
        if (message.incarnation === this.#options.incarnation) this.#openStep(message);
        return;
      case 'advance-failed':
        if (message.incarnation === this.#options.incarnation) this.#advanceFailed(message.reason);
        return;
      case 'step-done':
        return this.#stepDone(message);
      case 'actor-restarted':
        return this.#askAgain();
      case 'account-dropped':
        this.#accounts.delete(message.account);
        return this.#finished(message.account);
      case 'account-joined':
        return this.#join(message.account);
      case 'terminal-joined':
        return this.#joinTerminal(message.terminal);
      case 'terminal-left':
        this.#terminals = this.#terminals.filter(({ key }) => key !== message.key);
        return;
      case 'hold':
        this.#hold = message.held;
        if (this.#open === undefined && !this.#isMoving) message.held();
        return;
      case 'wake':
        if (message.incarnation !== this.#options.incarnation) return;
        return this.#open === undefined ? this.#advance() : this.#askAgain();
      default:
        return unreachable(message);
    }
  }

  stopped(): void {
    this.#cancelWake();
    this.#closing.abort(new Error('market time is stopping'));
  }

  /** A bar that nobody was left to decide is its business, too: else market time would stand still for ever. */
  #join(account: AccountId): void {
    this.#accounts.add(account);
    if (this.#open === undefined || this.#waitingFor.size > 0) return;
    this.#waitingFor.add(account);
    this.#askAgain();
  }

  #joinTerminal({ key, control }: SteppedTerminal): void {
    this.#terminals = [...this.#terminals.filter((each) => each.key !== key), { key, control }];
    const [step, { clock }] = [this.#step, this.#options];
    if (step === undefined) return;
    within(advanceTimeoutMs, clock, this.#closing.signal, (signal) =>
      control.advance(step, signal),
    ).catch(() => {
      // The next step brings it along, and says so when it cannot.
    });
  }

  /** Brings all simulators to the next step or, after a start, to the furthest that any of them has reached. */
  #advance(): void {
    if (this.#hold !== undefined) return this.#hold();
    this.#isMoving = true;
    const { clock, self, incarnation } = this.#options;
    const terminals = this.#terminals;
    this.#stepStartedAt = clock.elapsed();
    const move = async (signal: AbortSignal) => {
      const target = this.#step ?? (await furthestStep(terminals, signal));
      const states = await Promise.all(
        terminals.map(({ control }) => control.advance(target, signal)),
      );
      return { step: target, state: sameState(states) };
    };
    void within(advanceTimeoutMs, clock, this.#closing.signal, move).then(
      (reached) => self.tell({ type: 'advanced', incarnation, ...reached }),
      (cause: unknown) => {
        if (this.#closing.signal.aborted) return;
        const reason = cause instanceof Error ? cause.message : String(cause);
        self.tell({ type: 'advance-failed', incarnation, reason });
      },
    );
  }

  #advanceFailed(reason: string): void {
    this.#isMoving = false;
    this.#failures += 1;
    if (this.#failures === failuresMax) {
      const terminal = this.#terminals.map(({ key }) => key).join(', ');
      this.#options.observer.tell({
        type: 'engine-event',
        event: { type: 'terminal-failing', terminal, reason },
      });
    }
    this.#wakeAfter(retryMs);
  }

  #openStep({ step, state }: Extract<MarketTimeMessage, { type: 'advanced' }>): void {
    this.#step = step;
    this.#isMoving = false;
    this.#failures = 0;
    if (step === 0) return this.#nextStep();
    const { symbol, timeframe, observer } = this.#options;
    const trace = traceOf(symbol, timeframe, state.lastBarTime);
    this.#open = { trace, state, step };
    this.#waitingFor = new Set(this.#accounts);
    observer.tell({ type: 'market-time', at: state.now });
    this.#askAgain();
  }

  #askAgain(): void {
    if (this.#open === undefined) return;
    this.#options.feed.tell({ type: 'fetch-bar', openTime: this.#open.state.lastBarTime });
    this.#wakeAfter(askAgainMs);
  }

  #stepDone({ account, trace, latency }: Extract<MarketTimeMessage, { type: 'step-done' }>): void {
    if (this.#open?.trace !== trace || !this.#waitingFor.has(account)) return;
    if (latency !== undefined) this.#options.onLatency(latency);
    this.#finished(account);
  }

  #finished(account: AccountId): void {
    this.#waitingFor.delete(account);
    if (this.#open === undefined || this.#waitingFor.size > 0 || this.#accounts.size === 0) return;
    this.#cancelWake();
    const { stepsMax, onFinished } = this.#options;
    if (stepsMax !== undefined && this.#open.step >= stepsMax) return onFinished();
    this.#nextStep();
  }

  #nextStep(): void {
    const { paceMs, clock } = this.#options;
    this.#open = undefined;
    this.#step = (this.#step ?? 0) + 1;
    const waitMs = this.#stepStartedAt + paceMs - clock.elapsed();
    if (waitMs > 0 && this.#hold === undefined) return this.#wakeAfter(waitMs);
    this.#advance();
  }

  #wakeAfter(delayMs: number): void {
    const { clock, self, incarnation } = this.#options;
    this.#cancelWake();
    this.#cancelWake = clock.after(delayMs, () => self.tell({ type: 'wake', incarnation }));
  }
}

async function furthestStep(
  terminals: MarketTimeOptions['terminals'],
  signal: AbortSignal,
): Promise<number> {
  const states = await Promise.all(terminals.map(({ control }) => control.state(signal)));
  return Math.max(...states.map(({ step }) => step));
}

/** All simulators replay the same bars: if they disagree, a decision could not be the same for all. */
function sameState(states: readonly SimulationState[]): SimulationState {
  const [first, ...others] = states;
  if (first === undefined) throw new Error('there is no simulated terminal to advance');
  const stray = others.find(({ lastBarTime }) => lastBarTime !== first.lastBarTime);
  if (stray !== undefined) {
    throw new Error(
      `the simulators stand at different bars: ${first.lastBarTime} and ${stray.lastBarTime}`,
    );
  }
  return first;
}

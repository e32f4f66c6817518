/**
 * Runs one account: feeds the pure state machine of `account/` its inputs, writes the facts, then runs the effects.
 * It decides nothing. Every answer of the broker comes back as a message, so that a command is never kept waiting.
 */

import type { AccountFact } from '../account/account-fact.ts';
import { snapshotOf } from '../account/account-snapshot.ts';
import { type AccountState, stateVersion } from '../account/account-state.ts';
import { apply } from '../account/apply.ts';
import { decide } from '../account/decide.ts';
import type { AccountEffect } from '../account/effect.ts';
import type { AccountCommand, AccountInput } from '../account/input.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { hasDecided, isSettled } from '../account/settled.ts';
import type { Quotes, Trading } from '../brokers/broker.ts';
import { unreachable } from '../domain/assert.ts';
import type { Trace } from '../domain/bar.ts';
import type { Prediction } from '../domain/prediction.ts';
import { type AccountId, type EpochMs, epochMs } from '../domain/units.ts';
import type { Journal } from '../journal/journal.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import type { Clock } from '../runtime/clock.ts';
import { BrokerSession } from './broker-session.ts';
import type { MarketTimeMessage } from './market-time.ts';
import type { ObserverMessage } from './observer.ts';

export type AccountMessage =
  /** A bar has closed: read the broker, then wait for its prediction. */
  | {
      readonly type: 'bar-closed';
      readonly trace: Trace;
      readonly symbol: string;
      readonly closedAt: EpochMs;
      /** When the response with the bar had been read, on `Clock.elapsed`. */
      readonly readAt: number;
    }
  | { readonly type: 'prediction-ready'; readonly prediction: Prediction }
  | {
      readonly type: 'prediction-missing';
      readonly trace: Trace;
      readonly symbol: string;
      readonly reason: string;
    }
  | { readonly type: 'command'; readonly command: AccountCommand; readonly by: string }
  | { readonly type: 'policy-changed'; readonly policy: AccountPolicy }
  /** The broker answered an incarnation of this actor; answers to earlier incarnations are void. */
  | {
      readonly type: 'broker-answered';
      readonly incarnation: number;
      readonly answer: BrokerAnswer;
    }
  /** Live: time to look at the broker. */
  | { readonly type: 'poll'; readonly incarnation: number };

/** Recovery folds at most about this many facts. */
const factsPerSnapshot = 1_000;

/** Distributes over the union, which the built-in Omit does not. */
type WithoutTimes<Input> = Input extends unknown ? Omit<Input, 'at' | 'ioAt'> : never;

export type BrokerAnswer = {
  /** Market time of the answer, where it tells one. */
  readonly at?: EpochMs;
  /** Number of the read round that it ends. */
  readonly round?: number;
  readonly input: Extract<
    WithoutTimes<AccountInput>,
    {
      type: 'reconciled' | 'read-failed' | 'order-answered' | 'close-answered' | 'protect-answered';
    }
  >;
};

/** Commands overtake data; the broker's answers come before new bars. */
export function laneOfAccountMessage(message: AccountMessage): 'control' | 'data' {
  switch (message.type) {
    case 'command':
    case 'policy-changed':
    case 'broker-answered':
      return 'control';
    default:
      return 'data';
  }
}

export type AccountActorOptions = {
  readonly account: AccountId;
  /** Grows with every incarnation; the journal's owner has the highest. */
  readonly incarnation: number;
  readonly policy: AccountPolicy;
  /** The fold of the journal, and the number of its newest fact. */
  readonly state: AccountState;
  readonly sequence: number;
  readonly journal: Journal<AccountFact>;
  readonly trading: Trading;
  readonly quotes: Quotes;
  readonly clock: Clock;
  readonly self: ActorRef<AccountMessage>;
  readonly observer: ActorRef<ObserverMessage>;
  /** Lockstep: told when a bar is finished. Live: undefined. */
  readonly marketTime?: ActorRef<MarketTimeMessage>;
  /** Live: how often the broker is read between bars. */
  readonly pollEveryMs?: number;
  readonly timeouts: { readonly readMs: number; readonly tradeMs: number };
};

type Bar = {
  readonly trace: Trace;
  readonly closedAt: EpochMs;
  readonly readAt: number;
  /** The read round that began after the bar was announced. */
  readonly round: number;
  hasRead: boolean;
  prediction: Prediction | { readonly missing: string; readonly symbol: string } | undefined;
  intentAt?: number;
  wireAt?: number;
};

export function createAccount(options: AccountActorOptions): Actor<AccountMessage> {
  return new AccountRunner(options);
}

class AccountRunner implements Actor<AccountMessage> {
  readonly #options: AccountActorOptions;
  readonly #session: BrokerSession;
  #state: AccountState;
  #sequence: number;
  #snapshotAt: number;
  #bar: Bar | undefined;
  #marketNow: EpochMs;
  #cancelPoll = () => {};

  constructor(options: AccountActorOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#sequence = options.sequence;
    this.#snapshotAt = options.sequence + factsPerSnapshot;
    this.#marketNow = options.state.at;
    this.#session = new BrokerSession({
      ...options,
      answer: (answer) =>
        options.self.tell({ type: 'broker-answered', incarnation: options.incarnation, answer }),
    });
    this.#take({
      type: 'opened',
      epoch: options.incarnation,
      policy: options.policy,
      absenceProof: options.trading.absenceProof,
    });
    this.#session.read(() => this.#state);
    this.#schedulePoll();
  }

  receive(message: AccountMessage): void {
    switch (message.type) {
      case 'bar-closed':
        return this.#openBar(message);
      case 'prediction-ready':
        return this.#predicted(message.prediction.trace, message.prediction);
      case 'prediction-missing':
        return this.#predicted(message.trace, { missing: message.reason, symbol: message.symbol });
      case 'command':
        return this.#take({ type: 'controlled', command: message.command, by: message.by });
      case 'policy-changed':
        return this.#take({ type: 'configured', policy: message.policy });
      case 'broker-answered':
        if (message.incarnation !== this.#options.incarnation) return;
        return this.#answered(message.answer);
      case 'poll':
        if (message.incarnation !== this.#options.incarnation) return;
        this.#session.read(() => this.#state);
        return this.#schedulePoll();
      default:
        return unreachable(message);
    }
  }

  stopped(): void {
    this.#cancelPoll();
    this.#session.close();
  }

  #openBar({ trace, closedAt, readAt }: Extract<AccountMessage, { type: 'bar-closed' }>): void {
    const prediction = this.#bar?.trace === trace ? this.#bar.prediction : undefined;
    const round = this.#session.read(() => this.#state);
    this.#bar = { trace, closedAt, readAt, round, hasRead: false, prediction };
  }

  #predicted(trace: Trace, prediction: NonNullable<Bar['prediction']>): void {
    if (this.#bar?.trace !== trace) return; // The bar itself has not been announced to this incarnation: it comes again.
    this.#bar.prediction = prediction;
    this.#progress();
  }

  #answered({ at, round, input }: BrokerAnswer): void {
    if (at !== undefined && at > this.#marketNow) this.#marketNow = at;
    this.#take(input);
    if (round !== undefined && this.#bar !== undefined && round >= this.#bar.round) {
      this.#bar.hasRead = true;
    }
    this.#progress();
  }

  /** Decides the open bar as soon as both the broker and the models have spoken, and says when all of it is done. */
  #progress(): void {
    const bar = this.#bar;
    if (bar === undefined || !bar.hasRead || bar.prediction === undefined) return;
    if (!hasDecided(this.#state, bar.trace)) {
      this.#take(
        'missing' in bar.prediction
          ? {
              type: 'unpredicted',
              trace: bar.trace,
              symbol: bar.prediction.symbol,
              reason: bar.prediction.missing,
            }
          : { type: 'predicted', prediction: bar.prediction },
      );
    }
    if (this.#session.isIdle && isSettled(this.#state)) this.#finishBar(bar);
  }

  #finishBar(bar: Bar): void {
    this.#bar = undefined;
    this.#saveSnapshot();
    const { account, incarnation, observer, marketTime } = this.#options;
    observer.tell({ type: 'account-changed', snapshot: snapshotOf(this.#state) });
    const latency =
      bar.intentAt === undefined || bar.wireAt === undefined
        ? undefined
        : { barToIntentMs: bar.intentAt - bar.readAt, barToWireMs: bar.wireAt - bar.readAt };
    marketTime?.tell({
      type: 'step-done',
      account,
      trace: bar.trace,
      epoch: incarnation,
      ...(latency && { latency }),
    });
  }

  #saveSnapshot(): void {
    if (this.#sequence < this.#snapshotAt) return;
    this.#snapshotAt = this.#sequence + factsPerSnapshot;
    const { journal } = this.#options;
    journal.saveSnapshot({ sequence: this.#sequence, version: stateVersion, state: this.#state });
  }

  /** One input: decide, write the facts, fold them, run the effects. In this order and never another. */
  #take(input: WithoutTimes<AccountInput>): void {
    const at =
      this.#bar !== undefined && this.#bar.closedAt > this.#marketNow
        ? this.#bar.closedAt
        : this.#marketNow;
    const ioAt = epochMs(Math.floor(this.#options.clock.now()));
    const { facts, durability, effects } = decide(this.#state, {
      ...input,
      at,
      ioAt,
    } as AccountInput);
    if (facts.length > 0) this.#options.journal.append(facts, durability);
    this.#sequence += facts.length;
    this.#state = facts.reduce(apply, this.#state);
    if (durability === 'full' && this.#bar !== undefined)
      this.#bar.intentAt ??= this.#options.clock.elapsed();
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: AccountEffect): void {
    switch (effect.type) {
      case 'submit':
        if (this.#bar !== undefined) this.#bar.wireAt ??= this.#options.clock.elapsed();
        return this.#session.submit(effect.order);
      case 'close':
        return this.#session.closePosition(effect);
      case 'protect':
        return this.#session.protect(effect);
      case 'reconcile':
        return this.#session.readAfter(effect.afterMs, () => this.#state);
      case 'announce':
        return this.#options.observer.tell({ type: 'account-event', event: effect.event });
      default:
        return unreachable(effect);
    }
  }

  #schedulePoll(): void {
    const { pollEveryMs, clock, self, incarnation } = this.#options;
    if (pollEveryMs === undefined) return;
    this.#cancelPoll = clock.after(pollEveryMs, () => self.tell({ type: 'poll', incarnation }));
  }
}

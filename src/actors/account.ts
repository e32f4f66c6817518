/**
 * Runs one account: feeds the pure state machine of `account/` its inputs, writes the facts, then runs the effects.
 * It decides nothing. Every answer of the broker comes back as a message, so that a command is never kept waiting.
 */

import { snapshotOf } from '../account/account-snapshot.ts';
import type { AccountState } from '../account/account-state.ts';
import type { AccountEffect } from '../account/effect.ts';
import type { InTheMaking } from '../account/in-the-making.ts';
import type { AccountInput } from '../account/input.ts';
import { maySend } from '../account/may-send.ts';
import { isOldNews } from '../account/old-news.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { PositionAnswer } from '../account/position-questions.ts';
import type { ReservationAnswer } from '../account/reservation.ts';
import { hasDecided, isSettled } from '../account/settled.ts';
import { traceParts } from '../account/trace-parts.ts';
import { unreachable } from '../domain/assert.ts';
import type { Trace } from '../domain/bar.ts';
import type { Prediction } from '../domain/prediction.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { Wish } from '../risk/exposure-ledger.ts';
import type { Actor } from '../runtime/actor.ts';
import { Few } from '../runtime/few.ts';
import type { AccountMessage, BrokerAnswer, WithoutTimes } from './account-message.ts';
import type { AccountActorOptions } from './account-options.ts';
import { BrokerSession, type OrderWatch } from './broker-session.ts';
import { Early } from './early.ts';
import { JournaledState } from './journaled-state.ts';
import type { StepLatency } from './market-time.ts';
import { type Missing, type OpenBar, watchOf } from './open-bar.ts';
import { PositionDesk } from './position-desk.ts';

/** Live: a bar that is not decided this long after it was announced is held. */
const decideWithinMs = 60_000;
/** A bar waits for a healthy read; a failed one is tried again after this long. */
const readAgainMs = 250;
/** Live: quotes that are further ahead of our clock come from a terminal whose own clock has just changed. */
const aheadMaxMs = 120_000;
/** Live: a wish that the fleet's ledger has not answered after this long is refused. */
const reserveWithinMs = 2_000;
/** How long trade calls under way may still take when the actor stops. */
const drainMs = 4_000;

/** A wish that the fleet's ledger has not answered yet. */
type Asking = { readonly bar: OpenBar; readonly wish: Wish; readonly cancelDeadline: () => void };

export function createAccount(options: AccountActorOptions): Actor<AccountMessage> {
  return new AccountRunner(options);
}

class AccountRunner implements Actor<AccountMessage> {
  readonly #options: AccountActorOptions;
  readonly #session: BrokerSession;
  /** By series: several symbols close a bar at the same moment. */
  readonly #bars = new Few<string, OpenBar>();
  readonly #early = new Early();
  /** By series: the bar that this incarnation was done with last. */
  readonly #done = new Map<string, Trace>();
  readonly #book: JournaledState;
  #deciding: OpenBar | undefined;
  #asking: Asking | undefined;
  readonly #positions: PositionDesk;
  #marketNow: EpochMs;
  #life: 'running' | 'draining' | 'over' = 'running';
  #cancelPoll = () => {};

  constructor(options: AccountActorOptions) {
    this.#options = options;
    this.#positions = new PositionDesk(options);
    this.#book = new JournaledState(options);
    this.#marketNow = options.state.at;
    this.#session = new BrokerSession({
      ...options,
      onDisk: () => this.#book.onDisk,
      maySend: () => maySend(this.#state),
      refreshesInstruments: options.pollEveryMs !== undefined,
      answer: (answer) => this.#hear(answer),
    });
    // Its first effect is to read the broker.
    this.#take({
      type: 'opened',
      epoch: options.incarnation,
      policy: options.policy,
      absenceProof: options.trading.absenceProof,
    });
    this.#book.write();
    this.#schedulePoll();
  }

  receive(message: AccountMessage): void {
    this.#heed(message);
    this.#book.write();
  }

  get #state(): AccountState {
    return this.#book.state;
  }

  #heed(message: AccountMessage): void {
    switch (message.type) {
      case 'bar-closed':
        return this.#openBar(message);
      case 'bar-due':
        return this.#readFor(message);
      case 'prediction-ready':
        return this.#predicted(message.prediction.trace, message.prediction);
      case 'prediction-missing':
        return this.#predicted(message.trace, { missing: message.reason });
      case 'command':
        return this.#obey(message);
      case 'policy-changed':
        return this.#configure(message.policy);
      case 'position-judged':
        return this.#judged(message.answer);
      case 'reservation-answered':
        return this.#reserved(message.answer);
      case 'fleet-started':
        return this.#tellFleetAgain();
      default:
        if (message.incarnation === this.#options.incarnation) this.#receiveOwn(message);
    }
  }

  /** Trade calls under way come to their answers, if they are quick; then everything is let go. */
  async stopped(): Promise<void> {
    this.#life = 'draining';
    this.#cancelPoll();
    this.#endAsking();
    for (const [, { cancelDeadline }] of this.#bars) cancelDeadline();
    try {
      await this.#session.drain(drainMs);
    } finally {
      this.#life = 'over';
      this.#session.close();
    }
  }

  #receiveOwn(message: Extract<AccountMessage, { readonly incarnation: number }>): void {
    switch (message.type) {
      case 'broker-answered':
        return this.#answered(message.answer);
      case 'poll':
        this.#session.read(() => this.#state);
        return this.#schedulePoll();
      case 'bar-overdue':
        return this.#holdOverdue(message.trace);
      case 'reservation-overdue':
        return this.#refuseOverdue(message.id);
      default:
        return unreachable(message);
    }
  }

  /** An answer is a message like any other; but of an actor that stops, it is only written down. */
  #hear(answer: BrokerAnswer): void {
    const { self, incarnation } = this.#options;
    if (this.#life === 'running') self.tell({ type: 'broker-answered', incarnation, answer });
    const isOfTrade = answer.round === undefined;
    if (this.#life !== 'draining' || !isOfTrade || this.#book.hasFailed) return;
    for (const effect of this.#record(answer.input, answer.ioAt)) {
      if (effect.type === 'announce') this.#run(effect);
    }
    this.#book.write();
  }

  #obey({ command, by, number }: Extract<AccountMessage, { type: 'command' }>): void {
    this.#take({ type: 'controlled', command, by });
    const { receipts, account } = this.#options;
    receipts.tell({ type: 'command-taken', account, number });
    this.#showState();
  }

  #configure(policy: AccountPolicy): void {
    this.#take({ type: 'configured', policy });
    this.#showState();
  }

  /** In lockstep a bar that is asked for has closed; live, the terminal has yet to say so. */
  #readFor({ trace, closedAt }: Extract<AccountMessage, { type: 'bar-due' }>): void {
    const { series } = traceParts(trace);
    if (this.#bars.get(series)?.trace === trace || this.#done.get(series) === trace) return;
    const { pollEveryMs, clock } = this.#options;
    if (pollEveryMs === undefined && closedAt > this.#marketNow) this.#marketNow = closedAt;
    const round = this.#session.read(() => this.#state);
    this.#early.readBegan({ trace, round, begunAt: clock.elapsed() });
  }

  #openBar(message: Extract<AccountMessage, { type: 'bar-closed' }>): void {
    const { trace, symbol, closedAt, readAt } = message;
    const { series } = traceParts(trace);
    const former = this.#bars.get(series);
    // Told again: a host that is slower than they who ask would begin to read for ever.
    if (former?.trace === trace) return;
    // Asked once more, it reads nothing: market time may move on meanwhile, and half of what was read would be old.
    if (this.#done.get(series) === trace && this.#isAtRest) return this.#sayDone(trace);
    former?.cancelDeadline();
    if (former !== undefined) {
      this.#hold(former, 'the next bar closed before this one could be decided');
    }
    const { prediction, read } = this.#early.take(trace, this.#options.clock.elapsed());
    this.#bars.set(series, {
      trace,
      symbol,
      closedAt,
      readAt,
      round: read?.round ?? this.#session.read(() => this.#state),
      cancelDeadline: this.#startDeadline(trace),
      hasRead: read?.isDone ?? false,
      prediction,
      intentAt: undefined,
      wireAt: undefined,
    });
    this.#progress();
  }

  #startDeadline(trace: Trace): () => void {
    const { pollEveryMs, clock, self, incarnation } = this.#options;
    if (pollEveryMs === undefined) return () => {};
    return clock.after(decideWithinMs, () =>
      self.tell({ type: 'bar-overdue', incarnation, trace }),
    );
  }

  #predicted(trace: Trace, prediction: Prediction | Missing): void {
    const { series } = traceParts(trace);
    const bar = this.#bars.get(series);
    if (bar?.trace === trace) {
      bar.prediction ??= prediction;
      this.#positions.askAgain(trace);
      this.#progress();
    } else if (!hasDecided(this.#state, trace)) {
      this.#early.predicted(trace, prediction);
    }
  }

  #holdOverdue(trace: Trace): void {
    const bar = this.#bars.get(traceParts(trace).series);
    if (bar?.trace !== trace) return;
    const what = bar.prediction === undefined ? 'no prediction came' : 'the broker was not read';
    this.#hold(bar, `${what} within ${decideWithinMs / 1_000} s`);
    bar.hasRead = true;
    this.#positions.giveUp(this.#state, bar, 'it took too long');
    this.#progress();
  }

  /** A bar that cannot be decided any more is held, and the journal says why. */
  #hold(bar: OpenBar, reason: string): void {
    if (hasDecided(this.#state, bar.trace)) return;
    bar.prediction = { missing: reason };
    this.#decide(bar, bar.prediction);
  }

  #answered({ at, ioAt, round, input }: BrokerAnswer): void {
    if (at !== undefined && at > this.#marketNow && this.#isPossible(at)) this.#marketNow = at;
    if (this.#early.isRead(round) || !this.#isOldNews(input)) this.#take(input, ioAt);
    if (round === undefined) this.#early.forgetReads();
    else this.#noteRead(round, input.type === 'reconciled');
    this.#progress();
    if (round !== undefined && this.#options.pollEveryMs !== undefined) this.#showState();
  }

  #isOldNews(input: BrokerAnswer['input']): boolean {
    const isBetweenBars = this.#options.pollEveryMs !== undefined && this.#bars.size === 0;
    if (input.type !== 'reconciled' || !isBetweenBars) return false;
    return isOldNews(this.#state, { ...input, at: this.#marketTime() });
  }

  /** Market time never goes back: a wrong hour ahead would deny entries for an hour, and end the day too early. */
  #isPossible(at: EpochMs): boolean {
    const { pollEveryMs, clock } = this.#options;
    return pollEveryMs === undefined || at <= clock.now() + aheadMaxMs;
  }

  /**
   * A bar is decided on books that were read after it closed. In lockstep it waits for them, else a slow machine would
   * decide otherwise than a quick one; live, a terminal that is known to be down denies the entry.
   */
  #noteRead(round: number, isHealthy: boolean): void {
    const isKnownDown = this.#options.pollEveryMs !== undefined && this.#isTerminalDown();
    let isWaiting = false;
    this.#early.readEnded(round, isHealthy);
    for (const [, bar] of this.#bars) {
      bar.hasRead ||= (isHealthy || isKnownDown) && round >= bar.round;
      isWaiting ||= !bar.hasRead;
    }
    // In lockstep every bar that is not done holds market time, an order in doubt as well as a decision.
    const holdsTime = this.#options.pollEveryMs === undefined && this.#bars.size > 0;
    if ((isWaiting || (holdsTime && !isHealthy)) && !this.#session.isReading) {
      this.#session.readAfter(readAgainMs, () => this.#state);
    }
  }

  #isTerminalDown(): boolean {
    const { readFailures, policy } = this.#state;
    return policy !== undefined && readFailures >= policy.readFailuresMax;
  }

  /** Decides open bars as soon as both the broker and the models have spoken, and says when all of one is done. */
  #progress(): void {
    for (const [series, bar] of this.#bars) {
      if (bar.hasRead && bar.prediction !== undefined && this.#isDecided(bar, bar.prediction)) {
        this.#finishIfDone(series, bar);
      }
    }
  }

  /** Decides what was not decided; false while the fleet's ledger is waited for. */
  #isDecided(bar: OpenBar, prediction: Prediction | Missing): boolean {
    const isDecided = () => hasDecided(this.#state, bar.trace);
    if (!isDecided() && !this.#asking) this.#decide(bar, prediction);
    return isDecided();
  }

  /** In lockstep positions are judged at rest: else whoever answers first, broker or model, would change what follows. */
  #finishIfDone(series: string, bar: OpenBar): void {
    if (this.#options.pollEveryMs === undefined && !this.#isAtRest) return;
    if (!this.#asksAboutPositions(bar) && this.#isAtRest) this.#finishBar(series, bar);
  }

  /** Nothing is under way. */
  get #isAtRest(): boolean {
    return this.#session.isIdle && isSettled(this.#state);
  }

  #decide(bar: OpenBar, prediction: Prediction | Missing, reservation?: ReservationAnswer): void {
    const { trace, symbol } = bar;
    if (this.#asking?.bar === bar) this.#endAsking();
    this.#deciding = bar;
    this.#take(
      'missing' in prediction
        ? { type: 'unpredicted', trace, symbol, reason: prediction.missing }
        : { type: 'predicted', prediction, reservation },
    );
    this.#deciding = undefined;
  }

  #asksAboutPositions(bar: OpenBar): boolean {
    for (const answer of this.#positions.takeAnswers(this.#state, bar))
      this.#take({ type: 'position-judged', answer });
    const { prediction } = bar;
    if (prediction === undefined || 'missing' in prediction) return false;
    this.#book.write();
    return prediction.hasPositionModel === true && this.#positions.ask(this.#state, bar);
  }

  #judged(answer: PositionAnswer): void {
    const { trace } = answer.question;
    if (this.#bars.get(traceParts(trace).series)?.trace !== trace) return;
    this.#positions.hear(answer);
    this.#progress();
  }

  #reserved(answer: ReservationAnswer): void {
    const { bar, wish } = this.#asking ?? {};
    // One that nobody waits for any more; the ledger hears that in what is told next.
    if (bar?.prediction === undefined || wish?.holding.id !== answer.holding.id) return;
    this.#decide(bar, bar.prediction, answer);
    this.#progress();
  }

  #refuseOverdue(id: string): void {
    const { wish } = this.#asking ?? {};
    if (wish?.holding.id !== id) return;
    const [observed, allowed] = [reserveWithinMs, 0];
    const denial = { limit: 'fleet-unanswered', observed, allowed };
    this.#reserved({ holding: wish.holding, denial });
  }

  /** A wish is asked anew with its bar, on what is held by now. */
  #tellFleetAgain(): void {
    if (this.#asking === undefined) return this.#take({ type: 'fleet-asks' });
    this.#endAsking();
    this.#progress();
  }

  #endAsking(): void {
    this.#asking?.cancelDeadline();
    this.#asking = undefined;
  }

  /** While a wish is open nothing else is told: what follows its answer tells all. */
  #tellFleet({ told, asking }: Extract<AccountEffect, { type: 'tell-fleet' }>): void {
    const { account, incarnation: epoch, fleet, clock, self, pollEveryMs } = this.#options;
    if (asking === undefined && this.#asking !== undefined) return;
    if (asking !== undefined && this.#deciding !== undefined) {
      const { id } = asking.holding;
      const refuse = () => self.tell({ type: 'reservation-overdue', incarnation: epoch, id });
      const cancelDeadline =
        pollEveryMs === undefined ? () => {} : clock.after(reserveWithinMs, refuse);
      this.#asking = { bar: this.#deciding, wish: asking, cancelDeadline };
    }
    const wish = asking && { asking };
    fleet?.tell({ type: 'holdings-told', account, told: { ...told, epoch, ...wish } });
  }

  #finishBar(series: string, { trace, readAt, intentAt, wireAt, cancelDeadline }: OpenBar): void {
    this.#bars.delete(series);
    this.#positions.forget(trace);
    cancelDeadline();
    this.#showState();
    this.#book.saveSnapshot();
    this.#done.set(series, trace);
    const latency =
      intentAt === undefined || wireAt === undefined
        ? undefined
        : { barToIntentMs: intentAt - readAt, barToWireMs: wireAt - readAt };
    this.#sayDone(trace, latency);
    this.#options.journal.tidy?.();
  }

  #sayDone(trace: Trace, latency?: StepLatency): void {
    const { account, incarnation: epoch, marketTime } = this.#options;
    marketTime?.tell({ type: 'step-done', account, trace, epoch, latency });
  }

  #showState(): void {
    this.#book.write();
    const snapshot = snapshotOf(this.#state);
    this.#options.observer.tell({ type: 'account-changed', snapshot });
  }

  #take(input: WithoutTimes<AccountInput>, ioAt?: EpochMs): void {
    for (const effect of this.#record(input, ioAt)) this.#run(effect);
  }

  /**
   * One input: what follows from it is run after its facts were written, and never before. Takes over what it is given.
   */
  #record(input: WithoutTimes<AccountInput>, ioAt = this.#ioNow()): readonly AccountEffect[] {
    const complete = input as InTheMaking<AccountInput>;
    complete.at = this.#marketTime();
    complete.ioAt = ioAt;
    return this.#book.take(complete);
  }

  /** The newest quote's, or the close of a bar that no quote has followed yet. */
  #marketTime(): EpochMs {
    let newest = this.#marketNow;
    for (const [, { closedAt }] of this.#bars) if (closedAt > newest) newest = closedAt;
    return newest;
  }

  #ioNow(): EpochMs {
    return epochMs(Math.floor(this.#options.clock.now()));
  }

  #run(effect: AccountEffect): void {
    switch (effect.type) {
      case 'submit':
        return this.#session.submit(effect.order, this.#watch());
      case 'close':
        return this.#session.closePosition(effect);
      case 'cancel-orders':
        return this.#session.cancelOrders();
      case 'protect':
        return this.#session.protect(effect);
      case 'reconcile':
        return this.#session.readAfter(effect.afterMs, () => this.#state);
      case 'tell-fleet':
        return this.#tellFleet(effect);
      case 'announce':
        return this.#options.observer.tell({ type: 'account-event', event: effect.event });
      default:
        return unreachable(effect);
    }
  }

  #watch(): OrderWatch | undefined {
    return this.#deciding && watchOf(this.#deciding, this.#options.clock);
  }

  #schedulePoll(): void {
    const { pollEveryMs, clock, self, incarnation } = this.#options;
    if (pollEveryMs === undefined) return;
    this.#book.saveSnapshot();
    this.#cancelPoll = clock.after(pollEveryMs, () => self.tell({ type: 'poll', incarnation }));
  }
}

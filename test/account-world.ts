/** An account, its journal and a model broker in one thread: the actor's part is played by a loop. */
import { expect } from 'vitest';
import type { AccountFact } from '../src/account/account-fact.ts';
import { type AccountState, initialState } from '../src/account/account-state.ts';
import { apply } from '../src/account/apply.ts';
import { dealsFrom } from '../src/account/apply-deal.ts';
import { decide } from '../src/account/decide.ts';
import type { AccountEffect } from '../src/account/effect.ts';
import type { AccountCommand, AccountInput } from '../src/account/input.ts';
import type { AccountPolicy } from '../src/account/policy.ts';
import { dealsNeeded, isSettled } from '../src/account/settled.ts';
import type { Decision } from '../src/account/turn.ts';
import type { AccountEvent } from '../src/domain/account-event.ts';
import { traceOf } from '../src/domain/bar.ts';
import type { Instrument } from '../src/domain/instrument.ts';
import type { TradeOutcome } from '../src/domain/order.ts';
import type { PredictedClass, Prediction } from '../src/domain/prediction.ts';
import type { Quote } from '../src/domain/quote.ts';
import { accountId, epochMs, fraction, price } from '../src/domain/units.ts';
import { ModelBroker, type SubmitFault } from './model-broker.ts';

export const barMs = 900_000;
export const account = accountId('exness_main');
export const monday = Date.UTC(2025, 0, 6);

export function aPolicy(changes: Partial<AccountPolicy> = {}): AccountPolicy {
  return {
    account,
    hash: 'policy-1',
    mode: 'paper',
    symbols: ['BTCUSD'],
    barMs,
    votesMin: 2,
    risk: fraction(0.02),
    riskMax: fraction(0.1),
    lotsMin: 0.01,
    lotsMax: 5,
    stopLossAtr: 1,
    takeProfitAtr: 1,
    atrMin: 15,
    dailyLossMax: fraction(0),
    dayOffsetMs: 0,
    consecutiveLossesMax: 0,
    readFailuresMax: 3,
    ...changes,
  };
}

export function aQuote(bid: number, at: number = monday): Quote {
  return { bid: price(bid), ask: price(bid + 5), at: epochMs(at) };
}

/** A prediction that all three members agree on. */
export function aPrediction(
  says: PredictedClass,
  { bar = 0, atr = 300, at = monday }: { bar?: number; atr?: number; at?: number } = {},
): Prediction {
  const barTime = epochMs(at + (bar - 1) * barMs);
  const mean = { buy: 0.1, sell: 0.1, hold: 0.1, [says]: 0.8 };
  const member = { raw: mean, calibrated: mean, vote: says };
  return {
    trace: traceOf('BTCUSD', 'M15', barTime),
    symbol: 'BTCUSD',
    barTime,
    modelHash: 'model-1',
    mean,
    members: { rf: member, xgb: member, lgb: member },
    atr: price(atr),
    thresholds: { confidenceMin: 0.6, gapMin: 0.05 },
  };
}

/** An order goes out only with its stop, and after its own intent was put on disk. */
function expectWrittenFirst({ facts, durability, effects }: Decision): void {
  for (const effect of effects) {
    if (effect.type !== 'submit') continue;
    const intended = facts.flatMap((fact) => (fact.type === 'order-intended' ? fact.intent : []));
    expect(intended.map(({ order }) => order)).toContainEqual(effect.order);
    expect(durability).toBe('full');
    expect(effect.order.stopLoss).toBeGreaterThan(0);
  }
}

/** The same answer of the broker twice is the same as once. */
function expectTold(state: AccountState, input: AccountInput): void {
  const again = decide(state, input);
  expect(again.facts).toEqual([]);
  expect(again.effects.filter(({ type }) => type !== 'reconcile')).toEqual([]);
}

export class Crash extends Error {
  override readonly name = 'Crash';
}

type WorldOptions = {
  readonly policy?: AccountPolicy;
  /** How the instrument differs from a Bitcoin of a cent account. */
  readonly instrument?: Partial<Instrument>;
  readonly absenceProof?: { readonly sinceCallMs: number; readonly emptyForMs: number };
  /** What befalls the n-th submit; `none` from the end of the list on. */
  readonly faults?: readonly SubmitFault[];
  /** What befalls the n-th close and the n-th move of stops. */
  readonly callFaults?: {
    readonly close?: readonly CallFault[];
    readonly protect?: readonly CallFault[];
  };
};

/** What happens to a call that changes a position, beside being executed and answered. */
export type CallFault = 'none' | '504-executed' | '504-lost' | 'not-sent' | 'rejected';

export class AccountWorld {
  readonly broker: ModelBroker;
  readonly journal: AccountFact[] = [];
  readonly events: AccountEvent[] = [];
  /** Counts what happened since the start; at this count the engine dies. */
  crashAt = Number.POSITIVE_INFINITY;
  moments = 0;
  state: AccountState = initialState(account);
  policy: AccountPolicy;
  readsFail = false;
  /** Wishes to read the broker are only noted: the test reads when it wants to. */
  isManual = false;
  readonly wishes: number[] = [];
  /** How the facts of each type were last written. */
  readonly #durabilities = new Map<string, string>();
  readonly #absenceProof: { readonly sinceCallMs: number; readonly emptyForMs: number };
  readonly #faults: SubmitFault[];
  readonly #closeFaults: CallFault[];
  readonly #protectFaults: CallFault[];
  #inputs: AccountInput[] = [];
  #ioAt = monday;
  #epoch = 0;

  constructor(options: WorldOptions = {}) {
    this.broker = new ModelBroker(aQuote(95_000), options.instrument);
    this.policy = options.policy ?? aPolicy();
    this.#absenceProof = options.absenceProof ?? { sinceCallMs: 1_000, emptyForMs: 500 };
    this.#faults = [...(options.faults ?? [])];
    this.#closeFaults = [...(options.callFaults?.close ?? [])];
    this.#protectFaults = [...(options.callFaults?.protect ?? [])];
  }

  /** A new incarnation: the journal is all that the old one left. */
  open(): this {
    this.#inputs = [];
    this.#epoch += 1;
    const facts = JSON.parse(JSON.stringify(this.journal)) as AccountFact[];
    this.state = facts.reduce(apply, initialState(account));
    const { policy } = this;
    const absenceProof = this.#absenceProof;
    this.give({ type: 'opened', epoch: this.#epoch, policy, absenceProof });
    return this;
  }

  /** The market goes on to another quote. */
  move(bid: number, at: number = this.broker.quote.at): void {
    this.broker.move(aQuote(bid, at));
  }

  /** One bar in lockstep: read, predict, and everything that follows from it. */
  bar(prediction: Prediction): void {
    this.read();
    this.give({ type: 'predicted', prediction });
  }

  read(): void {
    this.give(this.#reading());
  }

  /** Time goes by on the I/O clock. */
  wait(ms: number): void {
    this.#ioAt += ms;
  }

  command(command: AccountCommand): void {
    this.give({ type: 'controlled', command, by: 'test' });
  }

  /** Decides one input and runs what follows from it until nothing is left to do. */
  give(content: WithoutTimes<AccountInput>): void {
    this.#inputs.push(this.#timed(content));
    for (let rounds = 0; this.#inputs.length > 0; rounds += 1) {
      expect(rounds, 'inputs that follow from one').toBeLessThan(500);
      this.#decide(this.#inputs.shift() as AccountInput);
    }
  }

  get isSettled(): boolean {
    return isSettled(this.state);
  }

  heard<T extends AccountEvent['type']>(type: T): readonly Extract<AccountEvent, { type: T }>[] {
    return this.events.filter((event) => event.type === type) as never;
  }

  durabilityOf(type: AccountFact['type']): string | undefined {
    return this.#durabilities.get(type);
  }

  facts<T extends AccountFact['type']>(type: T): readonly Extract<AccountFact, { type: T }>[] {
    return this.journal.filter((fact) => fact.type === type) as never;
  }

  #decide(input: AccountInput): void {
    this.#moment();
    const decision = decide(this.state, input);
    const { facts, effects } = decision;
    this.journal.push(...facts);
    this.state = facts.reduce(apply, this.state);
    for (const { type } of facts) this.#durabilities.set(type, decision.durability);
    expectWrittenFirst(decision);
    if (input.type === 'reconciled') expectTold(this.state, input);
    for (const effect of effects) {
      if (effect.type !== 'announce') this.#moment();
      this.#run(effect);
    }
  }

  #run(effect: AccountEffect): void {
    switch (effect.type) {
      case 'announce':
        this.events.push(effect.event);
        break;
      case 'submit': {
        const { order } = effect;
        const outcome = this.broker.submit(order, this.#faults.shift() ?? 'none');
        this.#moment();
        this.#later({ type: 'order-answered', orderId: order.id, outcome });
        break;
      }
      case 'close': {
        const outcome = answered(this.#closeFaults.shift() ?? 'none', () =>
          this.broker.close(effect.ticket, 'client', effect.volume),
        );
        this.#moment();
        this.#later({ type: 'close-answered', ticket: effect.ticket, outcome });
        break;
      }
      case 'cancel-orders': {
        const outcome = this.broker.cancelOrders();
        this.#moment();
        this.#later({ type: 'cancel-answered', outcome });
        break;
      }
      case 'protect': {
        const { ticket, stopLoss, takeProfit } = effect;
        const stops = { stopLoss, ...(takeProfit !== undefined && { takeProfit }) };
        const outcome = answered(this.#protectFaults.shift() ?? 'none', () =>
          this.broker.protect(ticket, stops),
        );
        this.#moment();
        this.#later({ type: 'protect-answered', ticket, outcome });
        break;
      }
      case 'reconcile':
        this.wishes.push(effect.afterMs);
        if (this.isManual || this.readsFail) break;
        this.#ioAt += effect.afterMs;
        this.#later(this.#reading());
        break;
      case 'tell-fleet':
        // One account: there is no ledger to tell.
        break;
    }
  }

  #reading(): WithoutTimes<AccountInput> {
    if (this.readsFail) return { type: 'read-failed', reason: 'no answer' };
    const read = this.broker.read();
    const from = dealsFrom(this.state);
    const deals = dealsNeeded(this.state, read) ? read.deals.filter(({ at }) => at >= from) : [];
    return { type: 'reconciled', ...read, deals };
  }

  #later(content: WithoutTimes<AccountInput>): void {
    this.#inputs.push(this.#timed(content));
  }

  #timed(content: WithoutTimes<AccountInput>): AccountInput {
    this.#ioAt += 1;
    return { ...content, at: this.broker.quote.at, ioAt: epochMs(this.#ioAt) } as AccountInput;
  }

  #moment(): void {
    this.moments += 1;
    if (this.moments === this.crashAt) throw new Crash(`at moment ${this.crashAt}`);
  }
}

function answered(fault: CallFault, execute: () => TradeOutcome): TradeOutcome {
  switch (fault) {
    case 'none':
      return execute();
    case '504-executed':
      execute();
      return { outcome: 'unknown', reason: '504' };
    case '504-lost':
      return { outcome: 'unknown', reason: '504' };
    case 'not-sent':
      return { outcome: 'not-sent', reason: '503' };
    case 'rejected':
      return { outcome: 'rejected', code: 10_018, reason: 'Market closed' };
  }
}

export type WithoutTimes<T> = T extends unknown ? Omit<T, 'at' | 'ioAt'> : never;

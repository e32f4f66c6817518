/** The real account actor on a stage: its mailbox, a simulated clock, a model broker behind ports that can be made slow. */
import { isDeepStrictEqual } from 'node:util';
import type { AccountFact } from '../src/account/account-fact.ts';
import { snapshotOf } from '../src/account/account-snapshot.ts';
import { initialState, stateVersion } from '../src/account/account-state.ts';
import { apply } from '../src/account/apply.ts';
import type { AccountPolicy } from '../src/account/policy.ts';
import { createAccount } from '../src/actors/account.ts';
import { type AccountMessage, laneOfAccountMessage } from '../src/actors/account-message.ts';
import type { FleetMessage } from '../src/actors/fleet.ts';
import type { InferenceMessage } from '../src/actors/inference.ts';
import type { MarketTimeMessage } from '../src/actors/market-time.ts';
import type { ObserverMessage } from '../src/actors/observer.ts';
import type { ReceiptMessage } from '../src/actors/receipt.ts';
import {
  type AbsenceProof,
  BrokerUnavailableError,
  type Quotes,
  type Trading,
} from '../src/brokers/broker.ts';
import type { AccountSnapshot } from '../src/domain/account-snapshot.ts';
import { timeframeMs, traceOf } from '../src/domain/bar.ts';
import type { Instrument } from '../src/domain/instrument.ts';
import { epochMs } from '../src/domain/units.ts';
import type { Journal, Snapshot } from '../src/journal/journal.ts';
import type { ActorRef } from '../src/runtime/actor.ts';
import { actorChild } from '../src/runtime/actor-child.ts';
import type { RunningChild } from '../src/runtime/child-spec.ts';
import { SimulatedClock } from '../src/runtime/simulated-clock.ts';
import { account, aPolicy, aPrediction, aQuote, monday } from './account-world.ts';
import { ModelBroker, type SubmitFault } from './model-broker.ts';

type StageOptions = {
  readonly policy?: Partial<AccountPolicy>;
  /** Live: the broker is polled, and nobody is told of finished bars. */
  readonly pollEveryMs?: number;
  readonly absenceProof?: AbsenceProof;
  readonly positionModel?: ActorRef<InferenceMessage>;
};

/** Something that waits until the test lets it go on. */
export class Gate {
  #open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  open(): void {
    this.#open();
  }
}

export class AccountStage {
  readonly clock = new SimulatedClock(monday);
  readonly broker = new ModelBroker(aQuote(95_000));
  readonly facts: AccountFact[] = [];
  /** Journal and wire in the order in which they were reached: `full`, `normal`, `synced`, `submit`, `close`, `protect`. */
  readonly happened: string[] = [];
  readonly stepsDone: string[] = [];
  readonly told: ObserverMessage[] = [];
  /** Snapshots that people were shown before the journal held what is in them. */
  readonly shownTooEarly: AccountSnapshot[] = [];
  readonly receipts: number[] = [];
  /** What the fleet's ledger was told. */
  readonly fleetMail: FleetMessage[] = [];
  readonly faults: SubmitFault[] = [];
  /** The next sync of the journal waits here. */
  syncGate: Gate | undefined;
  syncsFail = false;
  /** The next submit waits here before it reaches the broker; the next read after it has seen positions, or deals. */
  submitGate: Gate | undefined;
  readGate: Gate | undefined;
  dealsGate: Gate | undefined;
  readsFail = false;
  closesFail = false;
  /** The next submit, close or protect fails as no adapter may: by an exception. */
  throwsOnTrade = false;
  instrument: Instrument;
  reads = 0;
  incarnation = 0;
  policy: AccountPolicy;
  readonly #options: StageOptions;
  readonly #child;
  #snapshot: Snapshot | undefined;
  #running: RunningChild | undefined;

  constructor(options: StageOptions = {}) {
    this.#options = options;
    this.policy = aPolicy(options.policy);
    this.instrument = this.broker.instrument;
    this.#child = actorChild<AccountMessage>({
      id: 'account',
      restart: 'permanent',
      shutdownMs: 10_000,
      startMs: 30_000,
      clock: this.clock,
      mailbox: { capacity: 100, overflow: 'drop-oldest' },
      laneOf: laneOfAccountMessage,
      onDeadLetter: () => {},
      start: ({ self }) => {
        this.incarnation += 1;
        const state = this.facts.reduce(apply, initialState(account));
        const { pollEveryMs, positionModel } = this.#options;
        return createAccount({
          account,
          incarnation: this.incarnation,
          policy: this.policy,
          state,
          sequence: this.facts.length,
          journal: this.#journal(),
          trading: this.#trading(),
          quotes: this.#quotes(),
          clock: this.clock,
          self,
          observer: { name: 'observer', tell: (message) => this.#observe(message) },
          receipts: {
            name: 'receipts',
            tell: ({ number }: ReceiptMessage) => this.receipts.push(number),
          },
          ...(positionModel && { positionModel }),
          fleet: { name: 'fleet', tell: (message) => this.fleetMail.push(message) },
          ...(pollEveryMs === undefined
            ? { marketTime: { name: 'time', tell: (message) => this.#stepDone(message) } }
            : { pollEveryMs }),
          timeouts: { readMs: 30_000, tradeMs: 70_000 },
        });
      },
    });
  }

  /** Starts it, or starts it again after a stop. */
  async start(): Promise<this> {
    const { signal } = new AbortController();
    this.#running = await this.#child.start({ epoch: this.incarnation + 1, signal });
    await this.settle();
    return this;
  }

  /** Crashes it in place and starts its successor, as a supervisor does. The mailbox stays. */
  async restart(): Promise<void> {
    const { ended } = this.#running ?? {};
    this.#child.crash('asked for by the test');
    await this.settle();
    await ended;
    await this.start();
  }

  stop(): Promise<void> {
    return this.#running?.stop(10_000) ?? Promise.resolve();
  }

  tell(message: AccountMessage): void {
    this.#child.ref.tell(message);
  }

  /** A bar is being asked for. */
  due(bar: number, symbol = 'BTCUSD'): void {
    const openTime = epochMs(monday + (bar - 2) * timeframeMs.M15);
    const closedAt = epochMs(openTime + timeframeMs.M15);
    this.tell({ type: 'bar-due', trace: traceOf(symbol, 'M15', openTime), closedAt });
  }

  /** A bar of a symbol closes, bar 1 at the start of the clock; the market stands where it stands. */
  close(bar: number, symbol = 'BTCUSD'): void {
    const openTime = epochMs(monday + (bar - 2) * timeframeMs.M15);
    this.tell({
      type: 'bar-closed',
      trace: traceOf(symbol, 'M15', openTime),
      symbol,
      closedAt: epochMs(openTime + timeframeMs.M15),
      readAt: this.clock.elapsed(),
    });
  }

  predict(says: 'buy' | 'sell' | 'hold', bar: number, symbol = 'BTCUSD'): void {
    const prediction = aPrediction(says, { bar: bar - 1 });
    const trace = traceOf(symbol, 'M15', prediction.barTime);
    this.tell({ type: 'prediction-ready', prediction: { ...prediction, trace, symbol } });
  }

  /** Everything that is ready to run, runs; the clock goes on by so much. */
  async settle(ms = 0): Promise<void> {
    await this.clock.advanceAsync(ms);
    for (let round = 0; round < 3; round += 1) await this.clock.advanceAsync(0);
  }

  of<T extends AccountFact['type']>(type: T): readonly Extract<AccountFact, { type: T }>[] {
    return this.facts.filter((fact) => fact.type === type) as never;
  }

  /** How each decided bar was decided, in order. */
  get verdicts(): readonly string[] {
    return this.of('bar-decided').map((fact) => {
      const time = Number(fact.trace.slice(fact.trace.lastIndexOf('/') + 1));
      const bar = (time - monday) / timeframeMs.M15 + 2;
      const why = fact.verdict === 'entered' ? '' : ` ${fact.denial.limit}`;
      return `${fact.symbol} ${bar} ${fact.verdict}${why}`;
    });
  }

  #observe(message: ObserverMessage): void {
    this.told.push(message);
    if (message.type !== 'account-changed') return;
    const written = snapshotOf(this.facts.reduce(apply, initialState(account)));
    if (!isDeepStrictEqual(written, message.snapshot)) this.shownTooEarly.push(message.snapshot);
  }

  #stepDone(message: MarketTimeMessage): void {
    if (message.type === 'step-done') this.stepsDone.push(message.trace);
  }

  #journal(): Journal<AccountFact> {
    return {
      append: (facts, durability) => {
        this.happened.push(durability);
        this.facts.push(...(JSON.parse(JSON.stringify(facts)) as AccountFact[]));
      },
      sync: async () => {
        const gate = this.syncGate;
        this.syncGate = undefined;
        await gate?.opened;
        if (this.syncsFail) throw new Error('the disk is gone');
        this.happened.push('synced');
      },
      read: () => [],
      saveSnapshot: (snapshot) => {
        this.#snapshot = snapshot;
      },
      snapshot: () => (this.#snapshot?.version === stateVersion ? this.#snapshot : undefined),
      close: () => {},
    };
  }

  #trading(): Trading {
    const { absenceProof = { sinceCallMs: 1_000, emptyForMs: 500 } } = this.#options;
    return {
      absenceProof,
      submit: async (order, signal) => {
        this.#reachWire('submit');
        const gate = this.submitGate;
        this.submitGate = undefined;
        if (gate) await unlessAborted(gate, signal);
        if (signal.aborted) return { outcome: 'unknown', reason: 'the socket was closed' };
        return this.broker.submit(order, this.faults.shift() ?? 'none');
      },
      close: async ({ ticket, volume }) => {
        this.#reachWire('close');
        if (this.closesFail) return { outcome: 'rejected', code: 10_018, reason: 'market closed' };
        return this.broker.close(ticket, 'client', volume);
      },
      cancelOrders: async () => this.broker.cancelOrders(),
      protect: async ({ ticket, stopLoss, takeProfit }) => {
        this.#reachWire('protect');
        const stops = { stopLoss, ...(takeProfit !== undefined && { takeProfit }) };
        return this.broker.protect(ticket, stops);
      },
      account: async () => this.broker.view(),
      positions: async () => {
        this.reads += 1;
        if (this.readsFail) throw new BrokerUnavailableError('nobody answers');
        const { positions } = this.broker.read();
        const gate = this.readGate;
        this.readGate = undefined;
        await gate?.opened;
        return positions;
      },
      deals: async (from) => {
        const deals = this.broker.deals.filter(({ at }) => at >= from);
        const gate = this.dealsGate;
        this.dealsGate = undefined;
        await gate?.opened;
        return deals;
      },
    };
  }

  #reachWire(call: string): void {
    this.happened.push(call);
    if (!this.throwsOnTrade) return;
    this.throwsOnTrade = false;
    throw new TypeError('a mistake of the adapter');
  }

  #quotes(): Quotes {
    return {
      quote: async () => this.broker.quote,
      instrument: async (symbol) => ({ ...this.instrument, symbol }),
      recentBars: async () => [],
      barsBetween: async () => [],
    };
  }
}

async function unlessAborted(gate: Gate, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([gate.opened, aborted]);
}

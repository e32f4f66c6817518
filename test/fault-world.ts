/**
 * One account, its real actor and adapter, against the simulator's exchange and routes in memory: a clock that the test
 * moves, a broker that can be made to fail, hands that reach into the account at the broker, and engines that die.
 */
import type { AccountFact } from '../src/account/account-fact.ts';
import { type AccountState, initialState } from '../src/account/account-state.ts';
import { apply } from '../src/account/apply.ts';
import type { AccountCommand } from '../src/account/input.ts';
import { hasDecided, isSettled } from '../src/account/settled.ts';
import { createAccount } from '../src/actors/account.ts';
import { type AccountMessage, laneOfAccountMessage } from '../src/actors/account-message.ts';
import type { Http } from '../src/brokers/mt5/http.ts';
import { traceOf } from '../src/domain/bar.ts';
import type { PredictedClass } from '../src/domain/prediction.ts';
import { type EpochMs, epochMs, type Money } from '../src/domain/units.ts';
import { simulatedSymbols } from '../src/exchange/instruments.ts';
import type { ExchangeDeal } from '../src/exchange/state.ts';
import type { Journal } from '../src/journal/journal.ts';
import { actorChild } from '../src/runtime/actor-child.ts';
import type { RunningChild } from '../src/runtime/child-spec.ts';
import { within } from '../src/runtime/deadline.ts';
import { SimulatedClock } from '../src/runtime/simulated-clock.ts';
import { httpAnswer, wireRequest } from '../src/simulation/simulated-broker.ts';
import { replayedBars } from '../src/terminal-simulator/bar-source.ts';
import { FaultQueue } from '../src/terminal-simulator/fault-queue.ts';
import { deliver } from '../src/terminal-simulator/faulty.ts';
import { handle } from '../src/terminal-simulator/routes.ts';
import { Terminal } from '../src/terminal-simulator/terminal.ts';
import { tradeOverridesOf } from '../src/terminal-simulator/trade-overrides.ts';
import { wireTime } from '../src/terminal-simulator/wire-time.ts';
import { account, aPolicy, aPrediction, barMs } from './account-world.ts';
import { mt5Client } from './mt5-client.ts';
import { randomBars } from './random-bars.ts';

/** How long absence must be seen; nothing that hangs at the broker is executed later than `lateMaxMs` after its call. */
const absenceProof = { sinceCallMs: 40_000, emptyForMs: 20_000 };
export const lateMaxMs = 30_000;
const magic = 42;
const pollEveryMs = 5_000;
/** Nothing may take longer than this to be found out once the broker works. */
const settleMaxMs = 900_000;
const historyBars = 2;

export type FaultWorldOptions = {
  readonly seed: number;
  readonly bars: number;
  readonly isHedging: boolean;
};

export class FaultWorld {
  readonly facts: AccountFact[] = [];
  readonly faults = new FaultQueue();
  readonly terminal: Terminal;
  state: AccountState = initialState(account);
  /** Orders that left without their intent on disk. */
  unwritten = 0;
  restarts = 0;
  /** The engine dies of the next decision after so many facts, before or after that is on disk. */
  #factsToLive = Number.POSITIVE_INFINITY;
  #diesWritten = false;
  /** Far ahead of the market, whose time it does not limit. */
  readonly #clock = new SimulatedClock(Date.UTC(2030, 0, 1));
  readonly #closing = new AbortController();
  readonly #child;
  #running: RunningChild | undefined;
  #commands = 0;
  #isDying = false;

  constructor({ seed, bars, isHedging }: FaultWorldOptions) {
    const all = randomBars({ count: historyBars + bars + 1, seed });
    const from = all[historyBars]?.openTime ?? epochMs(0);
    const { instrument } = simulatedSymbols['BTCUSD'] ?? {};
    if (!instrument) throw new Error('BTCUSD is simulated');
    this.terminal = new Terminal({
      booksPath: ':memory:',
      source: replayedBars({ bars: all, from, identity: `${seed}` }),
      symbol: 'BTCUSD',
      deposit: 10_000 as Money,
      terms: {
        account: { login: 1, currency: 'USD', currencyDigits: 2, leverage: 500, isHedging },
        markets: {
          BTCUSD: {
            ...{ instrument, barMs, intrabar: 'path', slippagePoints: 10, commissionPerLot: 4 },
            ...{ swapLongPoints: -300, swapShortPoints: 100 },
          },
        },
      },
    });
    const policy = aPolicy({
      management: { partialClose: { triggerAtr: 0.3, share: 0.5 } },
    });
    this.#child = actorChild<AccountMessage>({
      ...{ id: 'account', restart: 'permanent' as const, shutdownMs: 10_000, startMs: 30_000 },
      clock: this.#clock,
      mailbox: { capacity: 1_000, overflow: 'drop-oldest' },
      laneOf: laneOfAccountMessage,
      onDeadLetter: () => {},
      start: ({ self }) => {
        this.state = JSON.parse(JSON.stringify(this.facts.reduce(apply, initialState(account))));
        const client = mt5Client('http://terminal', {
          ...{ magic, clock: this.#clock, http: this.#http(), absenceProof },
          ...{ symbols: { BTCUSD: 'BTCUSD' }, readTimeoutMs: 8_000, tradeTimeoutMs: 65_000 },
        });
        return createAccount({
          ...{ account, incarnation: this.restarts + 1, policy, state: this.state },
          ...{ sequence: this.facts.length, journal: this.#journal(), clock: this.#clock, self },
          ...{ trading: client, quotes: client, pollEveryMs },
          observer: { name: 'observer', tell: () => {} },
          receipts: { name: 'receipts', tell: () => {} },
          timeouts: { readMs: 30_000, tradeMs: 70_000 },
        });
      },
    });
  }

  get step(): number {
    return this.terminal.books.progress.step;
  }

  async start(): Promise<this> {
    this.#factsToLive = Number.POSITIVE_INFINITY;
    this.#isDying = false;
    const { signal } = new AbortController();
    this.#running = await this.#child.start({ epoch: this.restarts + 1, signal });
    return this;
  }

  /** The engine dies of what it decides after so many facts: before that is on disk, or before it acts on it. */
  dieAfter(facts: number, isWritten: boolean): void {
    this.#factsToLive = facts;
    this.#diesWritten = isWritten;
  }

  async restart(): Promise<void> {
    let isOver = this.#running === undefined;
    void this.#running?.ended.then(() => {
      isOver = true;
    });
    this.#child.crash('the engine dies');
    await this.#clock.advanceAsync(0);
    while (!isOver) await this.#clock.advanceAsync(500);
    this.restarts += 1;
    await this.start();
  }

  /** Ends the engine for good; the broker's books stay readable. */
  async stop(): Promise<void> {
    const stopped = this.#running?.stop(10_000);
    await this.#clock.advanceAsync(10_000);
    await stopped;
    this.#closing.abort(new Error('the world is over'));
  }

  command(command: AccountCommand): void {
    this.#commands += 1;
    this.#child.ref.tell({ type: 'command', command, by: 'test', number: this.#commands });
  }

  /** The market plays a bar, and the models say something of it. Comes back when the account has done with it. */
  async bar(says: PredictedClass): Promise<void> {
    this.terminal.advance(this.step + 1);
    await this.decide(says);
  }

  async decide(says: PredictedClass): Promise<void> {
    const openTime = this.terminal.simulationState().lastBarTime;
    const trace = traceOf('BTCUSD', 'M15', openTime);
    const prediction = { ...aPrediction(says, { atr: 60 }), trace, barTime: openTime };
    const closedAt = epochMs(openTime + barMs);
    const tell = () => {
      const readAt = this.#clock.elapsed();
      this.#child.ref.tell({ type: 'bar-closed', trace, symbol: 'BTCUSD', closedAt, readAt });
      this.#child.ref.tell({ type: 'prediction-ready', prediction });
    };
    tell();
    await this.#until(() => hasDecided(this.state, trace) && isSettled(this.state), tell);
  }

  /** Time goes by until the broker was looked at and nothing is left to be found out. */
  async settle(): Promise<void> {
    await this.pass(2 * pollEveryMs);
    await this.#until(
      () => isSettled(this.state),
      () => {},
    );
  }

  async pass(ms: number): Promise<void> {
    await this.#clock.advanceAsync(ms);
    if (this.#isDying) await this.restart();
  }

  /** All that the broker ever booked. */
  deals(): readonly ExchangeDeal[] {
    return this.terminal.books.dealsBetween(
      epochMs(0),
      epochMs(Number.MAX_SAFE_INTEGER) as EpochMs,
    );
  }

  async #until(isDone: () => boolean, again: () => void): Promise<void> {
    await this.#clock.advanceAsync(0);
    for (let waited = 0; this.#isDying || !isDone(); waited += 1_000) {
      if (waited > settleMaxMs) throw new Error(`not done after ${settleMaxMs} ms`);
      if (this.#isDying) {
        await this.restart();
        again();
      }
      await this.#clock.advanceAsync(1_000);
    }
  }

  #journal(): Journal<AccountFact> {
    const incarnation = this.restarts;
    return {
      append: (facts) => {
        if (incarnation !== this.restarts || this.#isDying) throw new Error('a second writer');
        this.#isDying = facts.length > this.#factsToLive;
        if (this.#isDying && !this.#diesWritten) throw new Error('killed');
        this.#factsToLive -= facts.length;
        const written = JSON.parse(JSON.stringify(facts)) as AccountFact[];
        this.facts.push(...written);
        this.state = written.reduce(apply, this.state);
        if (this.#isDying) throw new Error('killed');
      },
      sync: async () => {},
      read: () => [],
      saveSnapshot: () => {},
      snapshot: () => undefined,
      close: () => {},
    };
  }

  #http(): Http {
    const desk = { terminal: this.terminal, time: wireTime({ brokerMs: 0, configuredMs: 0 }) };
    const answering = {
      handle: (asked: Parameters<typeof handle>[1]) => handle(desk, asked),
      clock: this.#clock,
      signal: this.#closing.signal,
      tradeOverrides: tradeOverridesOf(desk),
    };
    return {
      address: 'memory://terminal',
      send: async (request, signal) => {
        const wire = wireRequest(request);
        if (request.method === 'POST') this.#noteOrder(request.body?.['comment']);
        const fault = this.faults.take(request.method, `/${wire.path.join('/')}`);
        try {
          const { timeoutMs } = request;
          const answer = await within(timeoutMs, this.#clock, signal, async () =>
            deliver(wire, fault, answering),
          );
          return httpAnswer(answer);
        } catch (cause) {
          return { type: 'none', wasSent: true, cause: cause as Error };
        }
      },
    };
  }

  #noteOrder(comment: unknown): void {
    const isWritten = this.facts.some(
      (fact) => fact.type === 'order-intended' && fact.intent.order.id === comment,
    );
    if (!isWritten) this.unwritten += 1;
  }
}

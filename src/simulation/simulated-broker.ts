/** A broker of the simulation: the terminal simulator's own logic behind a network that is made of function calls. */

import { setMaxListeners } from 'node:events';
import type { Http, HttpRequest } from '../brokers/mt5/http.ts';
import type { HttpAnswer } from '../brokers/mt5/http-answer.ts';
import type { SimulationControl } from '../brokers/simulation-control.ts';
import { assert } from '../domain/assert.ts';
import type { Money } from '../domain/units.ts';
import { simulatedSymbols } from '../exchange/instruments.ts';
import type { ExchangeState } from '../exchange/state.ts';
import type { ExchangeTerms } from '../exchange/terms.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import type { SimulatedNetwork } from '../runtime/simulation/simulated-network.ts';
import type { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';
import { replayedBars } from '../terminal-simulator/bar-source.ts';
import type { RequestFault } from '../terminal-simulator/fault.ts';
import { FaultQueue } from '../terminal-simulator/fault-queue.ts';
import { type Delivery, deliver } from '../terminal-simulator/faulty.ts';
import { failed, type WireRequest } from '../terminal-simulator/reply.ts';
import { handle } from '../terminal-simulator/routes.ts';
import { Terminal } from '../terminal-simulator/terminal.ts';
import { tradeOverridesOf } from '../terminal-simulator/trade-overrides.ts';
import { wireTime } from '../terminal-simulator/wire-time.ts';
import type { Stage } from './stages.ts';

export type BrokerOptions = {
  readonly key: string;
  readonly login: number;
  readonly isCent: boolean;
  readonly stage: Stage;
  readonly steps: number;
  /** The world's own: a broker outlives the engine. */
  readonly clock: Clock;
  readonly network: SimulatedNetwork;
  /** An order leaves for the broker, under this id. */
  readonly onOrderSent: (orderId: string, caller: SimulatedThread) => void;
  /** Its answer is there, or it was given up. */
  readonly onOrderAnswered: (orderId: string) => void;
  /** The books have changed. */
  readonly onChange: (account: ExchangeState) => void;
  /** It is told to play the next bar. */
  readonly onAdvance: () => void;
};

export class SimulatedBroker {
  readonly terminal: Terminal;
  readonly terms: ExchangeTerms;
  readonly faults = new FaultQueue();
  readonly #options: BrokerOptions;
  readonly #closing = new AbortController();
  #downUntil = Number.NEGATIVE_INFINITY;
  #oldAnswers: readonly { readonly path: string; readonly ms: number }[] = [];

  constructor(options: BrokerOptions) {
    this.#options = options;
    // Every answer that is late on purpose waits here.
    setMaxListeners(0, this.#closing.signal);
    const { stage, key, steps } = options;
    const bars = [...stage.history, ...stage.bars];
    const [first] = stage.bars;
    assert(first, 'a stage has bars');
    const source = replayedBars({ bars, from: first.openTime, stepsMax: steps, identity: key });
    this.terms = termsOf(options);
    this.terminal = new Terminal({
      ...{ booksPath: ':memory:', source, symbol: 'BTCUSD', terms: this.terms },
      deposit: (options.isCent ? 1_000_000 : 10_000) as Money,
    });
  }

  inject(fault: RequestFault): void {
    this.faults.add(fault);
  }

  /** Everything is answered by 503 for a while. */
  goDown(forMs: number): void {
    this.#downUntil = this.#options.clock.elapsed() + forMs;
  }

  /** The next reads of a path are answered at once, and the answers come late. */
  delayAnswers({ path, count, ms }: { path: string; count: number; ms: number }): void {
    const more = Array.from({ length: count }, () => ({ path, ms }));
    this.#oldAnswers = [...this.#oldAnswers, ...more];
  }

  /** The wall moves it: `step` bars have closed. */
  moveTo(step: number): void {
    this.terminal.advance(step);
    this.#options.onChange(this.terminal.account);
  }

  /** Everything works again. */
  heal(): void {
    this.faults.clear();
    this.#oldAnswers = [];
    this.#downUntil = Number.NEGATIVE_INFINITY;
  }

  /** The way that a thread's adapter has to it. */
  http(caller: SimulatedThread): Http {
    const { key, network } = this.#options;
    return {
      address: `simulated://${key}`,
      send: (request, signal) => {
        const wire = wireRequest(request);
        const orderId = request.method === 'POST' ? String(request.body?.['comment']) : undefined;
        if (orderId !== undefined) this.#options.onOrderSent(orderId, caller);
        return within(request.timeoutMs, caller.clock, signal, async (limit) => {
          const serve = () => this.#serve(wire);
          const carried = await network.exchange({ caller, signal: limit, serve });
          if (orderId !== undefined) this.#options.onOrderAnswered(orderId);
          if (carried.type === 'broken') {
            return { type: 'none', wasSent: true, cause: carried.cause } as const;
          }
          return httpAnswer(carried.answer);
        });
      },
    };
  }

  /** The way that market time has to it. */
  control(caller: SimulatedThread): SimulationControl {
    const ask = async <T>(signal: AbortSignal, act: () => T): Promise<T> => {
      const serve = async () => {
        // Market time lives in the same host: what it asked for dies with it.
        if (caller.isOver) throw new Error('nobody asks any more');
        return act();
      };
      const carried = await this.#options.network.exchange({ caller, signal, serve });
      if (carried.type === 'broken') throw carried.cause;
      return carried.answer;
    };
    return {
      state: (signal) => ask(signal, () => this.terminal.simulationState()),
      advance: (step, signal) =>
        ask(signal, () => {
          if (step > this.terminal.books.progress.step) this.#options.onAdvance();
          const state = this.terminal.advance(step);
          this.#options.onChange(this.terminal.account);
          return state;
        }),
    };
  }

  close(): void {
    this.#closing.abort(new Error('the simulation is over'));
    this.terminal.close();
  }

  async #serve(request: WireRequest): Promise<Delivery> {
    const { clock, onChange } = this.#options;
    if (clock.elapsed() < this.#downUntil) return failed(503, 'MT5 not initialized');
    const desk = { terminal: this.terminal, time: wireTime({ brokerMs: 0, configuredMs: 0 }) };
    const path = `/${request.path.join('/')}`;
    const fault = this.faults.take(request.method, path);
    const lateMs = request.method === 'GET' ? this.#lateMs(path) : 0;
    const answer = await deliver(request, fault, {
      clock,
      signal: this.#closing.signal,
      tradeOverrides: tradeOverridesOf(desk),
      handle: (asked) => {
        const reply = handle(desk, asked);
        onChange(this.terminal.account);
        return reply;
      },
    });
    if (lateMs > 0) await sleep(lateMs, clock, this.#closing.signal);
    return answer;
  }

  #lateMs(asked: string): number {
    const late = this.#oldAnswers.find(({ path }) => path === '/*' || path === asked);
    if (late === undefined) return 0;
    this.#oldAnswers = this.#oldAnswers.filter((each) => each !== late);
    return late.ms;
  }
}

export function wireRequest({ method, path, body }: HttpRequest): WireRequest {
  const url = new URL(path, 'http://terminal');
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  return {
    method,
    path: segments.map(decodeURIComponent),
    query: url.searchParams,
    body: { text: body === undefined ? '' : JSON.stringify(body), isJson: body !== undefined },
  };
}

export function httpAnswer(delivery: Delivery): HttpAnswer {
  if (delivery === 'dropped') {
    return { type: 'none', wasSent: true, cause: new Error('socket hang up') };
  }
  const { status } = delivery;
  if ('html' in delivery) return { type: 'text', status, text: delivery.html };
  const text =
    'rawJson' in delivery
      ? delivery.rawJson.replaceAll('Infinity', 'null')
      : JSON.stringify(delivery.json);
  return { type: 'json', status, body: JSON.parse(text) };
}

function termsOf({ login, isCent }: BrokerOptions): ExchangeTerms {
  const { instrument } = simulatedSymbols[isCent ? 'BTCUSDc' : 'BTCUSD'] ?? {};
  assert(instrument, 'BTCUSD is simulated');
  return {
    account: {
      login,
      currency: isCent ? 'USC' : 'USD',
      currencyDigits: 2,
      leverage: 500,
      isHedging: true,
    },
    markets: {
      BTCUSD: {
        instrument,
        barMs: 900_000,
        intrabar: 'path',
        slippagePoints: login % 2 === 0 ? 100 : 0,
        commissionPerLot: login % 3 === 0 ? 4 : 0,
        swapLongPoints: -300,
        swapShortPoints: 100,
      },
    },
  };
}

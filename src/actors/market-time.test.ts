import { describe, expect, test } from 'vitest';
import { BrokerUnavailableError } from '../brokers/broker.ts';
import type { SimulationControl, SimulationState } from '../brokers/simulation-control.ts';
import { timeframeMs, traceOf } from '../domain/bar.ts';
import { type AccountId, accountId, epochMs } from '../domain/units.ts';
import { actorChild } from '../runtime/actor-child.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { createMarketTime, type MarketTimeMessage } from './market-time.ts';
import type { ObserverMessage } from './observer.ts';

const from = Date.UTC(2025, 0, 6);
const [one, two] = [accountId('exness_main'), accountId('icmarkets_main')];

/** A simulator that has closed `step` bars. */
class Simulator implements SimulationControl {
  step: number;
  isDown = false;
  readonly asked: number[] = [];
  constructor(step: number) {
    this.step = step;
  }
  async state(): Promise<SimulationState> {
    if (this.isDown) throw new BrokerUnavailableError('nobody answers');
    const lastBarTime = epochMs(from + (this.step - 1) * timeframeMs.M15);
    return { step: this.step, lastBarTime, now: epochMs(lastBarTime + timeframeMs.M15) };
  }
  async advance(step: number): Promise<SimulationState> {
    this.asked.push(step);
    this.step = Math.max(this.step, step);
    return this.state();
  }
}

class Stage {
  readonly clock = new SimulatedClock();
  readonly simulators: readonly Simulator[];
  /** Numbers of the bars that the feed was asked for. */
  readonly asked: number[] = [];
  readonly events: ObserverMessage[] = [];
  accounts: AccountId[] = [one, two];
  latencies = 0;
  finished = 0;
  #epoch = 0;
  readonly #child;

  constructor(
    simulators: readonly Simulator[],
    options: { readonly stepsMax?: number; readonly paceMs?: number } = {},
  ) {
    this.simulators = simulators;
    const { stepsMax, paceMs = 0 } = options;
    this.#child = actorChild<MarketTimeMessage>({
      id: 'market-time',
      restart: 'permanent',
      shutdownMs: 1_000,
      startMs: 1_000,
      clock: this.clock,
      mailbox: { capacity: 100, overflow: 'drop-oldest' },
      onDeadLetter: () => {},
      start: ({ self, epoch }) =>
        createMarketTime({
          incarnation: epoch,
          symbol: 'BTCUSD',
          timeframe: 'M15',
          terminals: simulators.map((control, index) => ({ key: `terminal-${index}`, control })),
          accounts: this.accounts,
          ...(stepsMax !== undefined && { stepsMax }),
          paceMs,
          clock: this.clock,
          self,
          feed: {
            name: 'feed',
            tell: (message) => {
              if (message.type !== 'fetch-bar') return;
              this.asked.push((message.openTime - from) / timeframeMs.M15 + 1);
            },
          },
          observer: { name: 'observer', tell: (message) => this.events.push(message) },
          onLatency: () => {
            this.latencies += 1;
          },
          onFinished: () => {
            this.finished += 1;
          },
        }),
    });
  }

  async start(): Promise<this> {
    this.#epoch += 1;
    const { signal } = new AbortController();
    await this.#child.start({ epoch: this.#epoch, signal });
    await this.pass(0);
    return this;
  }

  async crash(): Promise<void> {
    this.#child.crash('asked for by the test');
    await this.pass(0);
    await this.start();
  }

  tell(message: MarketTimeMessage): Promise<void> {
    this.#child.ref.tell(message);
    return this.pass(0);
  }

  done(step: number, account = one): Promise<void> {
    const trace = traceOf('BTCUSD', 'M15', epochMs(from + (step - 1) * timeframeMs.M15));
    return this.tell({ type: 'step-done', account, trace, epoch: 1 });
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
    for (let round = 0; round < 3; round += 1) await this.clock.advanceAsync(0);
  }
}

describe('market time', () => {
  test('goes on when every account has finished the bar, and not before', async () => {
    const stage = await new Stage([new Simulator(0), new Simulator(0)]).start();
    expect(stage.asked).toEqual([1]);
    await stage.done(1, one);
    expect(stage.simulators.map(({ step }) => step)).toEqual([1, 1]);
    await stage.done(1, two);
    expect(stage.asked).toEqual([1, 2]);
    expect(stage.simulators.map(({ step }) => step)).toEqual([2, 2]);
  });

  test('takes an account at its word once: a bar told twice is one bar', async () => {
    const stage = await new Stage([new Simulator(0)]).start();
    await stage.done(1, one);
    await stage.done(1, one);
    expect(stage.asked).toEqual([1]);
    await stage.done(1, two);
    await stage.done(1, two);
    expect(stage.asked).toEqual([1, 2]);
  });

  test('begins where the furthest simulator stands, and brings the others there', async () => {
    const stage = await new Stage([new Simulator(7), new Simulator(6)]).start();
    expect(stage.simulators.map(({ step }) => step)).toEqual([7, 7]);
    expect(stage.asked).toEqual([7]);
  });

  test('asks for an open bar again: after two seconds, and when something was restarted', async () => {
    const stage = await new Stage([new Simulator(0)]).start();
    await stage.pass(2_000);
    expect(stage.asked).toEqual([1, 1]);
    await stage.tell({ type: 'actor-restarted', actor: 'features:BTCUSD' });
    expect(stage.asked).toEqual([1, 1, 1]);
  });

  test('asks the same bar again after a restart of its own, and moves no simulator twice', async () => {
    const stage = await new Stage([new Simulator(0), new Simulator(0)]).start();
    await stage.done(1, one);
    await stage.crash();
    expect(stage.asked).toEqual([1, 1]);
    expect(stage.simulators.map(({ step }) => step)).toEqual([1, 1]);
    await stage.done(1, two);
    expect(stage.asked).toEqual([1, 1]);
    await stage.done(1, one);
    expect(stage.asked).toEqual([1, 1, 2]);
  });

  test('does not take the simulators’ answer to a former incarnation', async () => {
    const stage = await new Stage([new Simulator(0)]).start();
    await stage.done(1, one);
    await stage.crash();
    const state = { step: 5, lastBarTime: epochMs(from), now: epochMs(from) };
    await stage.tell({ type: 'advanced', incarnation: 1, step: 5, state });
    await stage.tell({ type: 'wake', incarnation: 1 });
    expect(stage.asked).toEqual([1, 1]);
  });

  test('does not wait for an account that was dropped, in any life', async () => {
    const stage = await new Stage([new Simulator(0)]).start();
    await stage.done(1, one);
    await stage.tell({ type: 'account-dropped', account: two });
    expect(stage.asked).toEqual([1, 2]);
    await stage.done(2, one);
    expect(stage.asked).toEqual([1, 2, 3]);
    stage.accounts = [one];
    await stage.crash();
    await stage.done(3, one);
    expect(stage.asked).toEqual([1, 2, 3, 3, 4]);
    await stage.tell({ type: 'account-joined', account: two });
    await stage.done(4, one);
    await stage.done(5, one);
    expect(stage.asked).toEqual([1, 2, 3, 3, 4, 5]);
    await stage.done(5, two);
    expect(stage.asked).toEqual([1, 2, 3, 3, 4, 5, 6]);
  });

  test('that is held finishes the bar under way and begins no other', async () => {
    const stage = await new Stage([new Simulator(0)], { paceMs: 500 }).start();
    await stage.pass(500);
    let held = 0;
    await stage.tell({ type: 'hold', held: () => (held += 1) });
    expect(held).toBe(0);
    await stage.done(1, one);
    await stage.done(1, two);
    expect(held).toBe(1);
    await stage.pass(60_000);
    expect(stage.asked).toEqual([1]);
  });

  test('that is held between two bars is so at once', async () => {
    const stage = await new Stage([new Simulator(0)], { paceMs: 500 }).start();
    let held = 0;
    await stage.tell({ type: 'hold', held: () => (held += 1) });
    await stage.pass(60_000);
    expect([held > 0, stage.asked]).toEqual([true, []]);
  });

  test('stands still when nobody is left, and the first who joins decides the bar that it stands at', async () => {
    const stage = await new Stage([new Simulator(0)]).start();
    await stage.tell({ type: 'account-dropped', account: one });
    await stage.tell({ type: 'account-dropped', account: two });
    await stage.pass(10_000);
    expect(new Set(stage.asked)).toEqual(new Set([1]));
    await stage.tell({ type: 'account-joined', account: two });
    await stage.done(1, two);
    expect(stage.asked.at(-1)).toBe(2);
  });

  test('brings a terminal that joins to where the others stand, and moves it with them', async () => {
    const stage = await new Stage([new Simulator(7)]).start();
    const control = new Simulator(0);
    await stage.tell({ type: 'terminal-joined', terminal: { key: 'new', control } });
    expect(control.step).toBe(7);
    await stage.done(7, one);
    await stage.done(7, two);
    expect(control.step).toBe(8);
    await stage.tell({ type: 'terminal-left', key: 'new' });
    await stage.done(8, one);
    await stage.done(8, two);
    expect([control.step, stage.asked.at(-1)]).toEqual([8, 9]);
  });

  test('stands still while a simulator is down, says so once, and goes on with it', async () => {
    const stage = await new Stage([new Simulator(0), new Simulator(0)]).start();
    const [, second] = stage.simulators;
    if (second) second.isDown = true;
    await stage.done(1, one);
    await stage.done(1, two);
    await stage.pass(60_000);
    expect(stage.asked).toEqual([1]);
    expect(stage.events.filter(({ type }) => type === 'engine-event')).toMatchObject([
      { event: { type: 'terminal-failing', reason: 'nobody answers' } },
    ]);
    if (second) second.isDown = false;
    await stage.pass(1_000);
    expect(stage.asked).toEqual([1, 2]);
  });

  test('ends after its last bar, and does not begin another', async () => {
    const stage = await new Stage([new Simulator(0)], { stepsMax: 1 }).start();
    await stage.done(1, one);
    await stage.done(1, two);
    await stage.pass(10_000);
    expect(stage.finished).toBe(1);
    expect(stage.simulators.map(({ step }) => step)).toEqual([1]);
  });

  test('keeps its pace: a step begins when the last began and the pace has passed', async () => {
    const stage = await new Stage([new Simulator(0)], { paceMs: 500 }).start();
    await stage.pass(500);
    expect(stage.asked).toEqual([1]);
    await stage.pass(200);
    await stage.done(1, one);
    await stage.done(1, two);
    expect(stage.asked).toEqual([1]);
    await stage.pass(299);
    expect(stage.asked).toEqual([1]);
    await stage.pass(1);
    expect(stage.asked).toEqual([1, 2]);
  });
});

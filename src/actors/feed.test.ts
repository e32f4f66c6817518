import { describe, expect, test } from 'vitest';
import { generatedBars } from '../../test/generated-bars.ts';
import { type BarRequest, BrokerUnavailableError, type Quotes } from '../brokers/broker.ts';
import { type Bar, timeframeMs } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { openBarStore } from '../market-data/bar-store.ts';
import { actorChild } from '../runtime/actor-child.ts';
import type { RunningChild } from '../runtime/child-spec.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { createFeed, type FeedMessage, type FeedOptions } from './feed.ts';
import type { ObserverMessage } from './observer.ts';

const series = generatedBars({ seed: 1, count: 40 });
const barMs = timeframeMs.M15;
const pollEveryMs = 30_000;

function openTimeOf(bar: number): EpochMs {
  return (series[bar] as Bar).openTime;
}

/** A terminal whose first `closed` bars have closed. */
class Terminal implements Quotes {
  closed: number;
  isDown = false;
  /** Hours that its times are ahead. */
  aheadHours = 0;
  asked: string[] = [];
  hang: Promise<void> | undefined;

  constructor(closed: number) {
    this.closed = closed;
  }

  async recentBars({ count }: BarRequest & { readonly count: number }): Promise<readonly Bar[]> {
    this.asked.push('recent');
    await this.hang;
    if (this.isDown) throw new BrokerUnavailableError('nobody answers');
    return this.#bars().slice(-count);
  }

  async barsBetween({
    from,
    to,
  }: BarRequest & { readonly from: EpochMs; readonly to: EpochMs }): Promise<readonly Bar[]> {
    this.asked.push(`between ${(from - openTimeOf(0)) / barMs} ${(to - openTimeOf(0)) / barMs}`);
    return this.#bars().filter(({ openTime }) => openTime >= from && openTime <= to);
  }

  quote = () => Promise.reject(new Error('a feed asks for no quote'));
  instrument = () => Promise.reject(new Error('a feed asks for no instrument'));

  #bars(): readonly Bar[] {
    const shift = this.aheadHours * timeframeMs.H1;
    return series
      .slice(0, this.closed)
      .map((bar) => ({ ...bar, openTime: epochMs(bar.openTime + shift) }));
  }
}

class FeedStage {
  readonly clock: SimulatedClock;
  readonly store = openBarStore(':memory:');
  readonly told: string[] = [];
  /** Bars that accounts were told are due. */
  readonly due: number[] = [];
  readonly events: ObserverMessage[] = [];
  readonly #child;
  #running: RunningChild | undefined;

  /** The clock starts `sinceClose` after bar `now` has closed. */
  constructor(
    terminals: readonly Terminal[],
    options: {
      readonly now: number;
      readonly sinceCloseMs?: number;
      readonly isLive?: boolean;
      readonly pollEveryMs?: number;
    },
  ) {
    const {
      now,
      sinceCloseMs = 1_000,
      isLive = true,
      pollEveryMs: everyMs = pollEveryMs,
    } = options;
    this.clock = new SimulatedClock(openTimeOf(now) + barMs + sinceCloseMs);
    const tell = (to: string) => (message: { readonly type: string; readonly trace: string }) => {
      const bar = (Number(message.trace.split('/').at(-1)) - openTimeOf(0)) / barMs;
      if (message.type === 'bar-due') this.due.push(bar);
      else this.told.push(`${to} ${bar}`);
    };
    const base: Omit<FeedOptions, 'self' | 'signal'> = {
      symbol: 'BTCUSD',
      timeframe: 'M15',
      sources: terminals.map((quotes, index) => ({ terminal: `terminal-${index}`, quotes })),
      store: this.store,
      history: { lengthMs: 10 * barMs },
      clock: this.clock,
      ...(isLive && { pollEveryMs: everyMs }),
      fetchTimeoutMs: 20_000,
      features: { name: 'features', tell: tell('features') },
      accounts: () => [{ name: 'account', tell: (message) => tell('account')(message as never) }],
      together: (work: () => void) => work(),
      observer: { name: 'observer', tell: (message) => this.events.push(message) },
    };
    this.#child = actorChild<FeedMessage>({
      id: 'feed',
      restart: 'permanent',
      shutdownMs: 1_000,
      startMs: 1_000,
      clock: this.clock,
      mailbox: { capacity: 100, overflow: 'drop-oldest' },
      onDeadLetter: () => {},
      start: ({ self, signal }) => createFeed({ ...base, self, signal }),
    });
  }

  async start(): Promise<this> {
    const { signal } = new AbortController();
    this.#running = await this.#child.start({ epoch: 1, signal });
    await this.pass(0);
    return this;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
    await this.clock.advanceAsync(0);
  }

  ask(bar: number): void {
    this.#child.ref.tell({ type: 'fetch-bar', openTime: openTimeOf(bar) });
  }

  tellAgain(): Promise<void> {
    this.#child.ref.tell({ type: 'tell-again' });
    return this.pass(0);
  }

  stored(): number {
    return this.store.bars('BTCUSD', 'M15').length;
  }

  stop = () => this.#running?.stop(1_000);
  kill = () => this.#running?.kill?.();
}

describe('a feed in lockstep', () => {
  test('fetches the bar that it is asked for, and the history before it, and tells accounts first', async () => {
    const stage = await new FeedStage([new Terminal(21)], { now: 20, isLive: false }).start();
    stage.ask(20);
    await stage.pass(0);
    expect(stage.told).toEqual(['account 20', 'features 20']);
    expect(stage.stored()).toBe(11);
  });

  test('tells the same bar again when it is asked again', async () => {
    const stage = await new FeedStage([new Terminal(21)], { now: 20, isLive: false }).start();
    stage.ask(20);
    await stage.pass(0);
    stage.ask(20);
    await stage.pass(0);
    expect(stage.told).toEqual(['account 20', 'features 20', 'account 20', 'features 20']);
  });

  test('asks again until the terminal has the bar', async () => {
    const terminal = new Terminal(20);
    const stage = await new FeedStage([terminal], { now: 20, isLive: false }).start();
    stage.ask(20);
    await stage.pass(1_000);
    expect(stage.told).toEqual([]);
    terminal.closed = 21;
    await stage.pass(1_000);
    expect(stage.told).toEqual(['account 20', 'features 20']);
  });

  test('tells accounts that a bar is due while it asks for it, with every look', async () => {
    const terminal = new Terminal(21);
    let answer = () => {};
    terminal.hang = new Promise((resolve) => {
      answer = resolve;
    });
    const stage = await new FeedStage([terminal], { now: 20, isLive: false }).start();
    stage.ask(20);
    await stage.pass(0);
    expect([terminal.asked, stage.due, stage.told]).toEqual([['recent'], [20], []]);
    terminal.isDown = true;
    answer();
    await stage.pass(250);
    expect(stage.due).toEqual([20, 20]);
  });

  test('lets go of a bar that was asked for twice when a newer one has closed', async () => {
    const terminal = new Terminal(21);
    const stage = await new FeedStage([terminal], { now: 20, isLive: false }).start();
    stage.ask(20);
    await stage.pass(0);
    terminal.closed = 22;
    stage.ask(20);
    stage.ask(21);
    await stage.pass(0);
    const asked = terminal.asked.length;
    await stage.pass(60_000);
    expect(stage.told.slice(-2)).toEqual(['account 21', 'features 21']);
    expect(terminal.asked.length - asked).toBeLessThan(2);
    expect(stage.clock.pendingCount).toBe(0);
  });
});

describe('a feed that polls', () => {
  test('tells each bar once, when it has closed', async () => {
    const terminal = new Terminal(20);
    const stage = await new FeedStage([terminal], { now: 19, sinceCloseMs: 500_000 }).start();
    await stage.pass(barMs - 500_000);
    expect(stage.told).toEqual([]);
    terminal.closed = 21;
    await stage.pass(2 * pollEveryMs);
    expect(stage.told).toEqual(['account 20', 'features 20']);
  });

  test('tells accounts that a bar is due with each look in the seconds after it should have closed', async () => {
    const terminal = new Terminal(20);
    const stage = await new FeedStage([terminal], {
      ...{ now: 19, sinceCloseMs: 500_000, pollEveryMs: 4_000 },
    }).start();
    await stage.pass(barMs - 500_001);
    expect(stage.due).toEqual([]);
    await stage.pass(60_000);
    expect(stage.due).toEqual([20, 20, 20]);
    terminal.closed = 21;
    await stage.pass(4_000);
    expect(stage.told).toEqual(['account 20', 'features 20']);
  });

  test('tells of no bar that it is due which it has told already', async () => {
    const stage = await new FeedStage([new Terminal(21)], {
      ...{ now: 20, sinceCloseMs: 2_000, pollEveryMs: 1_000 },
    }).start();
    await stage.pass(20_000);
    expect(stage.due).toEqual([20]);
  });

  test('trades no bar that closed while nobody looked', async () => {
    const stage = await new FeedStage([new Terminal(21)], {
      now: 20,
      sinceCloseMs: 100_000,
    }).start();
    await stage.pass(60_000);
    expect(stage.told).toEqual([]);
    expect(stage.stored()).toBe(11);
  });

  test('trades a bar that has closed just before it started', async () => {
    const stage = await new FeedStage([new Terminal(21)], { now: 20, sinceCloseMs: 3_000 }).start();
    expect(stage.told).toEqual(['account 20', 'features 20']);
  });

  test('tells a bar again to whoever has lost his memory, while its moment lasts', async () => {
    const stage = await new FeedStage([new Terminal(21)], { now: 20, sinceCloseMs: 3_000 }).start();
    await stage.pass(60_000);
    await stage.tellAgain();
    expect(stage.told).toEqual(['account 20', 'features 20', 'account 20', 'features 20']);
    await stage.pass(60_000);
    await stage.tellAgain();
    expect(stage.told).toHaveLength(4);
  });

  test('takes in what an outage of hours hid, and goes on with the next bar', async () => {
    const terminal = new Terminal(20);
    const stage = await new FeedStage([terminal], { now: 19, sinceCloseMs: 500_000 }).start();
    terminal.isDown = true;
    await stage.pass(10 * barMs);
    terminal.isDown = false;
    terminal.closed = 30;
    await stage.pass(4_000);
    expect(stage.told).toEqual([]);
    expect(stage.stored()).toBe(21);
    await stage.pass(barMs - 500_000);
    terminal.closed = 31;
    await stage.pass(pollEveryMs);
    expect(stage.told).toEqual(['account 30', 'features 30']);
  });

  test('tells a bar that appears days after it closed: its market was shut', async () => {
    const terminal = new Terminal(20);
    const stage = await new FeedStage([terminal], { now: 19 }).start();
    stage.told.length = 0;
    for (let hour = 0; hour < 49; hour += 1) await stage.pass(timeframeMs.H1);
    terminal.closed = 21;
    await stage.pass(pollEveryMs);
    expect(stage.told).toEqual(['account 20', 'features 20']);
  });

  test('believes no bar that closes in the future: the clock of the terminal has just changed', async () => {
    const terminal = new Terminal(20);
    const stage = await new FeedStage([terminal], { now: 19 }).start();
    stage.told.length = 0;
    await stage.pass(barMs - 30_000);
    terminal.closed = 21;
    terminal.aheadHours = 1;
    await stage.pass(31_000);
    expect(stage.told).toEqual([]);
    terminal.aheadHours = 0;
    await stage.pass(4_000);
    expect(stage.told).toEqual(['account 20', 'features 20']);
    expect(stage.stored()).toBe(12);
  });

  test('goes on with the next source after three failures, and reports each once until one answers', async () => {
    const terminals = [new Terminal(20), new Terminal(20)];
    const stage = await new FeedStage(terminals, { now: 19, sinceCloseMs: 500_000 }).start();
    for (const terminal of terminals) terminal.isDown = true;
    await stage.pass(barMs);
    expect(stage.events).toMatchObject([
      { event: { type: 'feed-failing', terminal: 'terminal-0', failures: 3 } },
      { event: { type: 'feed-failing', terminal: 'terminal-1', failures: 3 } },
    ]);
    const [, second] = terminals;
    if (second) second.isDown = false;
    await stage.pass(20_000);
    if (second) second.closed = 21;
    await stage.pass(2 * pollEveryMs);
    expect(stage.told).toEqual(['account 20', 'features 20']);
  });

  test('that was given up stores nothing of what it still fetches', async () => {
    const terminal = new Terminal(21);
    let answer = () => {};
    terminal.hang = new Promise((resolve) => {
      answer = resolve;
    });
    const stage = await new FeedStage([terminal], { now: 20 }).start();
    await stage.kill();
    answer();
    await stage.pass(1_000);
    expect(stage.stored()).toBe(0);
    expect(stage.told).toEqual([]);
    expect(stage.events).toEqual([]);
  });

  test('leaves no timer behind', async () => {
    const stage = await new FeedStage([new Terminal(21)], { now: 20 }).start();
    const stopped = stage.stop();
    await stage.pass(0);
    await stopped;
    expect(stage.clock.pendingCount).toBe(0);
  });
});

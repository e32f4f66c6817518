import { describe, expect, test } from 'vitest';
import { aPolicy, aQuote, monday } from '../../test/account-world.ts';
import { ModelBroker } from '../../test/model-broker.ts';
import { anOrder } from '../../test/mt5-client.ts';
import { type AccountState, initialState } from '../account/account-state.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { BrokerUnavailableError, type Quotes, type Trading } from '../brokers/broker.ts';
import type { TradeOutcome } from '../domain/order.ts';
import { accountId, steps } from '../domain/units.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import type { BrokerAnswer } from './account-message.ts';
import { BrokerSession } from './broker-session.ts';

const done: TradeOutcome = { outcome: 'done', fill: { volume: steps(1) } };

/** A session whose reads and trades wait until they are let go, in order. */
class Stage {
  readonly clock = new SimulatedClock(monday);
  readonly broker = new ModelBroker(aQuote(95_000));
  readonly answers: BrokerAnswer[] = [];
  readonly calls: string[] = [];
  readonly session: BrokerSession;
  /** What waits: reads and trades, oldest first. */
  readonly #waiting: ((outcome?: 'fails') => void)[] = [];
  isSlow = true;
  maySend = true;
  onDisk: Promise<void> = Promise.resolve();

  constructor(policy: Partial<AccountPolicy> = {}) {
    this.session = new BrokerSession({
      policy: aPolicy(policy),
      trading: this.#trading(),
      quotes: this.#quotes(),
      clock: this.clock,
      timeouts: { readMs: 30_000, tradeMs: 70_000 },
      onDisk: () => this.onDisk,
      maySend: () => this.maySend,
      refreshesInstruments: false,
      answer: (answer) => this.answers.push(answer),
    });
  }

  state = (): AccountState => initialState(accountId('exness_main'));

  async let(count = 1, how?: 'fails'): Promise<void> {
    for (const go of this.#waiting.splice(0, count)) go(how);
    await this.pass(0);
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
    await this.clock.advanceAsync(0);
  }

  rounds(): readonly string[] {
    return this.answers.map(({ round, input }) => `${round ?? '-'} ${input.type}`);
  }

  #wait(call: string, signal: AbortSignal): Promise<void> {
    this.calls.push(call);
    if (!this.isSlow) return Promise.resolve();
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.#waiting.push((how) => {
        if (how === 'fails') reject(new BrokerUnavailableError('nobody answers'));
        else resolve();
      });
    });
  }

  #trading(): Trading {
    const trade = (call: string) => async (_: unknown, signal: AbortSignal) => {
      await this.#wait(call, signal);
      return done;
    };
    return {
      absenceProof: { sinceCallMs: 0, emptyForMs: 0 },
      submit: trade('submit'),
      close: trade('close'),
      cancelOrders: (signal) => trade('cancel')(undefined, signal),
      protect: trade('protect'),
      account: async () => this.broker.view(),
      positions: async (signal) => {
        await this.#wait('read', signal);
        return this.broker.read().positions;
      },
      deals: async () => [],
    };
  }

  #quotes(): Quotes {
    return {
      quote: async () => this.broker.quote,
      instrument: async (symbol) => ({ ...this.broker.instrument, symbol }),
      recentBars: async () => [],
      barsBetween: async () => [],
    };
  }
}

const request = { ticket: 7, symbol: 'BTCUSD', volume: steps(1) };

describe('reading', () => {
  test('goes round by round: whoever asks during one is answered by the next, together with the others', async () => {
    const stage = new Stage();
    expect(stage.session.read(stage.state)).toBe(1);
    expect(stage.session.read(stage.state)).toBe(2);
    expect(stage.session.read(stage.state)).toBe(2);
    await stage.let();
    expect(stage.rounds()).toEqual(['1 reconciled']);
    expect(stage.session.isIdle).toBe(false);
    await stage.let();
    expect(stage.rounds()).toEqual(['1 reconciled', '2 reconciled']);
    expect(stage.session.isIdle).toBe(true);
    expect(stage.session.read(stage.state)).toBe(3);
  });

  test.each([
    ['beneath a cap of the fleet', { guards: { fleet: { multiplier: 1 } } }, ['BTCUSD', 'ETHUSD']],
    ['else only of what is traded', {}, ['BTCUSD']],
  ] as const)('brings the instruments of all that is held %s', async (_, policy, symbols) => {
    const stage = new Stage(policy);
    stage.isSlow = false;
    const stranger = { symbol: 'ETHUSD', side: 'buy', volume: steps(2), comment: '' } as const;
    stage.broker.open({ ...stranger, isOwned: false });
    stage.session.read(stage.state);
    await stage.pass(0);
    const { input } = stage.answers[0] ?? {};
    expect(input?.type === 'reconciled' && Object.keys(input.instruments)).toEqual(symbols);
  });

  test('that fails or hangs is an answer, too, and the next round begins', async () => {
    const stage = new Stage();
    stage.session.read(stage.state);
    stage.session.read(stage.state);
    await stage.let(1, 'fails');
    expect(stage.answers[0]?.input).toEqual({ type: 'read-failed', reason: 'nobody answers' });
    await stage.pass(30_000);
    expect(stage.answers[1]?.input).toEqual({
      type: 'read-failed',
      reason: 'no answer within 30000 ms',
    });
  });

  test.each([
    ['in this order', [1_000, 3_000]],
    ['in the other', [3_000, 1_000]],
  ])('later happens once, at the sooner of two wishes: %s', async (_, wishes) => {
    const stage = new Stage();
    stage.isSlow = false;
    for (const afterMs of wishes) stage.session.readAfter(afterMs, stage.state);
    await stage.pass(999);
    expect(stage.answers).toEqual([]);
    expect(stage.session.isIdle).toBe(false);
    await stage.pass(1);
    expect(stage.rounds()).toEqual(['1 reconciled']);
    await stage.pass(10_000);
    expect(stage.rounds()).toEqual(['1 reconciled']);
  });

  test('now fulfils the wishes for later: nobody waits for them any more', async () => {
    const stage = new Stage();
    stage.isSlow = false;
    stage.session.readAfter(30_000, stage.state);
    stage.session.readAfter(0, stage.state);
    await stage.pass(0);
    expect(stage.rounds()).toEqual(['1 reconciled']);
    expect(stage.session.isIdle).toBe(true);
    expect(stage.clock.pendingCount).toBe(0);
  });

  test('says when it began, not when it was over', async () => {
    const stage = new Stage();
    stage.session.read(stage.state);
    await stage.pass(5_000);
    await stage.let();
    expect(stage.answers[0]?.ioAt).toBe(monday);
  });

  test('is done again when an order was answered meanwhile, and counts as the same round', async () => {
    const stage = new Stage();
    stage.session.submit(anOrder());
    await stage.pass(0);
    stage.session.read(stage.state);
    await stage.let(1);
    expect(stage.rounds()).toEqual(['- order-answered']);
    await stage.let(1);
    expect(stage.rounds()).toEqual(['- order-answered']);
    await stage.let(1);
    expect(stage.rounds()).toEqual(['- order-answered', '1 reconciled']);
  });
});

describe('trading', () => {
  test('waits until what was decided is on disk', async () => {
    const stage = new Stage();
    let isOnDisk = () => {};
    stage.onDisk = new Promise((resolve) => {
      isOnDisk = resolve;
    });
    stage.session.submit(anOrder());
    await stage.pass(4_000);
    expect(stage.calls).toEqual([]);
    isOnDisk();
    await stage.pass(0);
    expect(stage.calls).toEqual(['submit']);
  });

  test.each([
    { disk: 'fails', onDisk: () => Promise.reject(new Error('the disk is gone')), passMs: 0 },
    { disk: 'takes too long', onDisk: () => new Promise<void>(() => {}), passMs: 5_000 },
  ])('does not happen when the disk $disk, and the next call does', async ({ onDisk, passMs }) => {
    const stage = new Stage();
    stage.isSlow = false;
    stage.onDisk = onDisk();
    stage.session.submit(anOrder());
    await stage.pass(passMs);
    expect(stage.answers).toMatchObject([{ input: { outcome: { outcome: 'not-sent' } } }]);
    stage.onDisk = Promise.resolve();
    stage.session.closePosition(request);
    await stage.pass(0);
    expect(stage.calls).toEqual(['close']);
    expect(stage.clock.pendingCount).toBe(0);
  });

  test('is one call after the other, in the order in which they were asked for', async () => {
    const stage = new Stage();
    stage.session.closePosition(request);
    stage.session.protect({ ...request, stopLoss: 1 as never });
    await stage.pass(0);
    expect(stage.calls).toEqual(['close']);
    await stage.let();
    expect(stage.calls).toEqual(['close', 'protect']);
    expect(stage.session.isIdle).toBe(false);
    await stage.let();
    expect(stage.rounds()).toEqual(['- close-answered', '- protect-answered']);
    expect(stage.session.isIdle).toBe(true);
  });

  test('sends nothing for a dry account', async () => {
    const stage = new Stage({ mode: 'dry' });
    stage.session.submit(anOrder());
    stage.session.closePosition(request);
    stage.session.protect({ ...request, stopLoss: 1 as never });
    await stage.pass(0);
    expect(stage.calls).toEqual([]);
    expect(stage.answers.map(({ input }) => 'outcome' in input && input.outcome)).toEqual(
      Array(3).fill({ outcome: 'not-sent', reason: 'the account is dry' }),
    );
  });

  test('keeps an order back that waited for its turn while entries were stopped', async () => {
    const stage = new Stage();
    stage.session.closePosition(request);
    stage.session.submit(anOrder());
    await stage.pass(0);
    stage.maySend = false;
    await stage.let();
    await stage.pass(0);
    expect(stage.calls).toEqual(['close']);
    expect(stage.answers.map(({ input }) => 'outcome' in input && input.outcome)).toMatchObject([
      { outcome: 'done' },
      { outcome: 'not-sent', reason: 'entries have stopped' },
    ]);
  });

  test('of a session that stops is finished, but no order leaves any more', async () => {
    const stage = new Stage();
    stage.session.closePosition(request);
    stage.session.submit(anOrder());
    stage.session.protect({ ...request, stopLoss: 1 as never });
    await stage.pass(0);
    let isDrained = false;
    const drained = stage.session.drain(4_000).then(() => {
      isDrained = true;
    });
    await stage.let();
    expect(stage.calls).toEqual(['close', 'protect']);
    expect(isDrained).toBe(false);
    await stage.let();
    await drained;
    expect(stage.answers.map(({ input }) => 'outcome' in input && input.outcome.outcome)).toEqual([
      'done',
      'not-sent',
      'done',
    ]);
  });

  test('that hangs is let go of when the session closes', async () => {
    const stage = new Stage();
    stage.session.closePosition(request);
    await stage.pass(0);
    const drained = stage.session.drain(4_000);
    await stage.pass(4_000);
    await drained;
    stage.session.close();
    await stage.pass(0);
    expect(stage.answers[0]?.input).toMatchObject({ outcome: { outcome: 'unknown' } });
    expect(stage.clock.pendingCount).toBe(0);
  });
});

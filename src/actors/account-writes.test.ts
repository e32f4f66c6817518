import { describe, expect, test } from 'vitest';
import { AccountStage, Gate } from '../../test/account-stage.ts';
import { aPrediction, aQuote, monday } from '../../test/account-world.ts';
import { epochMs } from '../domain/units.ts';

describe('what an account knows', () => {
  test('is in its journal before people are shown it', async () => {
    const stage = await new AccountStage({ pollEveryMs: 5_000 }).start();
    for (const bar of [1, 2, 3]) {
      stage.broker.move(aQuote(95_000 + 10 * bar));
      stage.close(bar);
      stage.predict('hold', bar);
      await stage.settle(5_000);
    }
    expect(stage.told.filter(({ type }) => type === 'account-changed').length).toBeGreaterThan(3);
    expect(stage.shownTooEarly).toEqual([]);
  });

  test('is in its journal before a model is asked about a position', async () => {
    const factsWhenAsked: number[] = [];
    const positionExit = { exitMin: 0.8, gapMin: 0.25, addMin: 0.65, barsHeldMin: 1 };
    const stage: AccountStage = await new AccountStage({
      policy: { takeProfitAtr: 8, management: { positionExit } as never },
      positionModel: { name: 'model', tell: () => factsWhenAsked.push(stage.facts.length) },
    }).start();
    const asks = async (bar: number, says: 'buy' | 'hold') => {
      const prediction = {
        ...aPrediction(says, { bar: bar - 1 }),
        hasPositionModel: true,
      } as const;
      stage.close(bar);
      stage.tell({ type: 'prediction-ready', prediction });
      await stage.settle();
    };
    await asks(1, 'buy');
    stage.broker.move(aQuote(95_200));
    await asks(2, 'hold');
    await stage.restart();
    factsWhenAsked.splice(0);
    // The bar was decided before: nothing but the reading is new, and the question follows it.
    stage.broker.move(aQuote(95_100));
    await asks(2, 'hold');
    expect(factsWhenAsked).toEqual([stage.facts.length]);
  });

  test('of an order under way is written although deciding on another symbol fails', async () => {
    const stage = await new AccountStage({ policy: { symbols: ['BTCUSD', 'XAUUSD'] } }).start();
    stage.close(1);
    await stage.settle();
    const gate = new Gate();
    stage.submitGate = gate;
    stage.predict('buy', 1);
    await stage.settle();
    const prediction = aPrediction('hold');
    const trace = prediction.trace.replace('BTCUSD', 'XAUUSD') as typeof prediction.trace;
    const poison = Object.defineProperty({ ...prediction, symbol: 'XAUUSD', trace }, 'thresholds', {
      get: () => {
        throw new Error('poison');
      },
    });
    stage.broker.move({ ...aQuote(95_010), at: epochMs(monday + 1_000) });
    stage.close(1, 'XAUUSD');
    stage.tell({ type: 'prediction-ready', prediction: poison });
    await stage.settle();
    gate.open();
    await stage.settle(100);
    expect(stage.of('order-accepted')).toHaveLength(1);
  });
});

describe('an order whose intent is not on disk yet', () => {
  async function withOrder(gate: Gate) {
    const stage = await new AccountStage({ pollEveryMs: 5_000 }).start();
    stage.close(1);
    await stage.settle();
    stage.syncGate = gate;
    stage.predict('buy', 1);
    await stage.settle();
    return stage;
  }

  test('does not leave, and the account hears people meanwhile', async () => {
    const gate = new Gate();
    const stage = await withOrder(gate);
    expect(stage.of('order-intended')).toHaveLength(1);
    stage.tell({ type: 'command', command: 'pause', by: 'test', number: 1 });
    await stage.settle(1_000);
    expect(stage.receipts).toEqual([1]);
    expect(stage.happened).not.toContain('submit');
    gate.open();
    await stage.settle();
    // Paused before it left: it stays at home.
    expect(stage.happened).not.toContain('submit');
    expect(stage.of('order-not-sent')).toHaveLength(1);
  });

  test('leaves as soon as it is', async () => {
    const gate = new Gate();
    const stage = await withOrder(gate);
    gate.open();
    await stage.settle();
    expect(stage.happened.filter((each) => each === 'submit')).toHaveLength(1);
  });

  test('never leaves when the disk fails, and nothing is written on top of it', async () => {
    const gate = new Gate();
    const stage = await withOrder(gate);
    stage.syncsFail = true;
    const { length } = stage.facts;
    gate.open();
    await stage.settle(60_000);
    expect(stage.happened).not.toContain('submit');
    expect(stage.facts).toHaveLength(length);
    expect(stage.broker.executed).toEqual([]);
  });
});

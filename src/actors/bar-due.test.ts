import { describe, expect, test } from 'vitest';
import { AccountStage, Gate } from '../../test/account-stage.ts';
import { aQuote, barMs, monday } from '../../test/account-world.ts';
import { epochMs } from '../domain/units.ts';

async function stageOf(pollEveryMs?: number) {
  return new AccountStage(pollEveryMs === undefined ? {} : { pollEveryMs }).start();
}

const lockstep = () => stageOf();
const live = () => stageOf(5_000);

describe('a bar that is due', () => {
  test.each([
    ['in lockstep', undefined],
    ['live', 5_000],
  ])('%s is decided on the books that were read meanwhile', async (_, pollEveryMs) => {
    const stage = await stageOf(pollEveryMs);
    const before = stage.reads;
    stage.due(1);
    await stage.settle();
    stage.predict('buy', 1);
    await stage.settle();
    expect(stage.verdicts).toEqual([]);
    stage.close(1);
    // Decided at once: the order's way is not prolonged by another reading.
    stage.readsFail = true;
    await stage.settle();
    expect(stage.reads - before).toBe(2);
    expect(stage.verdicts).toEqual(['BTCUSD 1 entered']);
    expect(stage.broker.executed).toHaveLength(1);
  });

  test('is decided when the reading for it has ended, if it is told first', async () => {
    const stage = await lockstep();
    const gate = new Gate();
    stage.readGate = gate;
    const before = stage.reads;
    stage.due(1);
    await stage.settle();
    stage.close(1);
    stage.predict('hold', 1);
    await stage.settle();
    expect(stage.verdicts).toEqual([]);
    gate.open();
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 1 held hold']);
    expect(stage.reads - before).toBe(1);
  });

  test('sees the quote of the reading for it, though nothing else is new', async () => {
    const stage = await live();
    await stage.settle(20_000);
    stage.broker.move(aQuote(95_500, monday + 20_000));
    stage.due(1);
    await stage.settle();
    stage.close(1);
    stage.predict('hold', 1);
    await stage.settle();
    expect(stage.of('broker-read').at(-1)?.quotes['BTCUSD']).toEqual(
      aQuote(95_500, monday + 20_000),
    );
  });

  describe('is read for again when it is told', () => {
    const cases: readonly (readonly [string, (stage: AccountStage) => Promise<void>])[] = [
      [
        'if the reading failed',
        async (stage) => {
          stage.readsFail = true;
          stage.due(1);
          await stage.settle();
          stage.readsFail = false;
        },
      ],
      [
        'if the reading is a second old',
        async (stage) => {
          stage.due(1);
          await stage.settle(1_001);
        },
      ],
      [
        'if the reading was for another bar',
        async (stage) => {
          stage.due(0);
          await stage.settle();
        },
      ],
      [
        'if something was traded since',
        async (stage) => {
          stage.due(1);
          await stage.settle();
          const input = { type: 'cancel-answered', outcome: { outcome: 'done' } } as never;
          const answer = { ioAt: epochMs(monday), input };
          stage.tell({ type: 'broker-answered', incarnation: stage.incarnation, answer });
          await stage.settle();
        },
      ],
    ];
    test.each(cases)('%s', async (_, prepare) => {
      const stage = await live();
      await prepare(stage);
      openByHand(stage);
      stage.close(1);
      stage.predict('buy', 1);
      await stage.settle(300);
      expect(stage.verdicts).toEqual(['BTCUSD 1 denied position-open']);
    });
  });

  test('waits for the reading that began after it was due, not for one that was under way', async () => {
    const stage = await live();
    const [polled, read] = [new Gate(), new Gate()];
    stage.readGate = polled;
    await stage.settle(5_000);
    stage.due(1);
    await stage.settle();
    openByHand(stage);
    stage.readGate = read;
    polled.open();
    await stage.settle();
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    expect(stage.verdicts).toEqual([]);
    read.open();
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 1 denied position-open']);
  });

  test('is past in lockstep, whatever the broker says', async () => {
    const stage = await lockstep();
    stage.readsFail = true;
    stage.due(2);
    await stage.settle();
    expect(stage.facts.at(-1)).toMatchObject({ type: 'read-failed', at: monday + barMs });
  });

  test('is not read for again while it is open', async () => {
    const stage = await lockstep();
    stage.close(1);
    await stage.settle();
    const before = stage.reads;
    stage.due(1);
    await stage.settle();
    expect(stage.reads).toBe(before);
  });

  test('is not read for again if it is done: market time may have moved on', async () => {
    const stage = await lockstep();
    stage.close(1);
    stage.predict('hold', 1);
    await stage.settle();
    const before = stage.reads;
    stage.due(1);
    await stage.settle();
    expect(stage.reads).toBe(before);
  });
});

function openByHand({ broker }: AccountStage): void {
  const byHand = { symbol: 'BTCUSD', side: 'buy', comment: 'by hand', isOwned: false } as const;
  broker.open({ ...byHand, volume: 10 as never });
}

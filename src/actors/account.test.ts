import { describe, expect, test } from 'vitest';
import { AccountStage, Gate } from '../../test/account-stage.ts';
import { aQuote, barMs, monday } from '../../test/account-world.ts';
import { epochMs } from '../domain/units.ts';

const twoSymbols = { policy: { symbols: ['BTCUSD', 'XAUUSD'] } };

async function lockstep(options: ConstructorParameters<typeof AccountStage>[0] = {}) {
  return new AccountStage(options).start();
}

function live(options: ConstructorParameters<typeof AccountStage>[0] = {}) {
  return lockstep({ pollEveryMs: 5_000, ...options });
}

describe('an order', () => {
  test('is on disk before it is on the wire, and the bar is done when its fill was read', async () => {
    const stage = await lockstep();
    stage.close(1);
    await stage.settle();
    const predicted = stage.happened.length;
    stage.predict('buy', 1);
    await stage.settle();
    // From one to the other the journal is written once, and flushed.
    const wire = stage.happened.indexOf('submit');
    expect(stage.happened.slice(predicted, wire)).toEqual(['normal', 'synced']);
    expect(stage.happened.filter((each) => each === 'submit')).toHaveLength(1);
    expect(stage.of('position-opened')).toHaveLength(1);
    expect(stage.broker.positions[0]?.stopLoss).toBeDefined();
    expect(stage.stepsDone).toEqual(['BTCUSD/M15/1736120700000']);
  });

  test('is sent once, however often its bar is told', async () => {
    const stage = await lockstep();
    for (let round = 0; round < 3; round += 1) {
      stage.close(1);
      stage.predict('buy', 1);
      await stage.settle();
    }
    expect(stage.broker.executed).toHaveLength(1);
    expect(stage.stepsDone).toHaveLength(3);
    expect(stage.verdicts).toEqual(['BTCUSD 1 entered']);
  });

  test('that a dry account is to send again stays at home', async () => {
    const stage = await lockstep();
    stage.faults.push('504-lost');
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    expect(stage.happened.filter((each) => each === 'submit')).toHaveLength(1);
    await stage.stop();
    stage.policy = { ...stage.policy, mode: 'dry', hash: 'dry' };
    await stage.start();
    for (let second = 0; second < 10; second += 1) await stage.settle(1_000);
    expect(stage.happened.filter((each) => each === 'submit')).toHaveLength(1);
    expect(stage.of('order-given-up')).toHaveLength(1);
  });

  test('whose adapter fails by an exception is of unknown outcome, not the end of the thread', async () => {
    const stage = await lockstep();
    stage.throwsOnTrade = true;
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    expect(stage.of('order-unresolved')[0]).toMatchObject({ reason: 'a mistake of the adapter' });
    for (let second = 0; second < 5; second += 1) await stage.settle(1_000);
    expect(stage.broker.executed).toHaveLength(1);
    expect(stage.stepsDone).toHaveLength(1);
  });
});

describe('the proof that an order is not there', () => {
  test('counts from when a slow reading began: what came after it was not seen', async () => {
    const stage = await lockstep({ absenceProof: { sinceCallMs: 30_000, emptyForMs: 5_000 } });
    stage.faults.push('504-lost');
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    // A look sees nothing at once, and its answer takes as long as the proof asks for.
    await stage.settle(2_000);
    expect(stage.of('order-unseen')).toHaveLength(1);
    const gate = new Gate();
    stage.dealsGate = gate;
    await stage.settle(32_000);
    const [intent] = stage.of('order-intended');
    if (intent) stage.broker.execute(intent.intent.order);
    gate.open();
    await stage.settle(10_000);
    expect(stage.of('order-absent')).toEqual([]);
    expect(stage.broker.executed).toHaveLength(1);
    expect(stage.of('position-opened')).toHaveLength(1);
  });

  test('is never a reading that an order was answered in', async () => {
    const stage = await lockstep();
    const [submitted, read] = [new Gate(), new Gate()];
    stage.submitGate = submitted;
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    stage.readGate = read;
    stage.close(1); // told again: another reading begins while the order is under way
    await stage.settle();
    submitted.open();
    await stage.settle();
    read.open();
    await stage.settle();
    expect(stage.of('order-accepted')).toHaveLength(1);
    expect(stage.of('order-unresolved')).toEqual([]);
    expect(stage.of('position-opened')).toHaveLength(1);
    expect(stage.stepsDone).toHaveLength(1);
  });
});

describe('a bar', () => {
  test('is decided although its prediction overtakes it: the two come from different threads', async () => {
    const stage = await lockstep();
    stage.predict('buy', 1);
    stage.close(1);
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 1 entered']);
    expect(stage.stepsDone).toHaveLength(1);
  });

  test('of each symbol is decided when several close at the same moment', async () => {
    const stage = await live(twoSymbols);
    stage.close(1, 'BTCUSD');
    stage.close(1, 'XAUUSD');
    await stage.settle();
    stage.predict('hold', 1, 'XAUUSD');
    stage.predict('hold', 1, 'BTCUSD');
    await stage.settle();
    expect([...stage.verdicts].sort()).toEqual(['BTCUSD 1 held hold', 'XAUUSD 1 held hold']);
  });

  test('waits in lockstep for a healthy reading, however long it takes', async () => {
    const stage = await lockstep();
    stage.readsFail = true;
    stage.close(1);
    stage.predict('buy', 1);
    for (let second = 0; second < 60; second += 1) await stage.settle(1_000);
    expect(stage.verdicts).toEqual([]);
    expect(stage.of('guard-tripped')).toMatchObject([{ denial: { limit: 'terminal-failover' } }]);
    stage.readsFail = false;
    await stage.settle(60_000);
    expect(stage.verdicts).toEqual(['BTCUSD 1 entered']);
    expect(stage.stepsDone).toHaveLength(1);
  });

  test('whose order is in doubt is read again in lockstep as soon as that works, however often it failed', async () => {
    const stage = await lockstep({ absenceProof: { sinceCallMs: 30_000, emptyForMs: 5_000 } });
    stage.faults.push('504-lost');
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    stage.readsFail = true;
    for (let second = 0; second < 20; second += 1) await stage.settle(1_000);
    const unseen = stage.of('order-unseen').length;
    stage.readsFail = false;
    await stage.settle(250);
    expect(stage.of('order-unseen').length).toBeGreaterThan(unseen);
    for (let second = 0; second < 60; second += 1) await stage.settle(1_000);
    expect(stage.stepsDone).toHaveLength(1);
    expect(stage.broker.executed).toHaveLength(1);
  });

  test('is decided live on books that were read after it closed, not on those before', async () => {
    const stage = await live();
    await stage.settle(4_000);
    stage.readsFail = true;
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    expect(stage.verdicts).toEqual([]);
    stage.readsFail = false;
    stage.broker.open({
      ...{ symbol: 'BTCUSD', side: 'buy', comment: 'by hand', isOwned: false },
      volume: 10 as never,
    });
    await stage.settle(1_000);
    expect(stage.verdicts).toEqual(['BTCUSD 1 denied position-open']);
  });

  test('is denied live once the terminal counts as down', async () => {
    const stage = await live();
    stage.readsFail = true;
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle(10_000);
    expect(stage.verdicts).toEqual(['BTCUSD 1 denied terminal-failover']);
    expect(stage.broker.executed).toEqual([]);
  });

  test('is held live when no prediction comes in time, and a late one is not traded', async () => {
    const stage = await live();
    stage.close(1);
    await stage.settle(61_000);
    expect(stage.of('bar-decided')).toMatchObject([
      {
        verdict: 'held',
        denial: { limit: 'unpredicted' },
        reason: 'no prediction came within 60 s',
      },
    ]);
    stage.predict('buy', 1);
    await stage.settle(10_000);
    expect(stage.broker.executed).toEqual([]);
    expect(stage.verdicts).toHaveLength(1);
  });

  test('is held when the next one closes first', async () => {
    const stage = await live();
    stage.close(1);
    await stage.settle();
    stage.broker.move(aQuote(95_000, monday + barMs));
    stage.close(2);
    stage.predict('hold', 2);
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 1 held unpredicted', 'BTCUSD 2 held hold']);
  });

  test('waits in lockstep for its prediction for ever', async () => {
    const stage = await lockstep();
    stage.close(1);
    await stage.settle(600_000);
    expect(stage.facts.filter(({ type }) => type === 'bar-decided')).toEqual([]);
    stage.predict('buy', 1);
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 1 entered']);
  });
});

describe('an actor that is restarted in place', () => {
  test('does not take the answers to its former incarnation', async () => {
    const stage = await lockstep();
    const gate = new Gate();
    stage.readGate = gate;
    stage.close(1);
    await stage.settle();
    await stage.restart();
    const before = stage.facts.length;
    stage.broker.move(aQuote(94_000));
    gate.open();
    await stage.settle();
    const input = { type: 'read-failed', reason: 'an answer that waited in the mailbox' } as const;
    const answer = { ioAt: epochMs(monday), input };
    stage.tell({ type: 'broker-answered', incarnation: stage.incarnation - 1, answer });
    await stage.settle();
    expect(stage.facts.slice(before)).toEqual([]);
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 1 entered']);
    expect(stage.broker.executed).toHaveLength(1);
  });

  test('writes down what a trade call answers while it stops', async () => {
    const stage = await lockstep();
    const gate = new Gate();
    stage.submitGate = gate;
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    const stopped = stage.stop();
    await stage.settle(100);
    gate.open();
    await stage.settle();
    await stopped;
    expect(stage.of('order-accepted')).toHaveLength(1);
    await stage.start();
    expect(stage.of('order-unresolved').map(({ reason }) => reason)).toEqual([]);
    expect(stage.broker.executed).toHaveLength(1);
    expect(stage.of('position-opened')).toHaveLength(1);
  });

  test('does not wait for a trade call that hangs, and asks the broker in its next life', async () => {
    const stage = await lockstep();
    stage.submitGate = new Gate();
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    const stopped = stage.stop();
    await stage.settle(5_000);
    await stopped;
    const facts = stage.facts.length;
    await stage.settle(100_000);
    expect(stage.facts).toHaveLength(facts);
    await stage.start();
    expect(stage.of('order-unresolved')).toMatchObject([
      { reason: 'the engine stopped before the answer' },
    ]);
  });

  test('leaves no timer behind', async () => {
    const stage = await live();
    stage.close(1);
    stage.predict('hold', 1);
    await stage.settle();
    const poll = 1;
    expect(stage.clock.pendingCount).toBe(poll);
    stage.close(2);
    await stage.settle();
    await stage.stop();
    await stage.settle(100);
    expect(stage.clock.pendingCount).toBe(0);
  });
});

describe('a command', () => {
  test('is confirmed when it is on disk, and shown at once', async () => {
    const stage = await lockstep();
    stage.told.length = 0;
    stage.tell({ type: 'command', command: 'pause', by: 'test', number: 7 });
    await stage.settle();
    expect(stage.receipts).toEqual([7]);
    expect(stage.happened.at(-1)).toBe('full');
    expect(stage.told.at(-1)).toMatchObject({ snapshot: { state: 'paused' } });
  });

  test('overtakes bars and predictions', async () => {
    const stage = await lockstep();
    stage.close(1);
    stage.predict('buy', 1);
    stage.tell({ type: 'command', command: 'pause', by: 'test', number: 1 });
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 1 denied trading-state']);
  });

  test('to be flat is obeyed while an order is under way: what it fills is closed', async () => {
    const stage = await lockstep();
    const gate = new Gate();
    stage.submitGate = gate;
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    stage.tell({ type: 'command', command: 'flatten', by: 'test', number: 1 });
    await stage.settle();
    expect(stage.receipts).toEqual([1]);
    gate.open();
    await stage.settle();
    await stage.settle(1_000);
    expect(stage.broker.executed).toHaveLength(1);
    expect(stage.broker.positions).toEqual([]);
    expect(stage.of('flattened')).toHaveLength(1);
  });
});

describe('live', () => {
  test('the broker is read at its interval, also while a bar is open, once per poll', async () => {
    const stage = await live();
    const before = stage.reads;
    stage.close(1);
    await stage.settle(20_000);
    expect(stage.reads - before).toBe(5);
  });

  test('a look that shows nothing new leaves no fact, one per minute of market time apart', async () => {
    const stage = await live();
    await stage.settle(5_000);
    const before = stage.facts.length;
    for (let second = 5; second < 60; second += 5) {
      stage.broker.move(aQuote(95_000 + second, monday + second * 1_000));
      await stage.settle(5_000);
    }
    expect(stage.facts.length).toBe(before);
    stage.broker.move(aQuote(95_100, monday + 61_000));
    await stage.settle(5_000);
    expect(stage.facts.length).toBe(before + 1);
  });

  test('a command to be flat is proven by the next look, although it shows nothing new', async () => {
    const stage = await live();
    await stage.settle(10_000);
    stage.tell({ type: 'command', command: 'flatten', by: 'test', number: 1 });
    await stage.settle();
    expect(stage.of('flattened')).toHaveLength(1);
    expect(stage.of('trading-state-changed').at(-1)).toMatchObject({ to: 'paused' });
  });

  test('a close that keeps failing is tried again with every look at which the market has moved', async () => {
    const stage = await live();
    stage.close(1);
    stage.predict('buy', 1);
    await stage.settle();
    stage.closesFail = true;
    stage.tell({ type: 'command', command: 'flatten', by: 'test', number: 1 });
    await stage.settle(30_000);
    const before = stage.happened.filter((call) => call === 'close').length;
    for (let second = 31; second < 46; second += 1) {
      stage.broker.move(aQuote(95_000, monday + second * 1_000));
      await stage.settle(1_000);
    }
    const again = stage.happened.filter((call) => call === 'close').length - before;
    expect(again).toBeGreaterThanOrEqual(3);
    stage.closesFail = false;
    stage.broker.move(aQuote(95_000, monday + 50_000));
    await stage.settle(6_000);
    expect(stage.broker.positions).toEqual([]);
  });

  test('instruments are read anew: tick values and trade modes change', async () => {
    const stage = await live();
    stage.instrument = { ...stage.instrument, isTradable: false };
    for (let minute = 0; minute < 6; minute += 1) await stage.settle(60_000);
    stage.broker.move(aQuote(95_000, monday + barMs));
    stage.close(2);
    stage.predict('buy', 2);
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 2 denied trade-disabled']);
  });

  test('a quote from the future moves no market time: the clock of the terminal has just changed', async () => {
    const stage = await live();
    stage.broker.move(aQuote(95_000, monday + 3_600_000));
    await stage.settle(6_000);
    await stage.settle(barMs - 6_000);
    stage.broker.move(aQuote(95_000, monday + barMs));
    stage.close(2);
    stage.predict('buy', 2);
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 2 entered']);
  });

  test('a terminal that was down for hours clears its guard with its first answer', async () => {
    const stage = await live();
    stage.readsFail = true;
    for (let minute = 0; minute < 240; minute += 1) await stage.settle(60_000);
    expect(stage.of('guard-tripped')).toHaveLength(1);
    stage.readsFail = false;
    await stage.settle(30_000);
    expect(stage.of('guard-cleared')).toHaveLength(1);
  });
});

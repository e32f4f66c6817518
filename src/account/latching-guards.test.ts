import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import { epochMs, fraction, steps } from '../domain/units.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Buys at the ask of 95,005 and loses 1 R (about 1.8 % with 2 % at risk) on the next bar. */
function lose(world: AccountWorld, bar: number): void {
  world.move(95_000, monday + bar * barMs);
  world.bar(aPrediction('buy', { bar }));
  world.move(94_705, monday + (bar + 1) * barMs);
  world.bar(aPrediction('hold', { bar: bar + 1 }));
}

function win(world: AccountWorld, bar: number): void {
  world.move(95_000, monday + bar * barMs);
  world.bar(aPrediction('buy', { bar }));
  world.move(95_305, monday + (bar + 1) * barMs);
  world.bar(aPrediction('hold', { bar: bar + 1 }));
}

function lastDenial(world: AccountWorld) {
  return world.heard('denied').at(-1)?.denial;
}

/** A signal at a moment, with the market where it was. */
function ask(world: AccountWorld, at: number): void {
  world.move(95_000, at);
  world.bar(aPrediction('buy', { at }));
}

describe('the loss of the day', () => {
  const policy = aPolicy({ dailyLossMax: fraction(0.03), dayOffsetMs: 7 * hourMs });

  test('trips with costs included, is told once, and lasts until local midnight', () => {
    const world = new AccountWorld({ policy }).open();
    lose(world, 0);
    lose(world, 2);
    expect(world.heard('guard-tripped')).toMatchObject([{ denial: { limit: 'daily-loss' } }]);
    const midnight = monday + 17 * hourMs;
    ask(world, midnight - 1);
    expect(lastDenial(world)).toMatchObject({ limit: 'daily-loss', allowed: 0.03 });
    expect(world.heard('guard-tripped')).toHaveLength(1);
    ask(world, midnight);
    expect(world.heard('guard-cleared')).toMatchObject([{ limit: 'daily-loss' }]);
    expect(world.broker.executed).toHaveLength(3);
  });

  test('counts what is still open, and stays tripped when the price comes back', () => {
    const world = new AccountWorld({ policy: { ...policy, risk: fraction(0.05) } }).open();
    world.bar(aPrediction('buy'));
    world.move(94_750, monday + barMs);
    world.read();
    world.move(95_305, monday + 2 * barMs);
    world.read();
    expect(world.heard('close')).toMatchObject([{ closeType: 'TP_HIT' }]);
    ask(world, monday + 3 * barMs);
    expect(lastDenial(world)).toMatchObject({ limit: 'daily-loss' });
  });

  test('is that of the day on which a deal was made, not of the day on which it was read', () => {
    const world = new AccountWorld({ policy }).open();
    const midnight = monday + 17 * hourMs;
    world.move(95_000, midnight - barMs);
    world.bar(aPrediction('buy', { at: midnight - barMs }));
    world.move(94_705, midnight - 1);
    world.broker.quote = { ...world.broker.quote, at: epochMs(midnight) };
    world.read();
    expect(world.heard('close')).toMatchObject([{ closeType: 'SL_HIT' }]);
    expect(world.state.day?.realised).toBe(0);
  });

  test('trips on a dry account, too, and stops its decisions', () => {
    const world = new AccountWorld({ policy: { ...policy, mode: 'dry' } }).open();
    world.bar(aPrediction('buy'));
    expect(lastDenial(world)).toMatchObject({ limit: 'dry-run' });
    const { ticket } = world.broker.open({
      ...{ symbol: 'BTCUSD', side: 'buy', volume: steps(11), comment: '', isOwned: false },
    });
    world.move(94_700, monday + barMs);
    world.broker.close(ticket, 'client');
    world.read();
    expect(world.heard('guard-tripped')).toMatchObject([{ denial: { limit: 'daily-loss' } }]);
    world.bar(aPrediction('buy', { bar: 1 }));
    expect(lastDenial(world)).toMatchObject({ limit: 'daily-loss', allowed: 0.03 });
    ask(world, monday + 17 * hourMs);
    expect(lastDenial(world)).toMatchObject({ limit: 'dry-run' });
  });

  test('is not forgotten by a restart', () => {
    const world = new AccountWorld({ policy }).open();
    lose(world, 0);
    lose(world, 2);
    world.open();
    ask(world, monday + 5 * barMs);
    expect(lastDenial(world)).toMatchObject({ limit: 'daily-loss' });
    expect(world.heard('guard-tripped')).toHaveLength(1);
  });

  test('is put on disk before anything else happens', () => {
    const world = new AccountWorld({ policy }).open();
    lose(world, 0);
    expect(world.durabilityOf('position-closed')).toBe('normal');
    lose(world, 2);
    expect(world.durabilityOf('guard-tripped')).toBe('full');
  });
});

describe('the circuit breaker', () => {
  const policy = aPolicy({ consecutiveLossesMax: 2 });

  test('trips after the losses in a row and lasts until local midnight', () => {
    const world = new AccountWorld({ policy }).open();
    lose(world, 0);
    expect(world.heard('guard-tripped')).toEqual([]);
    lose(world, 2);
    ask(world, monday + 6 * barMs);
    expect(lastDenial(world)).toEqual({ limit: 'circuit-breaker', observed: 2, allowed: 1 });
    ask(world, monday + dayMs);
    expect(world.heard('guard-cleared')).toMatchObject([{ limit: 'circuit-breaker' }]);
    expect(world.broker.executed).toHaveLength(3);
  });

  test('begins anew after a win', () => {
    const world = new AccountWorld({ policy }).open();
    lose(world, 0);
    win(world, 2);
    lose(world, 4);
    expect(world.heard('guard-tripped')).toEqual([]);
    expect(world.state.consecutiveLosses).toBe(1);
  });

  test('is not touched by a breakeven', () => {
    const world = new AccountWorld({ policy }).open();
    lose(world, 0);
    world.move(95_000, monday + 2 * barMs);
    world.bar(aPrediction('buy', { bar: 2 }));
    world.move(95_006);
    world.broker.close(world.broker.positions[0]?.ticket ?? 0, 'client');
    // 6 steps won 1 point each and paid 0.36: the exact breakeven lies between two quotes, so a fee evens it out.
    const last = world.broker.deals.pop();
    if (last?.kind !== 'trade') throw new Error('a trade was closed');
    const entryCost = -0.18;
    world.broker.deals.push({ ...last, profit: 0 as never, commission: -entryCost as never });
    world.broker.balance += -entryCost - last.profit - last.commission;
    world.read();
    expect(world.heard('close').at(-1)).toMatchObject({ profit: 0 });
    expect(world.state.consecutiveLosses).toBe(1);
  });
});

describe('terminal failover', () => {
  test('blocks after three failed reads in a row, says so once, and resumes with the first answer', () => {
    const world = new AccountWorld().open();
    world.readsFail = true;
    for (let failures = 1; failures <= 5; failures += 1) world.read();
    world.give({ type: 'predicted', prediction: aPrediction('buy') });
    expect(world.heard('guard-tripped')).toMatchObject([
      { denial: { limit: 'terminal-failover', observed: 3, allowed: 2 } },
    ]);
    expect(lastDenial(world)).toMatchObject({ limit: 'terminal-failover', observed: 5 });
    world.readsFail = false;
    ask(world, monday + barMs);
    expect(world.heard('guard-cleared')).toMatchObject([{ limit: 'terminal-failover' }]);
    expect(world.broker.executed).toHaveLength(1);
  });

  test('lets no entry be made on an answer that is older than the last failure', () => {
    const world = new AccountWorld().open();
    world.readsFail = true;
    world.bar(aPrediction('buy'));
    expect(lastDenial(world)).toMatchObject({ limit: 'broker-unread', observed: 1 });
    expect(world.heard('guard-tripped')).toEqual([]);
  });

  test('asks again, ever more slowly, while the terminal is down', () => {
    const world = new AccountWorld();
    world.readsFail = true;
    world.open();
    for (let failures = 1; failures <= 12; failures += 1) world.read();
    expect(world.wishes.slice(0, 5)).toEqual([0, 500, 1_000, 2_000, 4_000]);
    expect(world.wishes.at(-1)).toBe(30_000);
    expect(world.isSettled).toBe(false);
  });
});

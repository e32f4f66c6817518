import { describe, expect, test } from 'vitest';
import {
  AccountWorld,
  account,
  aPolicy,
  aPrediction,
  barMs,
  type CallFault,
  Crash,
  monday,
} from '../../test/account-world.ts';
import { fraction, price, steps } from '../domain/units.ts';
import type { ManagementRules } from '../strategy/management.ts';
import { initialState } from './account-state.ts';
import { discrepanciesOf } from './discrepancy.ts';
import { isManagementDue } from './manage.ts';
import type { AccountPolicy } from './policy.ts';
import { reportOf } from './report.ts';

const partialClose: ManagementRules = { partialClose: { triggerAtr: 0.6, share: 0.5 } };
const trailing: ManagementRules = { trailing: { distanceAtr: 0.5, profitMinAtr: 0.4 } };

type Setting = {
  readonly management?: ManagementRules;
  readonly policy?: Partial<AccountPolicy>;
  readonly close?: readonly CallFault[];
  readonly protect?: readonly CallFault[];
};

/** A buy of 6 steps at 95,005 with its stop at 94,705 and its target at 97,405: ATR is 300. */
function bought({
  management = partialClose,
  policy = {},
  close = [],
  protect = [],
}: Setting = {}) {
  const world = new AccountWorld({
    policy: aPolicy({ takeProfitAtr: 8, ...policy, management }),
    callFaults: { close, protect },
  }).open();
  world.bar(aPrediction('buy'));
  return world;
}

/** The market opens the next bar at `bid`, and the models hold. */
function next(world: AccountWorld, bar: number, bid: number): void {
  world.move(bid, monday + bar * barMs);
  world.bar(aPrediction('hold', { bar }));
}

function standing({ broker }: AccountWorld) {
  return broker.positions.map(({ volume, stopLoss, takeProfit }) => [volume, stopLoss, takeProfit]);
}

const closesOf = ({ broker }: AccountWorld) =>
  broker.deals.flatMap((deal) =>
    deal.kind === 'trade' && deal.entry === 'out' ? deal.volume : [],
  );

describe('a partial close', () => {
  test('takes half at 0.6 ATR and moves the stop to the entry and the spread', () => {
    const world = bought();
    next(world, 1, 95_184.99);
    expect(standing(world)).toEqual([[6, 94_705, 97_405]]);
    next(world, 2, 95_185);
    expect(standing(world)).toEqual([[3, 95_010, 97_405]]);
    expect(world.isSettled).toBe(true);
    expect(world.facts('close-intended')).toMatchObject([{ reason: 'partial-close', leaves: 3 }]);
    expect(world.facts('protect-intended')).toMatchObject([{ reason: 'breakeven' }]);
  });

  test('happens once, and its profit is in the balance', () => {
    const world = bought();
    for (const bar of [1, 2, 3]) next(world, bar, 95_300 + bar);
    expect(closesOf(world)).toEqual([3]);
    expect(reportOf(world.journal)).toMatchObject({
      balance: world.broker.balance,
      equity: world.broker.view().equity,
    });
  });

  test('of one step does not happen, and its stop stays', () => {
    const world = bought({ policy: { risk: fraction(0.003) } });
    next(world, 1, 95_300);
    expect(standing(world)).toEqual([[1, 94_705, 97_405]]);
  });

  test('ends at breakeven as a stop that was hit there', () => {
    const world = bought();
    next(world, 1, 95_200);
    next(world, 2, 95_000);
    const [closed] = world.facts('position-closed');
    expect(closed).toMatchObject({ closeType: 'SL_HIT', closeDetail: 'BE' });
    expect(closed?.profit).toBeGreaterThan(0);
  });

  test('waits with the stop until the broker lets it stand there', () => {
    const world = bought();
    Object.assign(world.broker, {
      instrument: { ...world.broker.instrument, stopsLevelPoints: 30_000 },
    });
    next(world, 1, 95_200);
    expect(standing(world)).toEqual([[3, 94_705, 97_405]]);
    next(world, 2, 95_400);
    expect(standing(world)).toEqual([[3, 95_010, 97_405]]);
  });

  test.each<[string, readonly CallFault[]]>([
    ['that was executed behind a 504', ['504-executed']],
    ['that was lost', ['504-lost']],
    ['that was lost twice', ['504-lost', '504-lost']],
    ['that was not sent', ['not-sent']],
    ['that was refused at first', ['rejected', 'rejected']],
  ])('%s takes half all the same', (_name, close) => {
    const world = bought({ close });
    next(world, 1, 95_200);
    expect(closesOf(world)).toEqual([3]);
    expect(standing(world)).toEqual([[3, 95_010, 97_405]]);
    expect(world.isSettled).toBe(true);
  });

  test('that the broker refuses again and again is given up, and said', () => {
    const world = bought({ close: Array.from({ length: 20 }, () => 'rejected' as const) });
    next(world, 1, 95_200);
    next(world, 2, 95_210);
    expect(standing(world)).toEqual([[6, 94_705, 97_405]]);
    expect(world.facts('close-given-up')).toHaveLength(1);
    expect(world.isSettled).toBe(true);
  });

  test.each<[string, Setting]>([
    ['that was handled in peace', {}],
    ['whose first calls hang', { close: ['504-executed'], protect: ['504-lost'] }],
  ])('%s is done once wherever the engine dies', (_name, faults) => {
    const calm = bought(faults);
    next(calm, 1, 95_200);
    for (let crashAt = 1; crashAt <= calm.moments; crashAt += 1) {
      const world = bought(faults);
      world.crashAt = crashAt;
      if (crashAt <= world.moments) continue;
      try {
        next(world, 1, 95_200);
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        world.open();
        world.bar(aPrediction('hold', { bar: 1 }));
      }
      expect(closesOf(world)).toEqual([3]);
      expect(standing(world)).toEqual([[3, 95_010, 97_405]]);
    }
  });

  test('is none of the business of a position that somebody else opened', () => {
    const world = new AccountWorld({ policy: aPolicy({ management: partialClose }) }).open();
    const foreign = { symbol: 'BTCUSD', side: 'buy', volume: steps(6), comment: '' } as const;
    world.broker.open({ ...foreign, isOwned: false, stopLoss: price(94_000) });
    world.broker.open({ ...foreign, isOwned: true, stopLoss: price(94_000) });
    next(world, 1, 96_000);
    expect(standing(world)).toEqual([
      [6, 94_000, undefined],
      [6, 94_000, undefined],
    ]);
  });

  test.each(['pause', 'halt'] as const)('goes on after %s', (command) => {
    const world = bought();
    world.command(command);
    next(world, 1, 95_200);
    expect(standing(world)).toEqual([[3, 95_010, 97_405]]);
  });

  test('leaves a position to its flattening', () => {
    const world = bought({ close: Array.from({ length: 5 }, () => 'rejected' as const) });
    world.command('flatten');
    next(world, 1, 95_200);
    expect(world.facts('close-intended').every(({ reason }) => reason === 'flatten')).toBe(true);
    expect(standing(world)).toEqual([]);
  });
});

describe('a trailing stop', () => {
  test('follows the price and never goes back', () => {
    const world = bought({ management: trailing });
    const stops: unknown[] = [];
    for (const [index, bid] of [95_100, 95_200, 95_400, 95_350, 95_500].entries()) {
      next(world, index + 1, bid);
      stops.push(world.broker.positions[0]?.stopLoss);
    }
    // 0.5 ATR x (1.3 - 0.6 x 0.5): the confidence of 0.8 stands half-way between 0.6 and 1.
    expect(stops).toEqual([94_705, 95_050, 95_250, 95_250, 95_350]);
    expect(world.isSettled).toBe(true);
  });

  test('keeps the target', () => {
    const world = bought({ management: trailing });
    next(world, 1, 95_400);
    expect(world.broker.positions[0]).toMatchObject({ takeProfit: 97_405 });
  });

  test('gives a trade more room while the trend that carries it fades', () => {
    const world = bought({ management: trailing });
    world.move(95_400, monday + barMs);
    const features = { momentum_decay: 0.4, ema_slope_5: 0.002 };
    world.bar({ ...aPrediction('hold', { bar: 1 }), features });
    expect(world.broker.positions[0]?.stopLoss).toBe(95_220); // 0.5 ATR x 1.2
  });

  test('that a person tightened stays, that a person loosened comes back', () => {
    const world = bought({ management: trailing });
    const [position] = world.broker.positions;
    world.broker.protect(position?.ticket ?? 0, { stopLoss: price(95_390) });
    next(world, 1, 95_400);
    expect(world.broker.positions[0]?.stopLoss).toBe(95_390);
    world.broker.protect(position?.ticket ?? 0, { stopLoss: price(94_800) });
    next(world, 2, 95_410);
    expect(world.broker.positions[0]?.stopLoss).toBe(95_260);
  });

  test.each<[string, readonly CallFault[]]>([
    ['executed behind a 504', ['504-executed']],
    ['lost', ['504-lost']],
    ['not sent', ['not-sent']],
    ['refused once', ['rejected']],
  ])('whose move was %s stands where it should', (_name, protect) => {
    const world = bought({ management: trailing, protect });
    next(world, 1, 95_400);
    expect(world.broker.positions[0]?.stopLoss).toBe(95_250);
    expect(world.isSettled).toBe(true);
  });

  test('that the broker refuses again and again is asked for once more at the next bar', () => {
    const protect = Array.from({ length: 4 }, () => 'rejected' as const);
    const world = bought({ management: trailing, protect });
    next(world, 1, 95_400);
    expect(world.facts('protect-intended')).toHaveLength(3);
    expect(world.isSettled).toBe(true);
    next(world, 2, 95_400);
    expect(world.facts('protect-intended')).toHaveLength(4);
    next(world, 3, 95_400);
    expect(world.broker.positions[0]?.stopLoss).toBe(95_250);
  });

  test('moves between bars in steps that are worth a call', () => {
    const world = bought({ management: trailing });
    next(world, 1, 95_400);
    world.move(95_429, monday + barMs + 5_000);
    expect(
      isManagementDue(world.state, {
        at: world.broker.quote.at,
        quotes: { BTCUSD: world.broker.quote },
      }),
    ).toBe(false);
    world.read();
    expect(world.broker.positions[0]?.stopLoss).toBe(95_250);
    world.move(95_430, monday + barMs + 10_000);
    expect(
      isManagementDue(world.state, {
        at: world.broker.quote.at,
        quotes: { BTCUSD: world.broker.quote },
      }),
    ).toBe(true);
    world.read();
    expect(world.broker.positions[0]?.stopLoss).toBe(95_280);
  });
});

describe('stops of an instrument with coarse ticks', () => {
  test('stand where they were asked for, and nobody is said to have moved them', () => {
    const management: ManagementRules = { ...partialClose, ...trailing };
    const world = new AccountWorld({
      policy: aPolicy({ takeProfitAtr: 8, management }),
      instrument: { tickSize: 0.25, tickValue: 25 },
    }).open();
    world.bar(aPrediction('buy', { atr: 300.13 }));
    for (const [index, bid] of [95_190.5, 95_333.25, 95_555.5].entries()) {
      world.move(bid, monday + (index + 1) * barMs);
      world.bar(aPrediction('hold', { bar: index + 1, atr: 300.13 }));
    }
    const reasons = world.facts('protect-intended').map(({ reason }) => reason);
    expect([...new Set(reasons)]).toEqual(['breakeven', 'trailing']);
    const [position] = Object.values(world.state.positions);
    expect(position?.breakeven?.isSet).toBe(true);
    for (const { stopLoss } of world.facts('protect-intended')) expect(stopLoss % 0.25).toBe(0);
    expect(world.facts('order-intended')[0]?.intent.order).toMatchObject({
      ...{ stopLoss: 94_704.75, takeProfit: 97_406 },
    });
    expect(discrepanciesOf(world.journal, initialState(account))).toEqual([]);
    expect(world.heard('alert')).toEqual([]);
  });

  test('go to breakeven though the spread is no whole number of ticks', () => {
    const world = new AccountWorld({
      policy: aPolicy({ takeProfitAtr: 8, management: partialClose }),
      instrument: { tickSize: 4, tickValue: 400 },
    }).open();
    world.bar(aPrediction('buy'));
    next(world, 1, 95_190);
    expect(standing(world)).toEqual([[3, 95_008, 97_404]]);
  });
});

describe('without management', () => {
  test('no position is touched', () => {
    const world = new AccountWorld({ policy: aPolicy({ takeProfitAtr: 8 }) }).open();
    world.bar(aPrediction('buy'));
    next(world, 1, 95_400);
    expect(standing(world)).toEqual([[6, 94_705, 97_405]]);
  });
});

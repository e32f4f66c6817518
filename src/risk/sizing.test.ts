import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Instrument, lots, valuePerLot } from '../domain/instrument.ts';
import { fraction, money, steps } from '../domain/units.ts';
import { type SizingPlan, sizeEntry } from './sizing.ts';

function anInstrument(changes: Partial<Instrument> = {}): Instrument {
  return {
    symbol: 'BTCUSD',
    brokerSymbol: 'BTCUSD',
    digits: 2,
    point: 0.01,
    tickSize: 0.01,
    tickValue: 0.01,
    contractSize: 1,
    volumeStep: 0.01,
    volumeMin: steps(1),
    volumeMax: steps(10_000),
    stopsLevelPoints: 0,
    spreadPoints: 1_500,
    isTradable: true,
    ...changes,
  };
}

function aPlan(changes: Partial<SizingPlan> = {}): SizingPlan {
  return {
    equity: money(10_000),
    freeMargin: money(10_000),
    leverage: 500,
    entry: 95_000,
    stopDistance: 500,
    risk: fraction(0.03),
    riskMax: fraction(0.1),
    lotsMin: 0.01,
    lotsMax: 100,
    ...changes,
  };
}

const centBitcoin = anInstrument({ brokerSymbol: 'BTCUSDc', tickValue: 1 });

describe('the size of an entry', () => {
  test.each([
    ['3 % of 10,000 USD over 500 USD are 0.6 lot', aPlan(), anInstrument(), 60],
    [
      'the same account in cents gets the same lots',
      aPlan({ equity: money(1_000_000), freeMargin: money(1_000_000) }),
      centBitcoin,
      60,
    ],
    ['it is rounded down', aPlan({ stopDistance: 501 }), anInstrument(), 59],
    [
      'a whole number of steps stays whole',
      aPlan({
        equity: money(100),
        risk: fraction(0.29),
        riskMax: fraction(0.5),
        stopDistance: 100,
      }),
      anInstrument(),
      29, // 0.29 x 100 is 28.999999999999996
    ],
    ['lots are capped by the configuration', aPlan({ lotsMax: 0.25 }), anInstrument(), 25],
    ['and by the instrument', aPlan(), anInstrument({ volumeMax: steps(10) }), 10],
    ['and by half of the free margin', aPlan({ freeMargin: money(190) }), anInstrument(), 50],
    [
      'and by the greatest risk of any trade',
      aPlan({ riskMax: fraction(0.01) }),
      anInstrument(),
      20,
    ],
    [
      'the smallest lot is taken where its risk is bearable',
      aPlan({ equity: money(100), stopDistance: 500 }),
      anInstrument(),
      1,
    ],
    [
      'a configured smallest lot counts',
      aPlan({ equity: money(1_000), lotsMin: 0.1 }),
      anInstrument(),
      10,
    ],
  ] as const)('%s', (_, plan, instrument, volume) => {
    expect(sizeEntry(plan, instrument)).toMatchObject({ verdict: 'sized', volume });
  });

  test.each([
    ['risk-max', aPlan({ equity: money(49), freeMargin: money(49) }), 5 / 49, 0.1],
    ['free-margin', aPlan({ freeMargin: money(3) }), 1.9, 1.5],
    ['lots-max', aPlan({ lotsMax: 0.005 }), 1, 0],
    ['equity', aPlan({ equity: money(0) }), 0, 0],
    ['equity', aPlan({ equity: money(-5) }), -5, 0],
    ['equity', aPlan({ stopDistance: 0 }), 0, 0],
  ] as const)('is denied by %s', (limit, plan, observed, allowed) => {
    const assessed = sizeEntry(plan, anInstrument());
    expect(assessed).toMatchObject({ verdict: 'denied', denial: { limit } });
    if (assessed.verdict === 'denied') {
      expect(assessed.denial.observed).toBeCloseTo(observed, 9);
      expect(assessed.denial.allowed).toBeCloseTo(allowed, 9);
    }
  });

  test('never risks more at the stop than any cap, on whatever instrument', () => {
    const instruments = fc
      .record({
        digits: fc.integer({ min: 0, max: 5 }),
        tickValue: fc.double({ min: 0.001, max: 100, noNaN: true }),
        volumeStep: fc.constantFrom(0.001, 0.01, 0.1, 1),
        volumeMin: fc.integer({ min: 1, max: 20 }),
        volumeMax: fc.integer({ min: 20, max: 100_000 }),
      })
      .map(({ digits, volumeMin, volumeMax, ...rest }) =>
        anInstrument({
          ...rest,
          digits,
          point: 10 ** -digits,
          tickSize: 10 ** -digits,
          volumeMin: steps(volumeMin),
          volumeMax: steps(volumeMax),
        }),
      );
    const plans = fc
      .record({
        equity: fc.double({ min: 1, max: 1e7, noNaN: true }),
        freeShare: fc.double({ min: 0, max: 1, noNaN: true }),
        leverage: fc.constantFrom(1, 30, 100, 500, 2_000),
        entry: fc.double({ min: 0.5, max: 200_000, noNaN: true }),
        stopShare: fc.double({ min: 1e-5, max: 0.2, noNaN: true }),
        risk: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
        riskMax: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
        lotsMin: fc.constantFrom(0.001, 0.01, 0.1),
        lotsMax: fc.constantFrom(0.5, 5, 100),
      })
      .map(({ freeShare, stopShare, equity, risk, riskMax, ...rest }) => ({
        ...rest,
        equity: money(equity),
        freeMargin: money(equity * freeShare),
        stopDistance: rest.entry * stopShare,
        risk: fraction(risk),
        riskMax: fraction(riskMax),
      }));
    fc.assert(
      fc.property(plans, instruments, (plan, instrument) => {
        const sized = sizeEntry(plan, instrument);
        if (sized.verdict === 'denied') return;
        const size = lots(instrument, sized.volume);
        const cost = size * valuePerLot(instrument) * plan.stopDistance;
        const margin = (size * valuePerLot(instrument) * plan.entry) / plan.leverage;
        const noise = 1 + 1e-8;
        expect(Number.isInteger(sized.volume)).toBe(true);
        expect(sized.riskMoney).toBeCloseTo(cost, 6);
        expect(cost).toBeLessThanOrEqual(plan.equity * plan.riskMax * noise);
        const isLifted =
          sized.volume <=
          Math.max(instrument.volumeMin, Math.ceil(plan.lotsMin / instrument.volumeStep - 1e-6), 1);
        if (!isLifted) expect(cost).toBeLessThanOrEqual(plan.equity * plan.risk * noise);
        expect(margin).toBeLessThanOrEqual((plan.freeMargin / 2) * noise);
        expect(size).toBeLessThanOrEqual(plan.lotsMax * noise);
        expect(sized.volume).toBeGreaterThanOrEqual(instrument.volumeMin);
        expect(sized.volume).toBeLessThanOrEqual(instrument.volumeMax);
      }),
      { numRuns: 2_000 },
    );
  });
});

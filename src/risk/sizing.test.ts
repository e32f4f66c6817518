import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Instrument, lots, valuePerLot } from '../domain/instrument.ts';
import { epochMs, fraction, money, price, roundTo, steps } from '../domain/units.ts';
import { assessVolume, type SizeBound, type SizingPlan, sizeEntry } from './sizing.ts';
import { planStops } from './stops.ts';

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
    entry: price(95_000),
    stopLoss: price(94_500),
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
    ['it is rounded down', aPlan({ stopLoss: price(94499) }), anInstrument(), 59],
    [
      'a whole number of steps stays whole',
      aPlan({
        equity: money(100),
        risk: fraction(0.29),
        riskMax: fraction(0.5),
        stopLoss: price(94900),
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
      aPlan({ equity: money(100), stopLoss: price(94500) }),
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
    ['equity', aPlan({ stopLoss: price(95000) }), 0, 0],
  ] as const)('is denied by %s', (limit, plan, observed, allowed) => {
    const assessed = sizeEntry(plan, anInstrument());
    expect(assessed).toMatchObject({ verdict: 'denied', denial: { limit } });
    if (assessed.verdict === 'denied') {
      expect(assessed.denial.observed).toBeCloseTo(observed, 9);
      expect(assessed.denial.allowed).toBeCloseTo(allowed, 9);
    }
  });

  test.each<[string, Partial<SizingPlan>, Partial<Instrument>, number, number, SizeBound]>([
    ['the risk', {}, {}, 0.6, 60, 'risk'],
    ['the configured lots', { lotsMax: 0.25 }, {}, 0.6, 25, 'lots-max'],
    ['the broker’s lots', {}, { volumeMax: steps(10) }, 0.6, 10, 'volume-max'],
    ['the free margin', { freeMargin: money(190) }, {}, 0.6, 50, 'free-margin'],
    ['the greatest risk of any trade', { riskMax: fraction(0.01) }, {}, 0.6, 20, 'risk-max'],
    ['the smallest lot', { equity: money(100) }, {}, 0, 1, 'smallest-lot'],
    ['no edge at all, lifted', { risk: fraction(0) }, {}, 0, 1, 'smallest-lot'],
  ])(
    'says that %s decided it, and what the risk asked for',
    (_, plan, own, lotsWanted, volume, bound) => {
      expect(sizeEntry(aPlan(plan), anInstrument(own))).toMatchObject({
        volume,
        lotsWanted,
        bound,
      });
    },
  );

  test.each<[string, Partial<SizingPlan>, number]>([
    // 10 % of 40 USD over 0.01 lot are 400 USD of distance.
    ['a buy', { stopLoss: price(94_500) }, 94_600],
    ['a sell', { stopLoss: price(95_500) }, 95_400],
  ])('brings the stop of the smallest lot of %s to the hard cap', (_, plan, stopLoss) => {
    const small = { equity: money(40), freeMargin: money(40), shrinksStop: true };
    const sized = sizeEntry(aPlan({ ...small, ...plan }), anInstrument());
    expect(sized).toMatchObject({ volume: 1, stopLoss, riskMoney: 4, bound: 'hard-cap' });
    expect(sizeEntry(aPlan({ ...small, ...plan, shrinksStop: false }), anInstrument())).toEqual({
      verdict: 'denied',
      denial: { limit: 'risk-max', observed: 0.125, allowed: 0.1 },
    });
  });

  test.each<[string, Partial<SizingPlan>, number]>([
    // 3.999 USD of 0.01 lot are 399.9 USD of distance, and the nearest tick is 400 away.
    ['a buy', { stopLoss: price(94_500) }, 94_600.25],
    ['a sell', { stopLoss: price(95_500) }, 95_399.75],
  ])('brings the stop of %s to a tick within the hard cap', (_, plan, stopLoss) => {
    const small = { equity: money(39.99), freeMargin: money(39.99), shrinksStop: true };
    const coarse = anInstrument({ tickSize: 0.25, tickValue: 0.25 });
    const sized = sizeEntry(aPlan({ ...small, ...plan }), coarse);
    expect(sized).toMatchObject({ volume: 1, stopLoss, riskMoney: 3.9975, bound: 'hard-cap' });
  });

  test('brings no stop to a tick beyond the price', () => {
    const between = aPlan({
      ...{ entry: price(95_000.1), stopLoss: price(95_000), shrinksStop: true },
      ...{ equity: money(0.005), freeMargin: money(10) },
    });
    expect(sizeEntry(between, anInstrument({ tickSize: 0.25, tickValue: 0.25 }))).toMatchObject({
      denial: { limit: 'risk-max' },
    });
  });

  test('never brings a stop nearer than to half of its distance', () => {
    const atHalf = aPlan({ equity: money(25), freeMargin: money(25), shrinksStop: true });
    expect(sizeEntry(atHalf, anInstrument())).toMatchObject({ stopLoss: 94_750 });
    expect(sizeEntry({ ...atHalf, equity: money(24.99) }, anInstrument())).toMatchObject({
      denial: { limit: 'risk-max' },
    });
  });
});

const instruments = fc
  .record({
    tickSize: fc.constantFrom(1e-5, 1e-4, 0.001, 0.01, 0.05, 0.1, 0.25, 1, 10),
    tickValue: fc.integer({ min: 1, max: 10_000_000 }).map((value) => value / 1e5),
    volumeStep: fc.constantFrom(0.001, 0.01, 0.05, 0.1, 1),
    volumeMin: fc.integer({ min: 1, max: 20 }),
    volumeMax: fc.integer({ min: 20, max: 100_000 }),
    moreDigits: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ tickSize, volumeMin, volumeMax, moreDigits, ...rest }) => {
    const ofTick = (tickSize.toFixed(5).replace(/0+$/, '').split('.')[1] ?? '').length;
    const digits = Math.min(5, ofTick + moreDigits);
    return anInstrument({
      ...{ ...rest, tickSize, digits, point: 10 ** -digits },
      ...{ volumeMin: steps(volumeMin), volumeMax: steps(volumeMax) },
    });
  });

/** Amounts, prices and shares as people and brokers write them, cents of an account of billions included. */
const cases = fc
  .tuple(
    instruments,
    fc.record({
      cents: fc.bigInt({ min: 1n, max: 10n ** 14n }),
      freePercent: fc.integer({ min: 0, max: 100 }),
      leverage: fc.constantFrom(1, 30, 100, 500, 2_000),
      entryTicks: fc.integer({ min: 2, max: 1_000_000 }),
      stopTicks: fc.integer({ min: 1, max: 500_000 }),
      isBuy: fc.boolean(),
      risk: fc.integer({ min: 0, max: 2_000 }),
      riskMax: fc.integer({ min: 1, max: 2_000 }),
      lotsMin: fc.constantFrom(0.001, 0.01, 0.1),
      lotsMax: fc.constantFrom(0.5, 5, 100, 1_000),
      shrinksStop: fc.boolean(),
    }),
  )
  .map(([instrument, { cents, ...random }]) => {
    const { entryTicks, isBuy } = random;
    const stopTicks = isBuy ? Math.min(random.stopTicks, entryTicks - 1) : random.stopTicks;
    const at = (ticks: number) => price(roundTo(ticks * instrument.tickSize, 5));
    const { leverage, lotsMin, lotsMax, shrinksStop } = random;
    const plan: SizingPlan = {
      ...{ leverage, lotsMin, lotsMax, shrinksStop },
      equity: money(Number(cents) / 100),
      freeMargin: money(Math.round((Number(cents) * random.freePercent) / 100) / 100),
      entry: at(entryTicks),
      stopLoss: at(isBuy ? entryTicks - stopTicks : entryTicks + stopTicks),
      risk: fraction(random.risk / 1e4),
      riskMax: fraction(random.riskMax / 1e4),
    };
    return { plan, instrument };
  });

/** A decimal of at most five places, in hundred-thousandths: nothing is lost. */
const whole = (value: number) => BigInt(Math.round(value * 1e5));

/** What a move costs, times 10^20, and the divisor that belongs to it. */
function costOf(volume: number, move: number, { tickSize, tickValue, volumeStep }: Instrument) {
  const cost = BigInt(volume) * whole(volumeStep) * whole(tickValue) * whole(move);
  return { cost: cost * 10n ** 10n, divisor: whole(tickSize) };
}

type Sized = { readonly volume: number; readonly bound: SizeBound };

function boundOf(plan: SizingPlan, instrument: Instrument): SizeBound {
  const sized = sizeEntry(plan, instrument);
  if (sized.verdict === 'denied') throw new Error(`denied by ${sized.denial.limit}`);
  return sized.bound;
}

/** The risk at the stop within the caps, and the margin within half of what is free; to the last digit. */
function expectWithin({ volume, bound }: Sized, plan: SizingPlan, instrument: Instrument): void {
  const loss = costOf(volume, roundTo(Math.abs(plan.entry - plan.stopLoss), 5), instrument);
  const allowed = (share: number) => whole(plan.equity) * whole(share) * 10n ** 10n * loss.divisor;
  expect(loss.cost <= allowed(plan.riskMax)).toBe(true);
  const isLifted = bound === 'smallest-lot' || bound === 'hard-cap';
  if (!isLifted) expect(loss.cost <= allowed(plan.risk)).toBe(true);
  const margin = costOf(volume, plan.entry, instrument);
  const carries = whole(plan.freeMargin) * 10n ** 15n * margin.divisor * BigInt(plan.leverage);
  expect(margin.cost * 2n <= carries).toBe(true);
}

/** A case that was sized, and its plan after the price has moved by up to half of the way to the stop. */
const movedCases = fc
  .tuple(cases, fc.integer({ min: -50, max: 50 }))
  .map(([{ plan, instrument }, percent]) => {
    const sized = sizeEntry(plan, instrument);
    if (sized.verdict === 'denied') return undefined;
    const { stopLoss } = sized;
    const moved = stopLoss + (plan.entry - stopLoss) * (1 + percent / 100);
    const entry = price(Math.max(1e-5, roundTo(moved, 5)));
    return { volume: sized.volume, now: { ...plan, entry, stopLoss }, instrument };
  })
  .filter((moved) => moved !== undefined);

/** Plans whose stops were laid from an ATR of any length, at a price that need not be a whole tick. */
const placedCases = fc
  .tuple(cases, fc.double({ min: 0.5, max: 1.5, noNaN: true }), fc.integer({ min: 0, max: 99 }))
  .map(([{ plan, instrument }, share, points]) => {
    const entry = price(roundTo(plan.entry + points * instrument.point, instrument.digits));
    const stops = planStops(
      {
        ...{ stopLossAtr: 1, takeProfitAtr: 1 },
        side: plan.stopLoss < plan.entry ? 'buy' : 'sell',
        quote: { bid: entry, ask: entry, at: epochMs(0) },
        atr: Math.abs(plan.entry - plan.stopLoss) * share,
      },
      instrument,
    );
    if (stops.verdict === 'denied') return undefined;
    return { plan: { ...plan, entry, stopLoss: stops.stopLoss }, instrument };
  })
  .filter((placed) => placed !== undefined);

describe('a volume that was sized before', () => {
  test.each<[string, Partial<SizingPlan>, Partial<Instrument>, number, number]>([
    ['risk', { entry: price(95_400) }, {}, 0.054, 0.03],
    ['risk', { risk: fraction(0) }, {}, 0.03, 0],
    ['risk-max', { riskMax: fraction(0.02) }, {}, 0.03, 0.02],
    ['free-margin', { freeMargin: money(200) }, {}, 114, 100],
    ['lots-max', { lotsMax: 0.5 }, {}, 60, 50],
    ['volume-max', {}, { volumeMax: steps(40) }, 60, 40],
    ['equity', { equity: money(0) }, {}, 0, 0],
  ])('is beyond %s', (limit, plan, own, observed, allowed) => {
    const denial = assessVolume(steps(60), aPlan(plan), anInstrument(own));
    expect(denial).toEqual({ limit, observed, allowed });
  });

  test.each<[string, number, Partial<SizingPlan>]>([
    ['at the price that it was sized at', 60, {}],
    ['at a price that is nearer to its stop', 60, { entry: price(94_600) }],
    ['as the smallest lot, while that is bearable', 1, { risk: fraction(0) }],
  ])('still fits %s', (_, volume, plan) => {
    expect(assessVolume(steps(volume), aPlan(plan), anInstrument())).toBeUndefined();
  });

  test('is beyond the greatest risk where even the smallest lot is, and no stop is brought nearer', () => {
    const small = aPlan({ equity: money(40), freeMargin: money(40), shrinksStop: true });
    expect(assessVolume(steps(1), small, anInstrument())).toEqual({
      ...{ limit: 'risk-max', observed: 0.125, allowed: 0.1 },
    });
  });

  test('fits a plan of now only within every cap of it', () => {
    const denials = { none: 0, some: 0 };
    fc.assert(
      fc.property(movedCases, ({ now, instrument, volume }) => {
        const denial = assessVolume(volume, now, instrument);
        denials[denial ? 'some' : 'none'] += 1;
        if (denial) expect(denial.observed).toBeGreaterThanOrEqual(denial.allowed);
        else expectWithin({ volume, bound: boundOf(now, instrument) }, now, instrument);
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(denials.none, denials.some)).toBeGreaterThan(20);
  });
});

describe('whatever the instrument, the currency and the balance', () => {
  test('stops are sized where they are sent, though ATR and price lie between ticks', () => {
    let coarseOnes = 0;
    fc.assert(
      fc.property(placedCases, ({ plan, instrument }) => {
        const sized = sizeEntry(plan, instrument);
        if (sized.verdict === 'denied') return;
        const { tickSize, point } = instrument;
        const sent = roundTo(Math.round(sized.stopLoss / tickSize) * tickSize, 5);
        expect(sent).toBe(sized.stopLoss);
        expect(sent < plan.entry).toBe(plan.stopLoss < plan.entry);
        expectWithin(sized, { ...plan, stopLoss: price(sent) }, instrument);
        if (tickSize > 1.5 * point) coarseOnes += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(coarseOnes).toBeGreaterThan(100);
  });

  test('the stop costs no more than every cap, to the last digit', () => {
    let sizedOnes = 0;
    fc.assert(
      fc.property(cases, ({ plan, instrument }) => {
        const sized = sizeEntry(plan, instrument);
        if (sized.verdict === 'denied') return;
        sizedOnes += 1;
        const { volume, stopLoss, bound } = sized;
        const move = roundTo(Math.abs(plan.entry - stopLoss), 5);
        const { cost, divisor } = costOf(volume, move, instrument);
        // equity x share, times 10^20
        const allowed = (share: number) => whole(plan.equity) * whole(share) * 10n ** 10n * divisor;
        expect(cost <= allowed(plan.riskMax)).toBe(true);
        const isLifted = bound === 'smallest-lot' || bound === 'hard-cap';
        if (!isLifted) expect(cost <= allowed(plan.risk)).toBe(true);
        const margin = costOf(volume, plan.entry, instrument);
        const carries = whole(plan.freeMargin) * 10n ** 15n * divisor * BigInt(plan.leverage);
        expect(margin.cost * 2n <= carries).toBe(true);
        expect(Number.isSafeInteger(volume)).toBe(true);
        expect(volume).toBeGreaterThanOrEqual(instrument.volumeMin);
        expect(volume).toBeLessThanOrEqual(instrument.volumeMax);
        expect(BigInt(volume) * whole(instrument.volumeStep) <= whole(plan.lotsMax)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
    expect(sizedOnes).toBeGreaterThan(300);
  });

  test('one step more would break the bound that is named', () => {
    fc.assert(
      fc.property(cases, ({ plan, instrument }) => {
        const sized = sizeEntry(plan, instrument);
        if (sized.verdict === 'denied') return;
        const more = sized.volume + 1;
        const loss = costOf(more, roundTo(Math.abs(plan.entry - plan.stopLoss), 5), instrument);
        const margin = costOf(more, plan.entry, instrument);
        const share = (risk: number) =>
          whole(plan.equity) * whole(risk) * 10n ** 10n * loss.divisor;
        const free = whole(plan.freeMargin) * 10n ** 15n * margin.divisor * BigInt(plan.leverage);
        const isTooMuch: Readonly<Record<SizeBound, boolean>> = {
          risk: loss.cost > share(plan.risk),
          'smallest-lot': loss.cost > share(plan.risk),
          'hard-cap': loss.cost > share(plan.riskMax),
          'risk-max': loss.cost > share(plan.riskMax),
          'lots-max': BigInt(more) * whole(instrument.volumeStep) > whole(plan.lotsMax),
          'volume-max': more > instrument.volumeMax,
          'free-margin': margin.cost * 2n > free,
        };
        expect(isTooMuch[sized.bound]).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the risk that is told is what the lots cost', () => {
    fc.assert(
      fc.property(cases, ({ plan, instrument }) => {
        const sized = sizeEntry(plan, instrument);
        if (sized.verdict === 'denied') return;
        const size = lots(instrument, sized.volume);
        const cost = size * valuePerLot(instrument) * Math.abs(plan.entry - sized.stopLoss);
        expect(Math.abs(sized.riskMoney - cost)).toBeLessThanOrEqual(cost * 1e-6);
      }),
    );
  });

  test('the same money in cents gets the same lots', () => {
    fc.assert(
      fc.property(cases, ({ plan, instrument }) => {
        const inCents = sizeEntry(
          {
            ...plan,
            equity: money(roundTo(plan.equity * 100, 2)),
            freeMargin: money(roundTo(plan.freeMargin * 100, 2)),
          },
          { ...instrument, tickValue: roundTo(instrument.tickValue * 100, 5) },
        );
        const inWhole = sizeEntry(plan, instrument);
        expect(inCents.verdict).toBe(inWhole.verdict);
        if (inCents.verdict === 'denied' || inWhole.verdict === 'denied') return;
        expect(inCents.volume).toBe(inWhole.volume);
      }),
    );
  });
});

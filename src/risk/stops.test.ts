import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instrument } from '../domain/instrument.ts';
import type { Side } from '../domain/order.ts';
import { epochMs, price, roundTo, steps } from '../domain/units.ts';
import { planStops } from './stops.ts';

const bitcoin: Instrument = {
  symbol: 'BTCUSD',
  brokerSymbol: 'BTCUSD',
  digits: 2,
  point: 0.01,
  tickSize: 0.01,
  tickValue: 0.01,
  contractSize: 1,
  volumeStep: 0.01,
  volumeMin: steps(1),
  volumeMax: steps(100),
  stopsLevelPoints: 0,
  spreadPoints: 1_500,
  isTradable: true,
};
const quote = { bid: price(95_000), ask: price(95_015), at: epochMs(0) };

function aPlan(side: Side, atr: number) {
  return { side, quote, atr, stopLossAtr: 1, takeProfitAtr: 1.5 };
}

describe('the stops of an entry', () => {
  test('are laid from the ask for a buy and from the bid for a sell', () => {
    expect(planStops(aPlan('buy', 300), bitcoin)).toEqual({
      verdict: 'placed',
      expectedPrice: 95_015,
      stopLoss: 94_715,
      takeProfit: 95_465,
    });
    expect(planStops(aPlan('sell', 300), bitcoin)).toEqual({
      verdict: 'placed',
      expectedPrice: 95_000,
      stopLoss: 95_300,
      takeProfit: 94_550,
    });
  });

  test.each([
    [0.01, 94_714.88, 95_465.19],
    [0.25, 94_715, 95_465.25],
    [5, 94_715, 95_465],
  ])('are put on the grid of ticks of %s', (tickSize, stopLoss, takeProfit) => {
    const plan = planStops(aPlan('buy', 300.12345), { ...bitcoin, tickSize });
    expect(plan).toMatchObject({ stopLoss, takeProfit });
  });

  test.each([
    [
      'nearer than the stops level',
      aPlan('buy', 300),
      { stopsLevelPoints: 30_000 },
      28_500,
      30_000,
    ],
    ['inside the spread', aPlan('buy', 10), {}, -500, 1],
    ['inside the spread of a sell', aPlan('sell', 10), {}, -500, 1],
    ['wider than the price', aPlan('buy', 96_000), {}, 0, 1],
    ['of an ATR that is no number', aPlan('buy', Number.NaN), {}, 0, 1],
  ] as const)('are denied %s', (_, plan, changes, observed, allowed) => {
    expect(planStops(plan, { ...bitcoin, ...changes })).toEqual({
      verdict: 'denied',
      denial: { limit: 'stops-level', observed, allowed },
    });
  });

  test('may stand exactly at the stops level', () => {
    const level = { ...bitcoin, stopsLevelPoints: 28_500 };
    expect(planStops(aPlan('buy', 300), level)).toMatchObject({ verdict: 'placed' });
  });

  test('always lie on their own side of the price that triggers them, on the price grid', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Side>('buy', 'sell'),
        fc.double({ min: 0.001, max: 5_000, noNaN: true }),
        (side, atr) => {
          const plan = planStops(aPlan(side, atr), bitcoin);
          if (plan.verdict === 'denied') return;
          const { stopLoss, takeProfit } = plan;
          const trigger = side === 'buy' ? quote.bid : quote.ask;
          const isRightWay =
            side === 'buy'
              ? stopLoss < trigger && trigger < takeProfit
              : takeProfit < trigger && trigger < stopLoss;
          expect(isRightWay).toBe(true);
          expect(roundTo(stopLoss, 2)).toBe(stopLoss);
          expect(roundTo(takeProfit, 2)).toBe(takeProfit);
        },
      ),
    );
  });
});

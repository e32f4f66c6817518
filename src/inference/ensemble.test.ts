import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Probabilities } from '../domain/prediction.ts';
import { type Calibration, ensembleAnswer, memberPrediction, voteOf } from './ensemble.ts';

const identity = { x: [0, 1], y: [0, 1] };
const untouched: Calibration = { buy: identity, sell: identity, hold: identity };
const even: Probabilities = { buy: 1 / 3, sell: 1 / 3, hold: 1 / 3 };

describe('a vote', () => {
  test.each([
    { buy: 0.5, sell: 0.3, hold: 0.2, vote: 'buy' },
    { buy: 0.3, sell: 0.5, hold: 0.2, vote: 'sell' },
    { buy: 0.2, sell: 0.3, hold: 0.5, vote: 'hold' },
    { buy: 0.4, sell: 0.4, hold: 0.2, vote: 'hold' },
    { buy: 0.4, sell: 0.2, hold: 0.4, vote: 'hold' },
    { buy: 0.2, sell: 0.4, hold: 0.4, vote: 'hold' },
    { ...even, vote: 'hold' },
  ])('of $buy / $sell / $hold is $vote: a shared first place wins nothing', ({ vote, ...of }) => {
    expect(voteOf(of)).toBe(vote);
  });
});

describe('a member', () => {
  test('is calibrated class by class and scaled to sum 1', () => {
    const calibration: Calibration = {
      buy: { x: [0, 1], y: [0, 0.5] },
      sell: { x: [0, 1], y: [0.2, 0.2] },
      hold: { x: [0, 1], y: [0.1, 0.1] },
    };
    const raw = { buy: 0.8, sell: 0.1, hold: 0.1 };
    const { calibrated, vote, raw: kept } = memberPrediction(raw, calibration);
    expect(kept).toEqual(raw);
    expect(calibrated.buy).toBeCloseTo(0.4 / 0.7, 12);
    expect(calibrated.sell).toBeCloseTo(0.2 / 0.7, 12);
    expect(vote).toBe('buy');
  });

  test('says nothing where its calibration claims no class', () => {
    const never = { x: [0, 1], y: [0, 0] };
    const silent = memberPrediction(even, { buy: never, sell: never, hold: never });
    expect(silent).toMatchObject({ calibrated: even, vote: 'hold' });
  });

  test('always gives probabilities', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const table = fc.tuple(share, share).map(([a, b]) => ({
      x: [0, 1],
      y: [Math.min(a, b), Math.max(a, b)],
    }));
    const classes = <T>(of: fc.Arbitrary<T>) => fc.record({ buy: of, sell: of, hold: of });
    fc.assert(
      fc.property(classes(share), classes(table), (raw, calibration) => {
        const { buy, sell, hold } = memberPrediction(raw, calibration).calibrated;
        expect(Math.min(buy, sell, hold)).toBeGreaterThanOrEqual(0);
        expect(buy + sell + hold).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe('an ensemble', () => {
  test('answers with the mean of its members and keeps each of them', () => {
    const answer = ensembleAnswer(
      [
        ['rf', { buy: 0.6, sell: 0.2, hold: 0.2 }],
        ['xgb', { buy: 0.1, sell: 0.8, hold: 0.1 }],
      ],
      { rf: untouched, xgb: untouched },
    );
    expect(answer.mean.buy).toBeCloseTo(0.35, 12);
    expect(answer.mean.sell).toBeCloseTo(0.5, 12);
    expect(answer.mean.hold).toBeCloseTo(0.15, 12);
    expect(answer.members).toMatchObject({ rf: { vote: 'buy' }, xgb: { vote: 'sell' } });
  });

  test('refuses a member that nobody calibrated', () => {
    expect(() => ensembleAnswer([['new', even]], { rf: untouched })).toThrow('new');
  });
});

import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import type { PositionAction, PositionPrediction } from '../domain/position-prediction.ts';
import { price, steps } from '../domain/units.ts';
import type { ManagementRules } from '../strategy/management.ts';
import { positionQuestions } from './position-questions.ts';
import { reportOf } from './report.ts';

const positionExit = { exitMin: 0.8, gapMin: 0.25, addMin: 0.65, barsHeldMin: 2 };

/** A buy of 6 steps at 95,005, 300 from its stop, and as many bars after it. */
function bought({
  bars = 2,
  management = { positionExit },
}: {
  bars?: number;
  management?: ManagementRules;
} = {}) {
  const world = new AccountWorld({ policy: aPolicy({ takeProfitAtr: 8, management }) }).open();
  world.bar(aPrediction('buy'));
  for (let bar = 1; bar <= bars; bar += 1) next(world, bar);
  return world;
}

function next(world: AccountWorld, bar: number, bid = 95_155): void {
  world.move(bid, monday + bar * barMs);
  world.bar(aPrediction('hold', { bar }));
}

function questions(world: AccountWorld, bar: number) {
  const { trace, symbol } = aPrediction('hold', { bar });
  return positionQuestions(world.state, { trace, symbol });
}

function sure(action: PositionAction, trace: string): PositionPrediction {
  const mean = { hold: 0.05, exit: 0.05, add: 0.05, [action]: 0.9 };
  const member = { calibrated: mean, vote: action };
  return { trace, modelHash: 'model-1', mean, members: { rf: member, xgb: member, lgb: member } };
}

function answer(world: AccountWorld, bar: number, action: PositionAction): void {
  for (const question of questions(world, bar)) {
    const prediction = sure(action, question.trace);
    world.give({ type: 'position-judged', answer: { question, prediction } });
  }
}

describe('the position model', () => {
  test('is asked about a position that was held long enough, with its state', () => {
    const world = bought({ bars: 1 });
    expect(questions(world, 1)).toEqual([]);
    next(world, 2);
    expect(questions(world, 2)).toEqual([
      {
        ...{ trace: aPrediction('hold', { bar: 2 }).trace, symbol: 'BTCUSD', ticket: 1001 },
        state: [2 / 48, expect.closeTo(15_000 / 95_005, 9), 0.5, 1],
      },
    ]);
  });

  test('is asked once at each bar, and again after a restart that came before its answer', () => {
    const world = bought();
    world.open();
    world.read();
    expect(questions(world, 2)).toHaveLength(1);
    answer(world, 2, 'hold');
    expect(questions(world, 2)).toEqual([]);
    world.open();
    world.read();
    expect(questions(world, 2)).toEqual([]);
    next(world, 3);
    expect(questions(world, 3)).toHaveLength(1);
  });

  test('is not asked about what nobody planned, what is being closed, and without its rules', () => {
    const world = bought();
    const stranger = { symbol: 'BTCUSD', side: 'buy', volume: steps(3), comment: '' } as const;
    world.broker.open({ ...stranger, isOwned: true, stopLoss: price(94_000) });
    world.broker.open({ ...stranger, isOwned: false, stopLoss: price(94_000) });
    next(world, 3);
    next(world, 4);
    expect(questions(world, 4).map(({ ticket }) => ticket)).toEqual([1001]);
    world.command('flatten');
    expect(questions(world, 4)).toEqual([]);
    expect(questions(bought({ management: {} }), 2)).toEqual([]);
  });

  test('closes a position by its exit', () => {
    const world = bought();
    answer(world, 2, 'exit');
    expect(world.broker.positions).toEqual([]);
    expect(world.facts('position-assessed')).toMatchObject([{ action: 'exit', votes: 3 }]);
    expect(world.facts('position-closed')).toMatchObject([{ closeType: 'ML_EXIT' }]);
    expect(reportOf(world.journal).closes).toMatchObject({ ML_EXIT: 1, MANUAL: 0 });
    const types = world.journal.map(({ type }) => type);
    expect(types.indexOf('position-assessed')).toBeLessThan(types.indexOf('close-intended'));
  });

  test.each<PositionAction>(['hold', 'add'])('leaves a position alone by its "%s"', (action) => {
    const world = bought();
    answer(world, 2, action);
    expect(world.broker.positions).toMatchObject([{ volume: 6 }]);
    expect(world.facts('position-assessed')).toMatchObject([{ action }]);
    expect(world.facts('close-intended')).toEqual([]);
  });

  test.each(['pause', 'halt'] as const)(
    'closes positions after %s: no guard keeps one open',
    (command) => {
      const world = bought();
      world.command(command);
      answer(world, 2, 'exit');
      expect(world.broker.positions).toEqual([]);
    },
  );

  test('is not heard when its answer is about an earlier bar', () => {
    const world = bought();
    const [question] = questions(world, 2);
    next(world, 3);
    if (!question) throw new Error('nothing was asked');
    const prediction = sure('exit', question.trace);
    world.give({ type: 'position-judged', answer: { question, prediction } });
    expect(world.facts('position-assessed')).toEqual([]);
    expect(world.broker.positions).toHaveLength(1);
  });

  test('that cannot answer leaves a word', () => {
    const world = bought();
    const [question] = questions(world, 2);
    if (!question) throw new Error('nothing was asked');
    world.give({ type: 'position-judged', answer: { question, missing: 'no model' } });
    expect(world.heard('alert').at(-1)?.reason).toContain('was not judged');
  });
});

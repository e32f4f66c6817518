import { describe, expect, test } from 'vitest';
import { AccountStage } from '../../test/account-stage.ts';
import {
  AccountWorld,
  account,
  aPolicy,
  aPrediction,
  aQuote,
  barMs,
  monday,
} from '../../test/account-world.ts';
import type { AccountState } from '../account/account-state.ts';
import type { PositionAnswer, PositionQuestion } from '../account/position-questions.ts';
import type { PositionAction } from '../domain/position-prediction.ts';
import type { InferenceMessage } from './inference.ts';
import { PositionDesk } from './position-desk.ts';

const positionExit = { exitMin: 0.8, gapMin: 0.25, addMin: 0.65, barsHeldMin: 1 };

function sure(action: PositionAction, question: PositionQuestion): PositionAnswer {
  const mean = { hold: 0.05, exit: 0.05, add: 0.05, [action]: 0.9 };
  const member = { calibrated: mean, vote: action };
  const members = { rf: member, xgb: member, lgb: member };
  return { question, prediction: { trace: question.trace, modelHash: 'model-1', mean, members } };
}

/** Holds two positions, both old enough to be asked about. */
function ofTwo(): AccountState {
  const policy = aPolicy({ takeProfitAtr: 8, management: { positionExit } });
  const world = new AccountWorld({ policy }).open();
  world.bar(aPrediction('buy'));
  world.move(95_155, monday + barMs);
  world.bar(aPrediction('hold', { bar: 1 }));
  const { state } = world;
  const { books } = state;
  const [position] = Object.values(state.positions);
  const [listed] = books?.positions ?? [];
  if (!position || !listed || !books) throw new Error('nothing was bought');
  return {
    ...state,
    positions: { ...state.positions, [2000]: { ...position, ticket: 2000 } },
    books: { ...books, positions: [...books.positions, { ...listed, ticket: 2000 }] },
  };
}

const { trace, symbol } = aPrediction('hold', { bar: 1 });

describe('answers to several questions', () => {
  const state = ofTwo();
  const ticketsOf = (answers: readonly PositionAnswer[]) =>
    answers.map(({ question }) => question.ticket);

  function asked({ isLive }: { readonly isLive: boolean }) {
    const questions: PositionQuestion[] = [];
    const tell = (message: InferenceMessage) => {
      if (message.type === 'position-asked') questions.push(message.question);
    };
    const positionModel = { name: 'model', tell };
    const desk = new PositionDesk({
      account,
      positionModel,
      ...(isLive && { pollEveryMs: 1_000 }),
    });
    desk.ask(state, { trace, symbol });
    const take = () => ticketsOf(desk.takeAnswers(state, { trace, symbol }));
    return { desk, questions, take, tickets: questions.map(({ ticket }) => ticket) };
  }

  test('are taken in lockstep when all have come, in the order of the questions', () => {
    const { desk, questions, take, tickets } = asked({ isLive: false });
    const [first, second] = questions;
    if (!first || !second) throw new Error('two are asked about');
    desk.hear(sure('hold', second));
    expect(take()).toEqual([]);
    desk.hear(sure('exit', first));
    expect(take()).toEqual(tickets);
    expect(take()).toEqual([]);
  });

  test('are taken live as they come, each once', () => {
    const { desk, questions, take, tickets } = asked({ isLive: true });
    for (const question of [...questions].reverse()) {
      desk.hear(sure('hold', question));
      expect(take()).toEqual([question.ticket]);
      desk.hear(sure('exit', question));
    }
    expect(take()).toEqual([]);
    expect(tickets).toHaveLength(2);
  });

  test.each([true, false])('are not waited for for ever: %s', (isLive) => {
    const { desk, take, tickets } = asked({ isLive });
    desk.giveUp(state, { trace, symbol }, 'it took too long');
    expect(take()).toEqual(tickets);
    expect(desk.ask(state, { trace, symbol })).toBe(false);
  });
});

describe('in lockstep', () => {
  test('a position is judged when what its bar asked of the broker is done, however quick the model is', async () => {
    const trailing = { profitMinAtr: 0.1, distanceAtr: 0.5 };
    const stage: AccountStage = new AccountStage({
      policy: { takeProfitAtr: 8, management: { positionExit, trailing } },
      positionModel: {
        name: 'model',
        tell: (message) => {
          if (message.type !== 'position-asked') return;
          stage.tell({ type: 'position-judged', answer: sure('hold', message.question) });
        },
      },
    });
    await stage.start();
    for (const [bar, bid] of [95_000, 95_200].entries()) {
      stage.broker.move(aQuote(bid));
      stage.close(bar + 1);
      const prediction = aPrediction(bar === 0 ? 'buy' : 'hold', { bar });
      stage.tell({
        type: 'prediction-ready',
        prediction: { ...prediction, hasPositionModel: true },
      });
      await stage.settle();
    }
    expect(stage.stepsDone).toHaveLength(2);
    const meant: readonly string[] = ['protect-intended', 'protect-answered', 'position-assessed'];
    const types = stage.facts.map(({ type }) => type).filter((type) => meant.includes(type));
    expect(types).toEqual(meant);
  });
});

/** An account's questions to the position model: what was asked at the open bars, and what is still waited for. */

import type { AccountState } from '../account/account-state.ts';
import {
  type PositionAnswer,
  type PositionQuestion,
  positionQuestions,
} from '../account/position-questions.ts';
import type { Trace } from '../domain/bar.ts';
import type { AccountId } from '../domain/units.ts';
import type { ActorRef } from '../runtime/actor.ts';
import type { InferenceMessage } from './inference.ts';

type Bar = Pick<PositionQuestion, 'trace' | 'symbol'>;
type Asked = {
  readonly tickets: Set<number>;
  /** By ticket: the first answer to each question, until it is taken. */
  readonly answers: Map<number, PositionAnswer>;
  /** Answered and taken: nothing more is waited for. */
  readonly over: Set<number>;
};

type PositionDeskOptions = {
  readonly account: AccountId;
  readonly positionModel?: ActorRef<InferenceMessage>;
  /** Undefined: lockstep. Answers are kept until all have come, so that their order depends on no machine's speed. */
  readonly pollEveryMs?: number;
};

export class PositionDesk {
  readonly #options: PositionDeskOptions;
  readonly #bars = new Map<Trace, Asked>();

  constructor(options: PositionDeskOptions) {
    this.#options = options;
  }

  /** Asks what has not been asked at this bar. True while an answer is waited for. */
  ask(state: AccountState, bar: Bar): boolean {
    const open = this.#open(state, bar);
    if (open.length === 0) return false;
    const { tickets } = this.#at(bar.trace);
    for (const question of open.filter(({ ticket }) => !tickets.has(ticket))) {
      tickets.add(question.ticket);
      const { positionModel, account } = this.#options;
      positionModel?.tell({ type: 'position-asked', account, question });
    }
    return true;
  }

  hear(answer: PositionAnswer): void {
    const { trace, ticket } = answer.question;
    const { answers } = this.#at(trace);
    if (!answers.has(ticket)) answers.set(ticket, answer);
  }

  /** What is not answered by now is not waited for. */
  giveUp(state: AccountState, bar: Bar, missing: string): void {
    for (const question of this.#open(state, bar)) this.hear({ question, missing });
  }

  /** What is to be decided on now, in the order in which it was asked. Each answer is taken once. */
  takeAnswers(state: AccountState, bar: Bar): readonly PositionAnswer[] {
    const open = this.#open(state, bar);
    if (open.length === 0) return [];
    const { answers, over } = this.#at(bar.trace);
    const inOrder = this.#options.pollEveryMs === undefined;
    if (inOrder && open.some(({ ticket }) => !answers.has(ticket))) return [];
    const taken = open.flatMap(({ ticket }) => answers.get(ticket) ?? []);
    for (const { question } of taken) over.add(question.ticket);
    return taken;
  }

  /** Who was asked may have forgotten it. */
  askAgain(trace: Trace): void {
    this.#bars.get(trace)?.tickets.clear();
  }

  forget(trace: Trace): void {
    this.#bars.delete(trace);
  }

  /** Questions whose answer was not taken. */
  #open(state: AccountState, bar: Bar): readonly PositionQuestion[] {
    if (this.#options.positionModel === undefined) return [];
    const questions = positionQuestions(state, bar);
    const over = this.#bars.get(bar.trace)?.over;
    return over === undefined ? questions : questions.filter(({ ticket }) => !over.has(ticket));
  }

  #at(trace: Trace): Asked {
    const known = this.#bars.get(trace) ?? {
      tickets: new Set<number>(),
      answers: new Map<number, PositionAnswer>(),
      over: new Set<number>(),
    };
    this.#bars.set(trace, known);
    return known;
  }
}

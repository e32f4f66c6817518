/** An account's questions to the position model: what was asked at the open bars, and what is still waited for. */

import type { AccountState } from '../account/account-state.ts';
import { type PositionQuestion, positionQuestions } from '../account/position-questions.ts';
import type { Trace } from '../domain/bar.ts';
import type { AccountId } from '../domain/units.ts';
import type { ActorRef } from '../runtime/actor.ts';
import type { InferenceMessage } from './inference.ts';

type Bar = Pick<PositionQuestion, 'trace' | 'symbol'>;
type Asked = {
  readonly tickets: Set<number>;
  /** Answered, or given up: nothing more is waited for. */
  readonly over: Set<number>;
};

export class PositionDesk {
  readonly #account: AccountId;
  readonly #model: ActorRef<InferenceMessage> | undefined;
  readonly #bars = new Map<Trace, Asked>();

  constructor(account: AccountId, model: ActorRef<InferenceMessage> | undefined) {
    this.#account = account;
    this.#model = model;
  }

  /** Asks what has not been asked at this bar. True while an answer is waited for. */
  ask(state: AccountState, bar: Bar): boolean {
    const open = this.open(state, bar);
    const { tickets } = this.#at(bar.trace);
    for (const question of open.filter(({ ticket }) => !tickets.has(ticket))) {
      tickets.add(question.ticket);
      this.#model?.tell({ type: 'position-asked', account: this.#account, question });
    }
    return open.length > 0;
  }

  /** Questions without an answer. */
  open(state: AccountState, bar: Bar): readonly PositionQuestion[] {
    if (this.#model === undefined) return [];
    const { over } = this.#at(bar.trace);
    return positionQuestions(state, bar).filter(({ ticket }) => !over.has(ticket));
  }

  close({ trace, ticket }: Pick<PositionQuestion, 'trace' | 'ticket'>): void {
    this.#at(trace).over.add(ticket);
  }

  /** Who was asked may have forgotten it. */
  askAgain(trace: Trace): void {
    this.#at(trace).tickets.clear();
  }

  forget(trace: Trace): void {
    this.#bars.delete(trace);
  }

  #at(trace: Trace): Asked {
    const known = this.#bars.get(trace) ?? { tickets: new Set(), over: new Set() };
    this.#bars.set(trace, known);
    return known;
  }
}

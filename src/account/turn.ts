import type { AccountEvent } from '../domain/account-event.ts';
import { assert } from '../domain/assert.ts';
import type { AccountId, EpochMs } from '../domain/units.ts';
import { tradingStateRank } from '../risk/guards/trading-state.ts';
import type { AccountFact } from './account-fact.ts';
import type { AccountState } from './account-state.ts';
import { apply } from './apply.ts';
import { type DiscrepancyName, discrepancyOf } from './discrepancy.ts';
import type { AccountEffect } from './effect.ts';
import type { InTheMaking } from './in-the-making.ts';
import type { AccountPolicy } from './policy.ts';

/** What follows from one input: facts for the journal, then effects. */
export type Decision = {
  /** The state with the facts applied. */
  readonly state: AccountState;
  readonly facts: readonly AccountFact[];
  readonly durability: 'full' | 'normal';
  readonly effects: readonly AccountEffect[];
};

type WithoutAt<T> = T extends unknown ? Omit<T, 'at'> : never;
type WithoutOrigin<T> = T extends unknown ? Omit<T, 'at' | 'account'> : never;

/** Of these a person hears in other words, or only when they last. */
const toldOtherwise: readonly DiscrepancyName[] = [
  'external-close',
  'unknown-position',
  'vanished-position',
  'late-order',
];

/**
 * One input being decided. Every fact is applied as soon as it is recorded, so what is decided later in the turn sees
 * what was decided before, and the facts can never disagree with the state that they lead to.
 */
export class Turn {
  readonly at: EpochMs;
  #state: AccountState;
  readonly #facts: AccountFact[] = [];
  readonly #effects: AccountEffect[] = [];
  #reconcileAfterMs: number | undefined;

  constructor(state: AccountState, at: EpochMs) {
    this.#state = state;
    this.at = at;
  }

  get state(): AccountState {
    return this.#state;
  }

  get account(): AccountId {
    return this.#state.account;
  }

  /** The policy in force; an account decides nothing before it has one. */
  get policy(): AccountPolicy {
    const { policy } = this.#state;
    assert(policy, () => `${this.#state.account} was not opened`);
    return policy;
  }

  /** Takes over what it is given. */
  record(content: WithoutAt<AccountFact>): void {
    const fact = content as InTheMaking<AccountFact>;
    fact.at = this.at;
    const discrepancy = discrepancyOf(this.#state, fact);
    this.#facts.push(fact);
    this.#state = apply(this.#state, fact);
    if (discrepancy && !toldOtherwise.includes(discrepancy.name)) {
      this.announce({ type: 'alert', reason: `${discrepancy.name}: ${discrepancy.detail}` });
    }
  }

  act(effect: Exclude<AccountEffect, { type: 'announce' | 'reconcile' }>): void {
    this.#effects.push(effect);
  }

  /** Takes over what it is given. */
  announce(content: WithoutOrigin<AccountEvent>): void {
    const event = content as InTheMaking<AccountEvent>;
    event.at = this.at;
    event.account = this.account;
    this.#effects.push({ type: 'announce', event });
  }

  /** Asks for the broker to be read; of several wishes the soonest counts. */
  reconcile({ afterMs }: { readonly afterMs: number }): void {
    this.#reconcileAfterMs = Math.min(afterMs, this.#reconcileAfterMs ?? afterMs);
  }

  /** On disk before anything happens: an order's intent, and whatever narrows what the account may do. */
  decision(): Decision {
    const afterMs = this.#reconcileAfterMs;
    if (afterMs !== undefined) this.#effects.push({ type: 'reconcile', afterMs });
    return {
      state: this.#state,
      facts: this.#facts,
      durability: this.#facts.some(mustLast) ? 'full' : 'normal',
      effects: this.#effects,
    };
  }
}

function mustLast(fact: AccountFact): boolean {
  switch (fact.type) {
    case 'order-intended':
    case 'guard-tripped':
      return true;
    case 'close-intended': // of a part, which must not go twice
      return fact.leaves !== undefined;
    case 'trading-state-changed':
      return tradingStateRank[fact.to] > tradingStateRank[fact.from];
    case 'command-given':
      return fact.command !== 'resume' && fact.command !== 'revive';
    default:
      return false;
  }
}

/** Holds the broker's books and the journal against each other: what a crash must never have broken. */
import type { AccountFact } from '../../src/account/account-fact.ts';
import { type AccountState, initialState } from '../../src/account/account-state.ts';
import { apply } from '../../src/account/apply.ts';
import type { AccountView } from '../../src/domain/account.ts';
import type { Deal } from '../../src/domain/deal.ts';
import type { BrokerPosition } from '../../src/domain/position.ts';
import { accountId } from '../../src/domain/units.ts';

/** All that the broker says about the account. */
export type Books = {
  readonly view: AccountView;
  readonly positions: readonly BrokerPosition[];
  readonly deals: readonly Deal[];
};

export type Audit = {
  /** Opening deals at the broker, and closing ones. */
  readonly entries: number;
  readonly exits: number;
  /** Entries beyond the first of a trade, and exits beyond what was open. */
  readonly duplicates: number;
  /** Positions without a stop. */
  readonly naked: number;
  readonly problems: readonly string[];
};

export function fold(facts: readonly AccountFact[]): AccountState {
  return facts.reduce(apply, initialState(accountId('solo')));
}

export function audit(facts: readonly AccountFact[], books: Books): Audit {
  const trades = books.deals.filter((deal) => deal.kind === 'trade');
  const entries = trades.filter(({ entry }) => entry === 'in');
  const exits = trades.filter(({ entry }) => entry === 'out');
  const intents = facts.flatMap((fact) => (fact.type === 'order-intended' ? [fact.intent] : []));
  const tradeOf = new Map(intents.map(({ order }) => [order.id, order.tradeId]));
  const entered = entries.map(({ comment }) => tradeOf.get(comment));
  const known = entered.filter((trade) => trade !== undefined);
  const doubledEntries = known.length - new Set(known).size;
  const overclosed = entries.filter(({ positionTicket, volume }) => {
    const closings = exits.filter((exit) => exit.positionTicket === positionTicket);
    return closings.reduce((sum, exit) => sum + exit.volume, 0) > volume;
  });
  const strayExits = exits.filter(
    (exit) => !entries.some(({ positionTicket }) => positionTicket === exit.positionTicket),
  );
  return {
    entries: entries.length,
    exits: exits.length,
    duplicates: doubledEntries + overclosed.length + strayExits.length,
    naked: nakedOf(books.positions).length,
    problems: [
      ...(known.length < entered.length ? ['an entry at the broker has no intent on disk'] : []),
      ...disagreements(facts, known, books),
    ],
  };
}

/** Tickets of the positions without a stop. */
export function nakedOf(positions: readonly BrokerPosition[]): readonly number[] {
  return positions.flatMap(({ ticket, stopLoss }) => (stopLoss === undefined ? [ticket] : []));
}

function disagreements(
  facts: readonly AccountFact[],
  entered: readonly string[],
  { view, positions }: Books,
): readonly string[] {
  const state = fold(facts);
  const opened = facts.flatMap((fact) => (fact.type === 'position-opened' ? [fact.tradeId] : []));
  const decided = facts.flatMap((fact) => (fact.type === 'bar-decided' ? [fact.trace] : []));
  const adopted = facts.filter(({ type }) => type === 'position-adopted');
  const [ours, theirs] = [Object.keys(state.positions), positions.map(({ ticket }) => `${ticket}`)];
  return [
    ...differs('entries', opened.toSorted().join(), [...entered].sort().join()),
    ...(new Set(decided).size < decided.length ? ['a bar was decided twice'] : []),
    ...differs('adopted positions', `${adopted.length}`, '0'),
    ...differs('positions', ours.sort().join(), theirs.sort().join()),
    ...differs('balance', `${state.money?.balance}`, `${view.balance}`),
    ...differs('orders under way', Object.keys(state.orders).join(), ''),
  ];
}

function differs(what: string, ours: string, theirs: string): readonly string[] {
  return ours === theirs ? [] : [`${what}: "${ours}" in the journal, "${theirs}" at the broker`];
}

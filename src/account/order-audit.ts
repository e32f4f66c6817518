import type { AccountFact } from './account-fact.ts';

/** What must be 0: the broker's own lists held against the intents of the journal. */
export type OrderFaults = {
  /** Owned positions that the broker listed without a stop. */
  readonly ordersWithoutStop: number;
  /** Owned positions or opening deals that no intent explains. */
  readonly ordersWithoutIntent: number;
  /** Positions of one trade beyond its first. */
  readonly duplicateOrders: number;
};

export class OrderAudit {
  /** Order id -> trade id. */
  readonly #intents = new Map<string, string>();
  /** Ticket -> what the broker says about where it comes from. */
  readonly #owned = new Map<number, string>();
  /** Ticket -> order id, where the account found it. */
  readonly #found = new Map<number, string>();
  readonly #naked = new Set<number>();

  add(fact: AccountFact): void {
    switch (fact.type) {
      case 'order-intended':
        this.#intents.set(fact.intent.order.id, fact.intent.order.tradeId);
        break;
      case 'position-opened':
        this.#found.set(fact.position.ticket, fact.orderId);
        break;
      case 'deal-booked':
        if (fact.deal.kind === 'trade' && fact.deal.entry === 'in' && fact.deal.isOwned) {
          this.#owned.set(fact.deal.positionTicket, fact.deal.comment);
        }
        break;
      case 'broker-read':
        for (const { isOwned, ticket, comment, stopLoss } of fact.positions) {
          if (!isOwned) continue;
          this.#owned.set(ticket, comment);
          if (stopLoss === undefined) this.#naked.add(ticket);
        }
        break;
      default: // other facts are of no concern here
        break;
    }
  }

  faults(): OrderFaults {
    const tickets = [...this.#owned.keys()];
    const trades = tickets.flatMap((ticket) => this.#tradeOf(ticket) ?? []);
    return {
      ordersWithoutStop: this.#naked.size,
      ordersWithoutIntent: tickets.length - trades.length,
      duplicateOrders: trades.length - new Set(trades).size,
    };
  }

  #tradeOf(ticket: number): string | undefined {
    const byComment = this.#intents.get(this.#owned.get(ticket) ?? '');
    const orderId = this.#found.get(ticket);
    return byComment ?? (orderId === undefined ? undefined : this.#intents.get(orderId));
  }
}

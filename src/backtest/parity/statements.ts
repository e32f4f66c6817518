/** What facts say that engine and backtester have to agree on. Tickets and moments of wall time are names, not statements. */
import type { AccountFact } from '../../account/account-fact.ts';
import type { AccountState } from '../../account/account-state.ts';
import type { Side } from '../../domain/order.ts';

export const kinds = [
  'prediction',
  'decision',
  'order',
  'rejection',
  'fill',
  'assessment',
  'management',
  'stops',
  'close',
  'guard',
  'period',
] as const;
export type Kind = (typeof kinds)[number];
export type Value = number | string | undefined;

export type Statement = {
  readonly kind: Kind;
  /** What it is about, named the same on both sides: a bar, an order, a trade, a limit. */
  readonly subject: string;
  readonly values: Readonly<Record<string, Value>>;
};

/** @param before what the account knew before these facts: positions have a ticket there, and the name of their trade */
export function statementsOf(
  facts: readonly AccountFact[],
  before: AccountState,
): readonly Statement[] {
  const trades = new Map<number, Trade>(
    Object.values(before.positions).map(({ ticket, tradeId, side }) => [ticket, { tradeId, side }]),
  );
  return facts.flatMap((fact) => {
    if (fact.type === 'position-opened') {
      const { tradeId, position } = fact;
      trades.set(position.ticket, { tradeId, side: position.side });
    }
    return statementOf(fact, (ticket) => trades.get(ticket) ?? { tradeId: String(ticket) });
  });
}

type Trade = { readonly tradeId: string; readonly side?: Side };

function statementOf(
  fact: AccountFact,
  trade: (ticket: number) => Trade,
): Statement | readonly Statement[] {
  switch (fact.type) {
    case 'bar-decided':
      return decided(fact);
    case 'order-intended': {
      const { order, attempt } = fact.intent;
      const subject = attempt === 1 ? order.tradeId : `${order.tradeId} (attempt ${attempt})`;
      return { kind: 'order', subject, values: orderValues(order) };
    }
    case 'order-rejected':
      return { kind: 'rejection', subject: fact.orderId, values: { code: fact.code } };
    case 'position-opened': {
      const { side, volume, entry, stopLoss, takeProfit } = fact.position;
      const values = { side, volume, entry, stopLoss, takeProfit };
      return { kind: 'fill', subject: fact.tradeId, values };
    }
    case 'position-assessed': {
      const { ticket, action, gap, votes } = fact;
      return { kind: 'assessment', subject: trade(ticket).tradeId, values: { action, gap, votes } };
    }
    case 'protect-intended': {
      const { ticket, reason, stopLoss, takeProfit } = fact;
      const values = { reason, stopLoss, takeProfit };
      return { kind: 'management', subject: trade(ticket).tradeId, values };
    }
    case 'close-intended': {
      const { ticket, reason, leaves } = fact;
      return { kind: 'management', subject: trade(ticket).tradeId, values: { reason, leaves } };
    }
    case 'stops-moved': {
      const { ticket, stopLoss, takeProfit } = fact;
      return { kind: 'stops', subject: trade(ticket).tradeId, values: { stopLoss, takeProfit } };
    }
    case 'position-closed': {
      const { ticket, tradeId, closeType, closeDetail, exit, profit } = fact;
      const { side } = trade(ticket);
      const values = { side, closeType, closeDetail, exit, profit };
      return { kind: 'close', subject: tradeId, values };
    }
    case 'guard-tripped': {
      const { limit, ...numbers } = fact.denial;
      return { kind: 'guard', subject: limit, values: numbers };
    }
    case 'guard-cleared':
      return { kind: 'guard', subject: `${fact.limit} (cleared)`, values: {} };
    case 'day-began':
      return { kind: 'period', subject: 'day', values: { day: fact.day } };
    case 'week-began': {
      const { week, startEquity } = fact;
      return { kind: 'period', subject: 'week', values: { week, startEquity } };
    }
    default:
      return [];
  }
}

type Decided = Extract<AccountFact, { readonly type: 'bar-decided' }>;
type Intent = Extract<AccountFact, { readonly type: 'order-intended' }>['intent'];

function decided(fact: Decided): readonly Statement[] {
  const { trace, side, confidence, gap, votes, verdict } = fact;
  const denial = fact.verdict === 'entered' ? undefined : fact.denial;
  const others = fact.verdict === 'denied' ? fact.others.join(' ') : undefined;
  const values = { verdict, side, confidence, gap, votes, ...denial, others };
  // What a dry account would have sent is told with its denial alone.
  const dry = fact.verdict === 'denied' ? fact.order : undefined;
  return [
    { kind: 'decision', subject: trace, values },
    ...(dry ? [{ kind: 'order', subject: dry.tradeId, values: orderValues(dry) } as const] : []),
  ];
}

function orderValues({ side, volume, expectedPrice, stopLoss, takeProfit }: Intent['order']) {
  return { side, volume, expectedPrice, stopLoss, takeProfit };
}

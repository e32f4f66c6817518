import type { AccountState, Books } from '../../account/account-state.ts';
import { type ExchangeState, type OpenPosition, ticketsFirst } from '../../exchange/state.ts';

/** What a simulated broker has to know to go on where a real one stood, as far as a journal tells it. */
export function restoredBooks(
  { deals, positions }: AccountState,
  { view, positions: listed }: Books,
  { symbol, magic }: { readonly symbol: string; readonly magic: number },
): ExchangeState {
  const tickets = [...listed.map(({ ticket }) => ticket), ...Object.keys(positions).map(Number)];
  return {
    balance: view.balance,
    positions: listed
      .filter((position) => position.symbol === symbol)
      .map(({ profit: _, isOwned, ...position }): OpenPosition => {
        const changedAt = position.openedAt;
        return { ...position, changedAt, magic: isOwned ? magic : 0 };
      }),
    quotes: {},
    orderTicketNext: 1 + Math.max(ticketsFirst.order, ...tickets),
    dealTicketNext: 1 + Math.max(ticketsFirst.deal, ...deals.map(({ ticket }) => ticket)),
  };
}

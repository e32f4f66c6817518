import type { Account } from '../engine/dashboard-store.ts';

export type CurrencyTotal = {
  readonly currency: string;
  readonly equity: number;
  readonly dayResult: number;
};

/** What the accounts of each currency are worth together: amounts of two currencies are never added. */
export function currencyTotals(accounts: readonly Account[]): readonly CurrencyTotal[] {
  const totals = new Map<string, CurrencyTotal>();
  for (const { currency, equity, dayResult } of accounts) {
    const sum = totals.get(currency);
    totals.set(currency, {
      currency,
      equity: (sum?.equity ?? 0) + equity,
      dayResult: (sum?.dayResult ?? 0) + dayResult,
    });
  }
  return [...totals.values()];
}

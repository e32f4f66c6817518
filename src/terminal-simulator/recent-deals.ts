import type { EpochMs } from '../domain/units.ts';
import type { ExchangeDeal } from '../exchange/state.ts';

/** So many are at hand at least, where there are so many. */
export const recentDealsMin = 64;

/** The newest deals, which are asked for again and again. Deals are booked in the order of their time. */
export class RecentDeals {
  #deals: readonly ExchangeDeal[];

  /** @param newest oldest first */
  constructor(newest: readonly ExchangeDeal[]) {
    this.#deals = newest;
  }

  add(deals: readonly ExchangeDeal[]): void {
    if (deals.length === 0) return;
    const all = [...this.#deals, ...deals];
    this.#deals = all.length < 2 * recentDealsMin ? all : all.slice(-recentDealsMin);
  }

  /** Both ends included, oldest first; undefined where some of them may not be at hand. */
  between(from: EpochMs, to: EpochMs): ExchangeDeal[] | undefined {
    const [oldest] = this.#deals;
    if (oldest === undefined || oldest.at >= from) return undefined;
    const before = this.#deals.findLastIndex(({ at }) => at < from);
    return this.#deals.slice(before + 1).filter(({ at }) => at <= to);
  }
}

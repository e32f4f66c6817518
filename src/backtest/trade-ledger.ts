/** What an account's facts amount to: its closed trades and what it decided. */
import type { AccountFact } from '../account/account-fact.ts';
import { TradeTable } from '../account/trade-table.ts';
import type { CloseType } from '../domain/account-event.ts';
import { epochMs, type Money, money, price } from '../domain/units.ts';
import { type Regime, regimeOf } from '../strategy/regime.ts';
import type { Excursions } from './excursions.ts';
import { type TradingHours, tradingHoursOf } from './market-state.ts';
import type { BacktestTrade, DecisionCounts } from './outcome.ts';

type Entry = {
  readonly riskAmount: Money;
  readonly regime: Regime;
  readonly session: TradingHours;
};

/** A trade before the two paths were compared. */
export type PathTrade = Omit<BacktestTrade, 'dependsOnPath'>;

export class TradeLedger {
  readonly #table = new TradeTable();
  readonly #entries = new Map<number, Entry>();
  /** Tickets in the order of their closing. */
  readonly #closed: number[] = [];
  #entered = 0;
  readonly #held: Record<string, number> = {};
  readonly #denied: Record<string, number> = {};

  /** @param features of the bar that is being decided, as far as guards see them */
  add(fact: AccountFact, features: Readonly<Record<string, number>>): void {
    switch (fact.type) {
      case 'bar-decided':
        this.#decide(fact);
        return;
      case 'position-opened': {
        const { ticket, riskMoney: riskAmount } = fact.position;
        const regime = regimeOf(features) ?? 'choppy';
        const market = { regime, session: tradingHoursOf(features) };
        this.#entries.set(ticket, { riskAmount, ...market });
        break;
      }
      case 'position-closed':
        this.#closed.push(fact.ticket);
        break;
      case 'broker-read': // excursions are measured inside the bars
        return;
      default:
        break;
    }
    this.#table.add(fact);
  }

  /** A bar that was held and left out. */
  held(gate: string): void {
    this.#held[gate] = (this.#held[gate] ?? 0) + 1;
  }

  decisions(): DecisionCounts {
    return { entered: this.#entered, held: this.#held, denied: this.#denied };
  }

  trades(excursions: Excursions): readonly PathTrade[] {
    const rows = new Map(this.#table.rows().map((row) => [row.ticket, row]));
    return this.#closed.flatMap((ticket) => {
      const row = rows.get(ticket);
      const entry = this.#entries.get(ticket);
      if (!row || !entry || row.closeTime === null) return [];
      const { id, symbol, side, volume, profit, commission, swap, closeDetail } = row;
      const trade: PathTrade = {
        id,
        symbol,
        side,
        lots: volume,
        openedAtMs: epochMs(Date.parse(row.openTime)),
        closedAtMs: epochMs(Date.parse(row.closeTime)),
        entryPrice: price(row.entry),
        exitPrice: price(row.exit ?? row.entry),
        profit: money(profit),
        fees: money(commission),
        swap: money(swap),
        riskAmount: entry.riskAmount,
        rMultiple: row.rMultiple ?? 0,
        closeType: row.closeType as CloseType,
        ...(closeDetail && { closeDetail }),
        ...excursions.of(ticket),
        regime: entry.regime,
        session: entry.session,
      };
      return [trade];
    });
  }

  #decide(fact: Extract<AccountFact, { type: 'bar-decided' }>): void {
    if (fact.verdict === 'entered') {
      this.#entered += 1;
      return;
    }
    const counts = fact.verdict === 'held' ? this.#held : this.#denied;
    counts[fact.denial.limit] = (counts[fact.denial.limit] ?? 0) + 1;
  }
}

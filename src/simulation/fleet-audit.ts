/** Holds the ledger of the fleet against the brokers' books: what was granted, what is held, what is still reserved. */
import type { AccountFact, OrderIntent } from '../account/account-fact.ts';
import type { AccountState } from '../account/account-state.ts';
import type { Reservation, ReservationAnswer } from '../account/reservation.ts';
import { traceParts } from '../account/trace-parts.ts';
import type { FleetMessage } from '../actors/fleet.ts';
import { type Instrument, lots, valuePerLot } from '../domain/instrument.ts';
import type { AccountId } from '../domain/units.ts';
import type { ExchangeState } from '../exchange/state.ts';
import { assessExposure, type FleetCaps, type Holding } from '../risk/exposure.ts';
import type { Told } from '../risk/exposure-ledger.ts';
import { addresses, residentOf } from '../threads/thread-data.ts';
import type { ReportViolation } from './account-audit.ts';
import type { MailAudit } from './mail-audit.ts';

/** What is known of an account beside what it says to the ledger. */
export type Party = {
  readonly account: string;
  readonly state: AccountState;
  readonly broker: ExchangeState;
  readonly multiplier: number;
};

export type FleetAuditOptions = {
  readonly caps: FleetCaps;
  readonly parties: () => readonly Party[];
  readonly report: ReportViolation;
};

/** Amounts are rounded to four decimals, each on its own. */
const tolerance = 0.01;
/** More than any cap, and still exact to the tolerance. */
const tooMuch = 1e9;
const probeId = 'probe';

/** A question to the ledger that is under way, when everybody has come to rest. */
export type LedgerProbe = { readonly isAnswered: () => boolean; readonly judge: () => void };

export class FleetAudit {
  readonly #options: FleetAuditOptions;
  /** Trade id -> what was reserved for it. */
  readonly #reserved = new Map<string, Reservation>();
  /** Order id -> trade id. */
  readonly #trades = new Map<string, string>();
  readonly #told = new Map<string, Told>();
  /** Somebody has left with what he holds: from there on nobody can say what counts. */
  #isBlind = false;
  #observed: number | undefined;

  constructor(options: FleetAuditOptions) {
    this.#options = options;
  }

  appended(account: string, facts: readonly AccountFact[]): void {
    for (const fact of facts) {
      if (fact.type === 'exposure-reserved') this.#reserved.set(fact.holding.id, fact);
      if (fact.type === 'order-intended') this.#intended(account, fact.intent);
    }
  }

  accountLeft(): void {
    this.#isBlind = true;
  }

  told(account: string, told: Told): void {
    this.#told.set(account, told);
  }

  answered({ holding, denial }: ReservationAnswer): void {
    if (holding.id === probeId) this.#observed = denial?.observed ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Asks for what cannot be granted, in the name of an account that runs: the denial says how much the ledger takes for
   * held. Undefined where that cannot be asked, or nobody can say what it should be.
   */
  probe(account: AccountId, mail: Pick<MailAudit, 'say'>): LedgerProbe | undefined {
    const told = this.#told.get(account);
    if (this.#isBlind || told?.decided === undefined) return undefined;
    this.#observed = undefined;
    const amounts = { notional: tooMuch, risk: tooMuch };
    const holding = { id: probeId, symbol: 'BTCUSD', side: 'buy' as const, ...amounts };
    const asking = { holding, barTime: told.decided };
    const message: FleetMessage = { type: 'holdings-told', account, told: { ...told, asking } };
    if (!mail.say(residentOf(account), addresses.fleet, message)) return undefined;
    return { isAnswered: () => this.#observed !== undefined, judge: () => this.#judgeProbe() };
  }

  /** What is held is in the ledger, and nothing else but reservations of the newest bar. */
  #judgeProbe(): void {
    const { report, parties } = this.#options;
    const real = parties().flatMap((party) => this.#heldBy(party));
    const newest = Math.max(...[...this.#told.values()].map(({ decided = 0 }) => decided));
    const spent = [...this.#reserved.values()].filter(
      ({ trace, holding }) =>
        traceParts(trace).barTime === newest && !real.some(({ id }) => id === holding.id),
    );
    const least = this.#sum(real);
    const most = this.#sum([...real, ...spent.map(({ holding }) => holding)]);
    const observed = (this.#observed ?? Number.NaN) - tooMuch;
    if (observed >= least - tolerance && observed <= most + tolerance) return;
    const detail = `the ledger counts ${observed}, held are ${least}, with reservations ${most}`;
    report({ rule: 'the ledger does not know what is held', account: '', detail });
  }

  #intended(account: string, { order, riskMoney, attempt }: OrderIntent): void {
    this.#trades.set(order.id, order.tradeId);
    const parties = this.#options.parties();
    const party = parties.find((each) => each.account === account);
    const instrument = party?.state.instruments[order.symbol];
    if (party === undefined || instrument === undefined) return;
    const { multiplier } = party;
    const notional = worth(instrument, order.volume) * order.expectedPrice * multiplier;
    const reserved = this.#reserved.get(order.tradeId);
    const isCovered =
      reserved !== undefined &&
      reserved.holding.notional >= notional - tolerance &&
      reserved.holding.risk >= riskMoney * multiplier - tolerance;
    if (!isCovered) return this.#violated(account, `order ${order.id} has no reservation`);
    if (this.#isBlind || attempt > 1) return;
    const others = parties
      .flatMap((each) => this.#heldBy(each))
      .filter(({ id }) => id !== order.tradeId);
    const excess = assessExposure(others, reserved.holding, this.#options.caps);
    if (excess === undefined || excess.observed <= excess.allowed + tolerance) return;
    this.#violated(account, `${excess.limit} ${excess.observed} of ${excess.allowed}`);
  }

  /** By the broker's books and what is under way, whatever the account says to the ledger. */
  #heldBy({ state, broker }: Party): readonly Holding[] {
    const open = new Map(
      broker.positions.map(({ comment, volume }) => [this.#trades.get(comment) ?? '', volume]),
    );
    const underWay = Object.values(state.orders)
      .map(({ intent }) => intent.order)
      .filter(({ tradeId }) => !open.has(tradeId));
    return [...open, ...underWay.map(({ tradeId, volume }) => [tradeId, volume] as const)].flatMap(
      ([tradeId, volume]) => {
        const reserved = this.#reserved.get(tradeId);
        if (reserved === undefined) return [];
        const { holding } = reserved;
        const share = volume / reserved.volume;
        return [{ ...holding, notional: holding.notional * share, risk: holding.risk * share }];
      },
    );
  }

  /** As the cap adds it up that is in force. */
  #sum(holdings: readonly Holding[]): number {
    const { symbolNotionalMax, symbolRiskMax } = this.#options.caps;
    if (symbolNotionalMax !== undefined) return total(holdings.map(({ notional }) => notional));
    const counted =
      symbolRiskMax === undefined ? holdings.filter(({ side }) => side === 'buy') : holdings;
    return total(counted.map(({ risk }) => risk));
  }

  #violated(account: string, detail: string): void {
    this.#options.report({ rule: 'the fleet holds too much', account, detail });
  }
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

/** What a move of one price unit makes of so many steps, in the account's currency. */
function worth(instrument: Instrument, volume: OrderIntent['order']['volume']): number {
  return lots(instrument, volume) * valuePerLot(instrument);
}

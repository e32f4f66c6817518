import * as z from 'zod';
import type { Deal, DealReason } from '../../domain/deal.ts';
import { type EpochMs, money, price, type Steps, steps } from '../../domain/units.ts';
import type { Clock } from '../../runtime/clock.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import { dealMeaning } from './deal-type.ts';
import type { Health } from './health.ts';
import type { Reads } from './reads.ts';
import type { ServerTime } from './server-time.ts';
import { type SymbolTable, volumeOf } from './symbols.ts';

const dealRow = z.object({
  ticket: z.int().positive(),
  time: z.int().nonnegative(),
  time_msc: z.int().nonnegative().default(0),
  type: z.int().nonnegative(),
  /** 0 in, 1 out, 2 reversal, 3 out by an opposite position. */
  entry: z.int().min(0).max(3).default(0),
  magic: z.int().default(0),
  position_id: z.int().nonnegative(),
  reason: z.int().default(-1),
  volume: z.number().nonnegative(),
  price: z.number().nonnegative(),
  commission: z.number().default(0),
  swap: z.number().default(0),
  profit: z.number(),
  fee: z.number().default(0),
  symbol: z.string(),
  comment: z.string().default(''),
});
const dealRows = z.compile(z.array(dealRow));
export type DealRow = z.output<typeof dealRow>;

type DealsOptions = {
  readonly reads: Reads;
  readonly health: Health;
  readonly time: ServerTime;
  readonly symbols: SymbolTable;
  readonly clock: Clock;
  readonly magic: number;
};

type TradeDeal = Extract<Deal, { kind: 'trade' }>;

/** The upper end of every question: past the newest deal, whatever the offset of the server is (contract §4.8). */
const aheadMs = 86_400_000;
/** How long a terminal may take after its start until it knows the account's history. */
const loadingMs = 120_000;
/** Deals of a longer time are asked for in gzip: those of one day take less time to send than to pack and unpack. */
const longWindowMs = 86_400_000;
/** Positions whose owner is remembered. */
const ownersMax = 10_000;
const reasons: Readonly<Record<number, DealReason>> = {
  0: 'client',
  1: 'client',
  2: 'client',
  3: 'expert',
  4: 'stop-loss',
  5: 'take-profit',
  6: 'stop-out',
};

/** The account's history. Deals belong together by position: closing deals often bear neither magic nor comment. */
export class Deals {
  readonly #options: DealsOptions;
  /** Whether a position is ours, by the magic number of its first deal. */
  readonly #owners = new Map<number, boolean>();
  /** Since when the whole history was found empty although there is money. */
  #emptySince: number | undefined;

  constructor(options: DealsOptions) {
    this.#options = options;
  }

  /** Deals with `at >= from`, oldest first. What moves the broker's credit is none: no balance has it. */
  async since(from: EpochMs, signal: AbortSignal): Promise<readonly Deal[]> {
    const { time, symbols } = this.#options;
    await time.ready(signal);
    const listed = await this.#proven(from, signal);
    const rows = listed.filter(({ type }) => dealMeaning(type) !== 'lent');
    this.#learnOwners(rows);
    const unknown = rows.filter((row) => isTrade(row) && !this.#owners.has(row.position_id));
    if (unknown.length > 0) await this.#learnFromAllHistory(unknown, signal);
    const configured = rows.filter((row) => symbols.isConfigured(row.symbol));
    await symbols.load(
      configured.map((row) => row.symbol),
      signal,
    );
    const inOrder = rows.toSorted((a, b) => momentOf(a) - momentOf(b) || a.ticket - b.ticket);
    const deals = inOrder.map((row) => this.#dealOf(row));
    return deals.filter(({ at }) => at >= from);
  }

  /** What closed a position, newest last; empty when the history says nothing of it. */
  async closing(positionTicket: number, signal: AbortSignal): Promise<readonly TradeDeal[]> {
    const { time } = this.#options;
    const monthMs = 30 * 86_400_000;
    await time.ready(signal);
    const newest = time.toUtc(await time.newest(signal));
    const deals = await this.since(Math.max(0, newest - monthMs) as EpochMs, signal);
    return deals.filter(
      (deal): deal is TradeDeal =>
        deal.kind === 'trade' && deal.positionTicket === positionTicket && deal.entry === 'out',
    );
  }

  /**
   * An empty answer counts when the terminal is healthy and gives it twice. Where there is money it once came by a
   * deal: an empty whole history then means, as a rule, one that is still loading, and is believed only when it has
   * stayed so for a while.
   */
  async #proven(from: EpochMs, signal: AbortSignal): Promise<readonly DealRow[]> {
    const { health, clock, time } = this.#options;
    const fromServerMs = time.toServer(from);
    const askedAt = clock.elapsed();
    const first = await this.#rows(fromServerMs, signal);
    if (first.length > 0) {
      this.#emptySince = undefined;
      return first;
    }
    const { account } = await health.checkedAfter(askedAt, signal);
    const second = await this.#rows(fromServerMs, signal);
    if (second.length === 0 && from === 0 && account.balance !== 0) this.#waitForHistory(askedAt);
    else this.#emptySince = undefined;
    return second;
  }

  #waitForHistory(askedAt: number): void {
    this.#emptySince ??= askedAt;
    if (askedAt - this.#emptySince >= loadingMs) return;
    throw new BrokerUnavailableError(
      `the history is empty, and the account has money: it counts as loading for ${loadingMs / 1_000} s`,
    );
  }

  async #rows(fromServerMs: number, signal: AbortSignal): Promise<readonly DealRow[]> {
    const { reads, time, clock } = this.#options;
    const newest = await time.newest(signal);
    const from = Math.max(1, Math.floor(fromServerMs / 1_000));
    const to = Math.ceil((Math.max(newest, clock.now()) + aheadMs) / 1_000);
    const path = `/history/deals?from=${from}&to=${to}`;
    const isLong = newest - fromServerMs > longWindowMs;
    return isLong ? reads.getLarge(path, dealRows, signal) : reads.get(path, dealRows, signal);
  }

  #learnOwners(rows: readonly DealRow[]): void {
    const { magic } = this.#options;
    for (const row of rows) {
      if (!isTrade(row)) continue;
      const isOpening = row.entry === 0;
      if (isOpening || row.magic === magic) this.#owners.set(row.position_id, row.magic === magic);
    }
    for (const oldest of this.#owners.keys()) {
      if (this.#owners.size <= ownersMax) return;
      this.#owners.delete(oldest);
    }
  }

  /** For deals whose position was opened before the question. One that no history knows is none of ours. */
  async #learnFromAllHistory(unknown: readonly DealRow[], signal: AbortSignal): Promise<void> {
    this.#learnOwners(await this.#rows(0, signal));
    for (const { position_id } of unknown) {
      if (!this.#owners.has(position_id)) this.#owners.set(position_id, false);
    }
  }

  #dealOf(row: DealRow): Deal {
    const { time, symbols } = this.#options;
    const at = time.toUtc(momentOf(row));
    if (dealMeaning(row.type) === 'transfer') return balanceDeal(row, at);
    if (!isTrade(row)) return { ...balanceDeal(row, at), kind: 'charge' };
    return tradeDeal(row, {
      at,
      symbol: symbols.logicalName(row.symbol),
      volume: this.#volumeOf(row),
      isOwned: this.#owners.get(row.position_id) ?? false,
    });
  }

  /** Foreign symbols are counted in hundredths of a lot: a deal outlives its symbol, and nothing is traded by it. */
  #volumeOf(row: DealRow): Steps {
    const { symbols } = this.#options;
    if (!symbols.isConfigured(row.symbol)) return steps(Math.round(row.volume * 100));
    return volumeOf(symbols.loaded(row.symbol), row.volume);
  }
}

/** Money that no trade moved, in our units. */
export function balanceDeal(
  { ticket, comment, commission, fee, swap, profit }: DealRow,
  at: EpochMs,
): Extract<Deal, { kind: 'balance' }> {
  const amount = money(profit + swap + commission + fee);
  return { kind: 'balance', ticket, at, amount, comment };
}

/** A trade's deal in our units. @throws BrokerProtocolError for one without a price */
export function tradeDeal(
  row: DealRow,
  known: {
    readonly at: EpochMs;
    readonly symbol: string;
    readonly volume: Steps;
    readonly isOwned: boolean;
  },
): TradeDeal {
  const { ticket, comment, commission, fee, swap, profit } = row;
  const { at, symbol, volume, isOwned } = known;
  if (row.price === 0) throw new BrokerProtocolError(`deal ${ticket} has no price`);
  return {
    kind: 'trade',
    ticket,
    positionTicket: row.position_id,
    at,
    entry: row.entry === 0 ? 'in' : 'out',
    symbol,
    side: row.type === 0 ? 'buy' : 'sell',
    volume,
    price: price(row.price),
    profit: money(profit),
    swap: money(swap),
    commission: money(commission + fee),
    reason: reasonOf(row),
    comment,
    isOwned,
  };
}

function isTrade({ type }: DealRow): boolean {
  return dealMeaning(type) === 'trade';
}

/** On the server's clock. */
function momentOf({ time, time_msc }: DealRow): number {
  return time_msc > 0 ? time_msc : time * 1_000;
}

/** Brokers write the level that closed a position into the comment: `[sl 1.2345]`. Some say it nowhere else. */
function reasonOf({ reason, comment, entry }: DealRow): DealReason {
  if (entry !== 0 && comment.startsWith('[sl')) return 'stop-loss';
  if (entry !== 0 && comment.startsWith('[tp')) return 'take-profit';
  if (entry !== 0 && comment.startsWith('[so')) return 'stop-out';
  return reasons[reason] ?? 'other';
}

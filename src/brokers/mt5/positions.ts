import * as z from 'zod';
import type { BrokerPosition } from '../../domain/position.ts';
import { type EpochMs, money, price } from '../../domain/units.ts';
import type { Clock } from '../../runtime/clock.ts';
import { BrokerUnavailableError } from '../broker.ts';
import type { Health } from './health.ts';
import type { Reads } from './reads.ts';
import type { ServerTime } from './server-time.ts';
import { type SymbolSpec, type SymbolTable, volumeOf } from './symbols.ts';

/** A ticket above 2^53 would be read wrong: `z.int()` refuses it. */
const ticket = z.int().positive();

const positionRow = z.object({
  ticket,
  time: z.int().nonnegative(),
  time_msc: z.int().nonnegative().default(0),
  /** 0 buy, 1 sell. */
  type: z.literal([0, 1]),
  magic: z.int().default(0),
  volume: z.number().positive(),
  price_open: z.number().positive(),
  /** 0 = none, as with `tp`. */
  sl: z.number().nonnegative(),
  tp: z.number().nonnegative(),
  swap: z.number().default(0),
  profit: z.number(),
  symbol: z.string().min(1),
  comment: z.string().default(''),
});
const positionRows = z.compile(z.array(positionRow));
export type PositionRow = z.output<typeof positionRow>;

const pendingRows = z.compile(z.array(z.object({ ticket, magic: z.int().default(0) })));

type PositionsOptions = {
  readonly reads: Reads;
  readonly health: Health;
  readonly time: ServerTime;
  readonly symbols: SymbolTable;
  readonly clock: Clock;
  readonly magic: number;
  /** How long an order of unknown outcome may still turn up. */
  readonly doubtMs: number;
};

/**
 * The open positions. A list with something in it is believed; an empty one only when it is given twice and the
 * terminal is healthy in between, because the server answers `[]` too when the terminal told it nothing.
 */
export class Positions {
  readonly #options: PositionsOptions;
  /** Until then an order of ours may be at the broker and not yet a position; at first after a former incarnation. */
  #doubtUntil: number;

  constructor(options: PositionsOptions) {
    this.#options = options;
    this.#doubtUntil = options.clock.elapsed() + options.doubtMs;
  }

  /** An order was sent whose outcome nobody knows. */
  doubt(): void {
    this.#doubtUntil = this.#options.clock.elapsed() + this.#options.doubtMs;
  }

  async all(signal: AbortSignal): Promise<readonly BrokerPosition[]> {
    const { symbols, time } = this.#options;
    const rows = await time.readyFor(this.rows(signal), signal);
    await symbols.load(
      rows.map((row) => row.symbol),
      signal,
    );
    return rows.map((row) => this.#positionOf(row));
  }

  /** The proven list, as the broker words it. */
  async rows(signal: AbortSignal): Promise<readonly PositionRow[]> {
    const { reads, health, clock } = this.#options;
    const askedAt = clock.elapsed();
    const asked = reads.get('/positions', positionRows, signal);
    const nonePends = this.#isInDoubt() ? this.#refusePending(signal) : undefined;
    nonePends?.catch(() => {}); // Heard below, where the list is empty.
    const first = await asked;
    if (first.length > 0) return first;
    // Read before the second list: an order that is filled between the two is on that list.
    await nonePends;
    const [second] = await Promise.all([
      reads.get('/positions', positionRows, signal),
      health.checkedAfter(askedAt, signal),
    ]);
    return second;
  }

  /** Tickets of our orders that are not filled yet. As with positions, an empty list is asked for twice. */
  async pending(signal: AbortSignal): Promise<readonly number[]> {
    const { reads, health, clock, magic } = this.#options;
    const read = async () => {
      const rows = await reads.get('/orders', pendingRows, signal);
      return rows.filter((row) => row.magic === magic).map(({ ticket: each }) => each);
    };
    const askedAt = clock.elapsed();
    const first = await read();
    if (first.length > 0) return first;
    const [second] = await Promise.all([read(), health.checkedAfter(askedAt, signal)]);
    return second;
  }

  /** A position by its ticket. Undefined only when the proven list lacks it. */
  async find(ticket: number, signal: AbortSignal): Promise<PositionRow | undefined> {
    const { reads } = this.#options;
    const row = await reads.find(`/positions/${ticket}`, positionRow, signal);
    return row ?? (await this.rows(signal)).find((each) => each.ticket === ticket);
  }

  #isInDoubt(): boolean {
    return this.#options.clock.elapsed() < this.#doubtUntil;
  }

  /** While an order of ours is being worked on, nobody can say that there is no position. */
  async #refusePending(signal: AbortSignal): Promise<void> {
    const { reads, magic } = this.#options;
    const orders = await reads.get('/orders', pendingRows, signal);
    const ours = orders.find((order) => order.magic === magic);
    if (ours === undefined) return;
    throw new BrokerUnavailableError(`order ${ours.ticket} is neither filled nor gone yet`);
  }

  #positionOf(row: PositionRow): BrokerPosition {
    const { symbols, time, magic } = this.#options;
    const spec = symbols.loaded(row.symbol);
    const openedAt = time.toUtc(row.time_msc > 0 ? row.time_msc : row.time * 1_000);
    return brokerPosition(row, { spec, openedAt, magic });
  }
}

/** A position as the broker words it, in our units. @param known of its symbol and its moment; `magic` is ours */
export function brokerPosition(
  row: PositionRow,
  known: { readonly spec: SymbolSpec; readonly openedAt: EpochMs; readonly magic: number },
): BrokerPosition {
  const { spec, openedAt, magic } = known;
  return {
    ticket: row.ticket,
    symbol: spec.instrument.symbol,
    side: row.type === 0 ? 'buy' : 'sell',
    volume: volumeOf(spec, row.volume),
    entry: price(row.price_open),
    ...(row.sl === 0 ? {} : { stopLoss: price(row.sl) }),
    ...(row.tp === 0 ? {} : { takeProfit: price(row.tp) }),
    openedAt,
    profit: money(row.profit),
    swap: money(row.swap),
    comment: row.comment,
    isOwned: row.magic === magic,
  };
}

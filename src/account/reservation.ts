import type { Denial } from '../domain/account-event.ts';
import { assert } from '../domain/assert.ts';
import { type Instrument, lots, valuePerLot } from '../domain/instrument.ts';
import type { Order } from '../domain/order.ts';
import { type EpochMs, epochMs, type Money, type Steps } from '../domain/units.ts';
import { type Holding, roundedHolding } from '../risk/exposure.ts';
import type { Told, Wish } from '../risk/exposure-ledger.ts';
import type { AccountState, LiveOrder, TrackedPosition } from './account-state.ts';
import { traceParts } from './trace-parts.ts';

/** What an account says to the fleet's ledger, but for its incarnation. */
export type Holdings = Omit<Told, 'epoch' | 'asking'>;

/** What the fleet's ledger granted to a trade. */
export type Reservation = {
  readonly trace: string;
  readonly holding: Holding;
  /** Of the order that it was granted to. */
  readonly volume: Steps;
};

/** The ledger's answer to a wish. */
export type ReservationAnswer = {
  readonly holding: Holding;
  /** Absent: granted. */
  readonly denial?: Denial;
};

/** What an order would add to the fleet's exposure. */
export function wishOf(
  { policy, instruments }: AccountState,
  entry: { readonly order: Order; readonly riskMoney: Money; readonly barTime: EpochMs },
): Wish {
  const { order, riskMoney, barTime } = entry;
  const { symbol, side, volume, expectedPrice, tradeId } = order;
  const instrument = instruments[symbol];
  const multiplier = policy?.guards?.fleet?.multiplier;
  assert(instrument && multiplier !== undefined, 'only a sized order asks the fleet');
  const notional = lots(instrument, volume) * valuePerLot(instrument) * expectedPrice;
  const amounts = { notional: notional * multiplier, risk: riskMoney * multiplier };
  return { holding: roundedHolding({ id: tradeId, symbol, side, ...amounts }), barTime };
}

/** Why a granted amount does not suffice any more: the market has moved since it was asked for. */
export function beyondGrant({ holding: granted }: ReservationAnswer, wish: Holding) {
  if (wish.notional > granted.notional) {
    const [observed, allowed] = [wish.notional, granted.notional];
    return { limit: 'exposure-notional', observed, allowed };
  }
  if (wish.risk <= granted.risk) return undefined;
  return { limit: 'exposure-risk', observed: wish.risk, allowed: granted.risk };
}

/** Whether an order may be written down: where the fleet is capped, only with what was reserved for its trade. */
export function isReserved({ policy, memory }: AccountState, tradeId: string): boolean {
  return policy?.guards?.fleet === undefined || memory.reservations?.[tradeId] !== undefined;
}

/**
 * What the account holds for the fleet's ledger; undefined where the fleet has no caps, and until the broker was read
 * in this incarnation. A trade counts with what was reserved for it, less what is closed, from its reservation to its
 * end, and in its own bar even if nothing came of it: then the ledger answers the bar's other wishes alike whenever it
 * is asked. `asOf` is the bar that is being decided; default: the newest one that was. Foreign positions of our symbols count; without a stop they risk all that they are worth.
 */
export function holdingsOf(state: AccountState, asOf?: EpochMs): Holdings | undefined {
  const { policy, isRead, decided } = state;
  const multiplier = policy?.guards?.fleet?.multiplier;
  if (multiplier === undefined || !isRead) return undefined;
  const holdings = [
    ...openHoldings(state, multiplier),
    ...orderHoldings(state, multiplier),
    ...spentReservations(state, asOf),
  ].map(roundedHolding);
  const newest = Math.max(...Object.values(decided));
  return { holdings, ...(newest > 0 && { decided: epochMs(newest) }) };
}

function openHoldings(state: AccountState, multiplier: number): readonly Holding[] {
  const { books, positions, account } = state;
  const listed = (books?.positions ?? []).filter(({ ticket }) => !positions[ticket]);
  return [
    ...Object.values(positions).flatMap((position) => trackedHolding(state, position, multiplier)),
    ...listed.flatMap((position) =>
      valued(state, { ...position, id: `${account}:${position.ticket}` }, multiplier),
    ),
  ];
}

function trackedHolding(
  state: AccountState,
  position: TrackedPosition,
  multiplier: number,
): readonly Holding[] {
  const { tradeId, volume, closed } = position;
  const left = volume - closed.volume;
  const reserved = state.memory.reservations?.[tradeId];
  if (!reserved) return valued(state, { ...position, id: tradeId, volume: left }, multiplier);
  const share = left / reserved.volume;
  const { holding } = reserved;
  return [{ ...holding, notional: holding.notional * share, risk: holding.risk * share }];
}

/** A position that nothing was reserved for, by its entry and its stop. */
function valued(
  { instruments }: AccountState,
  position: Pick<TrackedPosition, 'symbol' | 'side' | 'entry' | 'stopLoss'> & {
    readonly id: string;
    readonly volume: number;
  },
  multiplier: number,
): readonly Holding[] {
  const { id, symbol, side, entry, stopLoss, volume } = position;
  const instrument = instruments[symbol];
  if (!instrument) return [];
  const worth = perPrice(instrument, volume) * multiplier;
  const distance = stopLoss === undefined ? entry : Math.abs(entry - stopLoss);
  return [{ id, symbol, side, notional: worth * entry, risk: worth * distance }];
}

/** What a move of one price unit makes of so many steps, in the account's currency. */
function perPrice(instrument: Instrument, volume: number): number {
  return lots(instrument, volume as Steps) * valuePerLot(instrument);
}

function orderHoldings(state: AccountState, multiplier: number): readonly Holding[] {
  const isOpen = ({ intent }: LiveOrder) =>
    Object.values(state.positions).some(({ tradeId }) => tradeId === intent.order.tradeId);
  return Object.values(state.orders)
    .filter((live) => !isOpen(live))
    .flatMap(({ intent: { order, riskMoney } }) => {
      const reserved = state.memory.reservations?.[order.tradeId];
      if (reserved) return [reserved.holding];
      const { tradeId, expectedPrice, symbol, side, volume } = order;
      const instrument = state.instruments[symbol];
      const worth = instrument ? perPrice(instrument, volume) : 0;
      const amounts = {
        notional: worth * expectedPrice * multiplier,
        risk: riskMoney * multiplier,
      };
      return [{ id: tradeId, symbol, side, ...amounts }];
    });
}

/** Reservations that nothing came of, in the bar that they were made for. */
function spentReservations(state: AccountState, asOf: EpochMs | undefined): readonly Holding[] {
  const reservations = Object.entries(state.memory.reservations ?? {});
  return reservations.flatMap(([tradeId, { holding, trace }]) => {
    const { series, barTime } = traceParts(trace);
    const isOver = barTime < (asOf ?? state.decided[series] ?? 0);
    return isOver || isLive(state, tradeId) ? [] : [holding];
  });
}

/** Those that still count once a later bar of their series is decided. */
export function keptReservations(
  state: AccountState,
  decided: string,
): Readonly<Record<string, Reservation>> {
  const { series, barTime } = traceParts(decided);
  return Object.fromEntries(
    Object.entries(state.memory.reservations ?? {}).filter(([tradeId, { trace }]) => {
      const own = traceParts(trace);
      return isLive(state, tradeId) || own.series !== series || own.barTime >= barTime;
    }),
  );
}

function isLive({ orders, positions }: AccountState, tradeId: string): boolean {
  return (
    Object.values(orders).some(({ intent }) => intent.order.tradeId === tradeId) ||
    Object.values(positions).some((position) => position.tradeId === tradeId)
  );
}

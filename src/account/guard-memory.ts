import type { EpochMs, Money } from '../domain/units.ts';
import { equityCurveLimit } from '../risk/guards/equity-curve.ts';
import type { AccountFact } from './account-fact.ts';
import type { AccountState } from './account-state.ts';
import { keptReservations, type Reservation } from './reservation.ts';
import { withField } from './state-copy.ts';
import { withKey } from './with-key.ts';

/** What guards have to know of the past. */
export type GuardMemory = {
  /** What the fleet's ledger granted, by trade; absent where the fleet was never capped. */
  readonly reservations?: Readonly<Record<string, Reservation>>;
  /** The newest local week that began, with the equity then; deposits and withdrawals move it in proportion. */
  readonly week?: { readonly index: number; readonly startEquity: Money };
  /** Results of closed trades, newest last. */
  readonly recentProfits: readonly Money[];
  /** When orders were intended, newest last. */
  readonly orderTimes: readonly EpochMs[];
  /** When the equity-curve filter tripped last, and how many trades were closed by then. */
  readonly equityCurve?: { readonly at: EpochMs; readonly closed: number };
};

export const blankMemory: GuardMemory = { recentProfits: [], orderTimes: [] };

/** The most that a configuration may look back. */
export const rememberedMax = 200;

/** The state with what its guards remember of one more fact. */
export function remember(state: AccountState, fact: AccountFact): AccountState {
  const memory = remembered(state, fact);
  return memory === state.memory ? state : withField(state, 'memory', memory);
}

function remembered(state: AccountState, fact: AccountFact): GuardMemory {
  const { memory, counts } = state;
  switch (fact.type) {
    case 'exposure-reserved': {
      const { trace, holding, volume } = fact;
      const reserved = { trace, holding, volume };
      const reservations = withKey(memory.reservations, holding.id, reserved);
      return { ...memory, reservations };
    }
    case 'bar-decided':
      if (memory.reservations === undefined) return memory;
      return { ...memory, reservations: keptReservations(state, fact.trace) };
    case 'week-began':
      return { ...memory, week: { index: fact.week, startEquity: fact.startEquity } };
    case 'position-closed':
      return { ...memory, recentProfits: newest(memory.recentProfits, fact.profit) };
    case 'order-intended':
      return { ...memory, orderTimes: newest(memory.orderTimes, fact.at) };
    case 'guard-tripped':
      if (fact.denial.limit !== equityCurveLimit) return memory;
      return { ...memory, equityCurve: { at: fact.at, closed: counts.closed } };
    default: // guards remember nothing of other facts
      return memory;
  }
}

function newest<T>(values: readonly T[], value: T): readonly T[] {
  return [...values, value].slice(-rememberedMax);
}

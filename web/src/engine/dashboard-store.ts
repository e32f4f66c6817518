import { createStore } from 'zustand/vanilla';
import type { FleetSnapshot } from '../../../src/protocol/fleet.ts';
import type { CommandName } from '../../../src/protocol/message.ts';

export type Account = FleetSnapshot['accounts'][number];
export type Position = Account['positions'][number];
export type Decision = NonNullable<Account['decision']>;
export type AccountEvent = FleetSnapshot['feed'][number];
export type Denial = Account['blockedBy'][number];

export type Connection =
  | { readonly state: 'signed-out'; readonly reason?: string }
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The line broke; the next try comes by itself. */
  | { readonly state: 'lost'; readonly reason: string; readonly retryMs: number }
  /** Engine and page do not understand each other. */
  | { readonly state: 'mismatch'; readonly reason: string };

type Order = { readonly command: CommandName; readonly target: string };

export type Notice = {
  readonly id: number;
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
};

export type DashboardState = {
  readonly connection: Connection;
  /** Undefined before the first snapshot; kept, as the last thing known, when the line breaks. */
  readonly fleet: FleetSnapshot | undefined;
  /** The one account that the lists show; undefined for all. */
  readonly selected: string | undefined;
  /** Commands without a result yet, by id. */
  readonly underWay: Readonly<Record<string, Order>>;
  readonly notices: readonly Notice[];
};

export type DashboardStore = ReturnType<typeof createDashboardStore>;

export function createDashboardStore() {
  return createStore<DashboardState>(() => ({
    connection: { state: 'connecting' },
    fleet: undefined,
    selected: undefined,
    underWay: {},
    notices: [],
  }));
}

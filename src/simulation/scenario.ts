/** What a seed stands for: how many accounts, how slow everything is, and what goes wrong when. */
import type { AccountCommand } from '../account/input.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import type { RequestFault } from '../terminal-simulator/fault.ts';

export type Scenario = {
  readonly seed: number;
  readonly bars: number;
  readonly accounts: readonly string[];
  /** Which place of the market, as a share of all. */
  readonly stage: number;
  readonly signalShare: number;
  /** Longest usual ways, in milliseconds, and how often one takes much longer. */
  readonly portDelayMs: number;
  readonly networkDelayMs: number;
  readonly slowShare: number;
  /** An external terminal may execute long after it was given up, and is given longer to prove absence. */
  readonly isExternal: boolean;
  readonly troubles: readonly Trouble[];
};

/** Something that goes wrong so many steps of the scheduler after a bar has closed, or after the next order has left. */
export type Trouble = {
  readonly bar: number;
  readonly since: 'bar' | 'order';
  readonly afterSteps: number;
} & (
  | { readonly kind: 'crash-actor'; readonly actor: string }
  | { readonly kind: 'kill-thread'; readonly thread: string; readonly lossShare: number }
  | { readonly kind: 'kill-engine' }
  | { readonly kind: 'cut-power' }
  | { readonly kind: 'broker'; readonly account: string; readonly fault: RequestFault }
  | { readonly kind: 'broker-down'; readonly account: string; readonly forMs: number }
  | { readonly kind: 'disk-full'; readonly account: string; readonly appends: number }
  | { readonly kind: 'crash-after-write'; readonly account: string }
  | { readonly kind: 'clock-jump'; readonly ms: number }
  | { readonly kind: 'command'; readonly account: string; readonly command: AccountCommand }
  | { readonly kind: 'policy'; readonly account: string; readonly risk: number }
);

type Draw = {
  readonly chance: () => number;
  readonly whole: (from: number, to: number) => number;
  readonly pick: <T>(among: readonly T[]) => T;
};

export function scenarioOf(seed: number): Scenario {
  const draw = drawFrom(seededRandom(seed));
  const bars = draw.whole(8, 40);
  const accounts = ['alpha', 'beta', 'gamma'].slice(0, draw.whole(1, 3));
  const isExternal = draw.chance() < 0.6;
  const isCalm = draw.chance() < 0.05;
  // A few kinds per seed meet each other more often than all of them at once.
  const kinds = [orders, orders, ...others].filter(() => draw.chance() < 0.4);
  const count = isCalm || kinds.length === 0 ? 0 : draw.whole(1, 20);
  const place = { bars, accounts, isExternal };
  return {
    seed,
    bars,
    accounts,
    stage: draw.chance(),
    signalShare: draw.pick([0.3, 0.9, 0.9]),
    portDelayMs: draw.pick([0, 1, 20]),
    networkDelayMs: draw.pick([0, 5, 80]),
    slowShare: draw.pick([0, 0.01, 0.05]),
    isExternal,
    troubles: Array.from({ length: count }, () => ({
      bar: draw.whole(0, bars - 1),
      since: draw.pick(['bar', 'order']),
      afterSteps: draw.whole(0, draw.pick([5, 20, 100, 300])),
      ...draw.pick(kinds)(draw, place),
    })),
  };
}

type Place = {
  readonly accounts: readonly string[];
  readonly isExternal: boolean;
};
type WithoutPlace<T> = T extends unknown ? Omit<T, 'bar' | 'since' | 'afterSteps'> : never;
type Maker = (draw: Draw, place: Place) => WithoutPlace<Trouble>;

const orders: Maker = (draw, place) => ({
  kind: 'broker',
  account: draw.pick(place.accounts),
  fault: orderFault(draw, place),
});

const others: readonly Maker[] = [
  (draw, { accounts }) => ({ kind: 'crash-actor', actor: draw.pick(actorsOf(accounts)) }),
  (draw, { accounts }) => ({
    kind: 'kill-thread',
    thread: draw.pick(['market', ...accounts.map((id) => `account:${id}`)]),
    lossShare: draw.pick([0, 0.5, 1]),
  }),
  () => ({ kind: 'kill-engine' }),
  () => ({ kind: 'cut-power' }),
  (draw, { accounts }) => ({
    kind: 'broker',
    account: draw.pick(accounts),
    fault: readFault(draw),
  }),
  (draw, { accounts }) => ({
    kind: 'broker-down',
    account: draw.pick(accounts),
    forMs: draw.whole(100, 40_000),
  }),
  (draw, { accounts }) => ({
    kind: 'disk-full',
    account: draw.pick(accounts),
    appends: draw.whole(1, 4),
  }),
  (draw, { accounts }) => ({ kind: 'crash-after-write', account: draw.pick(accounts) }),
  (draw) => ({
    kind: 'clock-jump',
    ms: draw.pick([-7_200_000, -3_600_000, -30_000, 30_000, 3_600_000, 86_400_000]),
  }),
  (draw, { accounts }) => ({
    kind: 'command',
    account: draw.pick(accounts),
    command: draw.pick(['pause', 'resume', 'resume', 'flatten', 'halt', 'revive', 'revive']),
  }),
  (draw, { accounts }) => ({
    kind: 'policy',
    account: draw.pick(accounts),
    risk: draw.pick([0.002, 0.01, 0.04]),
  }),
];

function actorsOf(accounts: readonly string[]): readonly string[] {
  return [
    'market/feed:BTCUSD',
    'market/features:BTCUSD',
    'inference/inference',
    'main/market-time',
    ...accounts.flatMap((id) => [`account:${id}/account`, `account:${id}/account`]),
  ];
}

const onOrders = { method: 'POST', path: '/orders' } as const;

function orderFault(draw: Draw, { isExternal }: Place): RequestFault {
  const scope = { ...onOrders, count: draw.whole(1, 3), skip: 0 };
  // Never longer than the proof of absence takes: a broker that acts later than it says cannot be traded with.
  const executeAfterMs = isExternal ? draw.pick([0, 3_000, 20_000]) : 0;
  const answerAfterMs = draw.pick([0, 0, 100, 30_000, 70_000]);
  // The cruellest one comes as often as all others together.
  if (draw.chance() < 0.5) {
    return {
      kind: 'gateway-timeout',
      ...scope,
      executes: draw.chance() < 0.7,
      executeAfterMs,
      answerAfterMs,
      format: draw.pick(['json', 'html']),
    };
  }
  return draw.pick<RequestFault>([
    { kind: 'drop-socket', ...scope, executes: draw.chance() < 0.5 },
    { kind: 'unavailable', ...scope, error: 'queue depth 21 exceeds max 20' },
    {
      kind: 'html-error',
      ...scope,
      status: draw.pick([500, 502]),
      executes: draw.chance() < 0.5,
    },
    {
      kind: 'reject',
      ...scope,
      retcode: draw.pick([10_004, 10_006, 10_016, 10_018, 10_019, 10_021, 10_031]),
      comment: 'Request rejected',
      dialect: draw.pick(['mt5', 'novosky']),
    },
    { kind: 'partial', ...scope, share: draw.pick([0.01, 0.5, 0.99]) },
    { kind: 'novosky-answer', ...scope },
    { kind: 'delay', ...scope, ms: draw.pick(isExternal ? [500, 10_000, 20_000] : [200]) },
  ]);
}

function readFault(draw: Draw): RequestFault {
  const scope = { count: draw.whole(1, 8), skip: draw.whole(0, 5) };
  const path = draw.pick(['/*', '/positions', '/history/deals', '/account', '/symbols/*']);
  const reads = { ...scope, method: 'GET', path } as const;
  return draw.pick<RequestFault>([
    { kind: 'empty-list', ...reads, path: draw.pick(['/positions', '/history/deals', '/*']) },
    { kind: 'delay', ...reads, ms: draw.pick([200, 7_000, 9_000]) },
    { kind: 'unavailable', ...reads, error: 'MT5 not initialized' },
    { kind: 'html-error', ...reads, status: draw.pick([500, 502]), executes: false },
    { kind: 'drop-socket', ...reads, executes: false },
    { kind: 'zero-tick', ...scope, path: '/symbols/*/tick' },
    { kind: 'infinity', ...reads, path: '/account', field: draw.pick(['balance', 'equity']) },
    { kind: 'null-terminal', ...scope, path: '/terminal' },
    { kind: 'disconnected', ...scope, path: '/terminal' },
  ]);
}

function drawFrom(chance: () => number): Draw {
  return {
    chance,
    whole: (from, to) => from + Math.floor(chance() * (to - from + 1)),
    pick: <T>(among: readonly T[]): T => among[Math.floor(chance() * among.length)] as T,
  };
}

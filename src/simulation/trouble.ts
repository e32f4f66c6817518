/** What goes wrong in a simulation. */
import type { AccountCommand } from '../account/input.ts';
import type { RequestFault } from '../terminal-simulator/fault.ts';
import type { Draw } from './draw.ts';

/**
 * Something that goes wrong so many steps of the scheduler, and so many milliseconds, after a bar has closed or after
 * the next order has left.
 */
export type Trouble = {
  readonly bar: number;
  readonly since: 'bar' | 'order';
  readonly afterSteps: number;
  readonly afterMs: number;
} & (
  | { readonly kind: 'crash-actor'; readonly actor: string }
  | { readonly kind: 'crash-many' }
  | { readonly kind: 'kill-thread'; readonly thread: string; readonly lossShare: number }
  /** Its code stands still, in a native call that cannot be interrupted or in an endless loop. */
  | { readonly kind: 'stall-thread'; readonly thread: string; readonly forMs: number }
  /** The next starts of an account fail. */
  | { readonly kind: 'fail-starts'; readonly account: string; readonly times: number }
  | { readonly kind: 'kill-engine' }
  /** Of what was committed without a flush, this share is on disk all the same. */
  | { readonly kind: 'cut-power'; readonly keptShare?: number }
  /** Whoever watches the engine stops it in order, and starts it again. A thread stands still meanwhile. */
  | { readonly kind: 'stop-engine'; readonly slowThread: string; readonly forMs: number }
  /** Every thread that may be ended, at once. */
  | { readonly kind: 'kill-all-threads'; readonly lossShare: number }
  /** So many crashes at once, of all actors in turn. */
  | { readonly kind: 'crash-flood'; readonly crashes: number }
  /** The heap of whatever an account lives in is full, and it is its fault. */
  | { readonly kind: 'out-of-memory'; readonly account: string }
  /** What its dead incarnation said last arrives once more. */
  | { readonly kind: 'late-copies'; readonly account: string; readonly count: number }
  /** The configuration changes while what the account lives in is being started again. */
  | { readonly kind: 'reload-in-restart'; readonly account: string; readonly risk: number }
  | { readonly kind: 'broker'; readonly account: string; readonly fault: RequestFault }
  | { readonly kind: 'broker-down'; readonly account: string; readonly forMs: number }
  /** Reads are answered at once, and the answers take this long: they are old when they come. */
  | {
      readonly kind: 'old-answers';
      readonly account: string;
      readonly path: string;
      readonly count: number;
      readonly ms: number;
    }
  | { readonly kind: 'disk-full'; readonly account: string; readonly appends: number }
  | { readonly kind: 'disk-busy'; readonly account: string; readonly appends: number }
  | { readonly kind: 'crash-after-write'; readonly account: string }
  | { readonly kind: 'clock-jump'; readonly ms: number }
  | { readonly kind: 'command'; readonly account: string; readonly command: AccountCommand }
  | { readonly kind: 'policy'; readonly account: string; readonly risk: number }
  /** A person restarts an account in order. */
  | { readonly kind: 'restart-account'; readonly account: string }
  /** An account leaves the run and joins it again. */
  | { readonly kind: 'leave-and-join'; readonly account: string; readonly joinsAfterMs: number }
);

type Place = {
  readonly accounts: readonly string[];
  readonly isExternal: boolean;
  readonly isLive: boolean;
};
type WithoutPlace<T> = T extends unknown
  ? Omit<T, 'bar' | 'since' | 'afterSteps' | 'afterMs'>
  : never;
export type Maker = (draw: Draw, place: Place) => WithoutPlace<Trouble>;

const orders: Maker = (draw, place) => ({
  kind: 'broker',
  account: draw.pick(place.accounts),
  fault: orderFault(draw, place),
});

/** Twice: they are what most depends on. */
export const orderTroubles: readonly Maker[] = [orders, orders];

export const otherTroubles: readonly Maker[] = [
  (draw, { accounts }) => ({ kind: 'crash-actor', actor: draw.pick(actorsOf(accounts)) }),
  () => ({ kind: 'crash-many' }),
  (draw, { accounts }) => ({
    kind: 'kill-thread',
    thread: draw.pick(['market', ...accounts.map((id) => `account:${id}`)]),
    lossShare: draw.pick([0, 0.5, 1]),
  }),
  (draw, { accounts }) => ({
    kind: 'stall-thread',
    thread: draw.pick(['market', 'inference', ...accounts.map((id) => `account:${id}`)]),
    forMs: draw.pick([50, 1_000, 10_000]),
  }),
  (draw, { accounts }) => ({
    kind: 'fail-starts',
    account: draw.pick(accounts),
    times: draw.pick([1, 2, 4, 50]),
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
    kind: 'old-answers',
    account: draw.pick(accounts),
    path: draw.pick(['/positions', '/positions', '/account', '/history/deals', '/*']),
    count: draw.whole(1, 20),
    ms: draw.pick([100, 500, 3_000, 7_000]),
  }),
  (draw, { accounts }) => ({
    kind: draw.pick(['disk-full', 'disk-busy']),
    account: draw.pick(accounts),
    appends: draw.whole(1, 4),
  }),
  (draw, { accounts }) => ({ kind: 'crash-after-write', account: draw.pick(accounts) }),
  (draw, { isLive }) => ({
    kind: 'clock-jump',
    // Further off, the clock of a host keeps a real market from being believed.
    ms: isLive
      ? draw.pick([-30_000, 30_000])
      : draw.pick([-7_200_000, -3_600_000, -30_000, 30_000, 3_600_000, 86_400_000]),
  }),
  (draw, { accounts }) => ({
    kind: 'command',
    account: draw.pick(accounts),
    command: draw.pick([
      'pause',
      'pause',
      'resume',
      'resume',
      'flatten',
      'halt',
      'revive',
      'revive',
    ]),
  }),
  (draw, { accounts }) => ({
    kind: 'policy',
    account: draw.pick(accounts),
    risk: draw.pick([0.002, 0.01, 0.04]),
  }),
  (draw, { accounts }) => ({ kind: 'restart-account', account: draw.pick(accounts) }),
  (draw, { accounts }) => ({
    kind: 'leave-and-join',
    account: draw.pick(accounts),
    joinsAfterMs: draw.pick([0, 1_000, 30_000]),
  }),
];

/** An order that was sent, and answered in no way that says what became of it. */
export const doubtfulOrder: Maker = (draw, place) => ({
  kind: 'broker',
  account: draw.pick(place.accounts),
  fault: {
    kind: 'gateway-timeout',
    ...{ ...onOrders, count: draw.whole(1, 2), skip: 0, format: 'json' },
    executes: draw.chance() < 0.5,
    executeAfterMs: place.isExternal ? draw.pick([0, 3_000, 20_000]) : 0,
    answerAfterMs: draw.pick([0, 0, 100]),
  },
});

/** What is worst while an order is in doubt, as often as all the rest. */
export const whileInDoubt: readonly Maker[] = [
  ({ pick }, { accounts }) => ({
    kind: 'command',
    account: pick(accounts),
    command: pick(['pause', 'pause', 'flatten', 'halt']),
  }),
  ({ pick }, { isLive }) => ({
    kind: 'clock-jump',
    ms: isLive ? 30_000 : pick([30_000, 3_600_000, 86_400_000]),
  }),
  ({ pick }, { accounts }) => ({
    kind: 'kill-thread',
    thread: `account:${pick(accounts)}`,
    lossShare: pick([0, 1]),
  }),
  ({ pick }) => ({ kind: pick(['kill-engine', 'cut-power']) }),
  (draw, place) => draw.pick(otherTroubles)(draw, place),
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

/** What chaos does, and the order in which a seed has it happen. */
import type { Harm } from '../runtime/harm.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import type { FaultRequest } from '../terminal-simulator/fault.ts';

/** Something that goes wrong. */
export type Trouble =
  | { readonly kind: 'actor-crash'; readonly actor: string; readonly account?: string }
  | { readonly kind: 'thread-ended'; readonly account: string }
  | { readonly kind: 'market-ended' }
  | { readonly kind: 'inference-killed' }
  | { readonly kind: 'harm'; readonly way: Harm; readonly account: string }
  | { readonly kind: 'market-harm'; readonly way: Harm }
  | { readonly kind: 'orders-fail'; readonly account: string; readonly fault: FaultRequest }
  | { readonly kind: 'reads-fail'; readonly account: string; readonly fault: FaultRequest }
  | { readonly kind: 'terminal-down'; readonly account: string; readonly forMs: number }
  | { readonly kind: 'disk-full'; readonly account: string; readonly appends: number }
  | { readonly kind: 'config-broken'; readonly file: string; readonly how: 'half' | 'wrong-type' }
  | { readonly kind: 'config-changed'; readonly confidence: number }
  | { readonly kind: 'account-left'; readonly account: string; readonly forMs: number }
  | { readonly kind: 'paused'; readonly account: string; readonly forMs: number }
  | { readonly kind: 'flattened'; readonly account: string }
  | { readonly kind: 'terminated' }
  | { readonly kind: 'interrupted-twice'; readonly apartMs: number }
  | { readonly kind: 'killed' }
  | { readonly kind: 'frozen'; readonly forMs: number };

export type TroubleKind = Trouble['kind'];

export const troubleKinds = [
  'actor-crash',
  'thread-ended',
  'market-ended',
  'inference-killed',
  'harm',
  'market-harm',
  'orders-fail',
  'reads-fail',
  'terminal-down',
  'disk-full',
  'config-broken',
  'config-changed',
  'account-left',
  'paused',
  'flattened',
  'terminated',
  'interrupted-twice',
  'killed',
  'frozen',
] as const satisfies readonly TroubleKind[];

/** A trouble and its moment. */
export type Blow = {
  readonly trouble: Trouble;
  /** Calm before it, from when everybody is back on. */
  readonly calmMs: number;
  /** Whether it waits for the next order at any broker: the moment at which most can be lost. */
  readonly atOrder: boolean;
  readonly afterMs: number;
  /** What goes wrong at the same time, somewhere else. */
  readonly beside?: Trouble;
};

export type TroubleOptions = {
  readonly seed: number;
  readonly accounts: readonly string[];
  readonly symbol: string;
  readonly kinds: readonly TroubleKind[];
};

type Draw = {
  readonly chance: () => number;
  readonly whole: (from: number, to: number) => number;
  readonly pick: <T>(among: readonly T[]) => T;
};

/** What a terminal does to its callers disturbs no process: it may come together with everything else. */
const besideKinds = ['orders-fail', 'reads-fail', 'terminal-down'] as const;
/** A broken file must not meet a start of the engine, which would rightly refuse it. */
const aloneKinds: ReadonlySet<TroubleKind> = new Set([
  'config-broken',
  'config-changed',
  'account-left',
]);

/** Of what has several ways, more comes. */
const weights: Partial<Record<TroubleKind, number>> = { harm: 4, 'orders-fail': 2, killed: 2 };

/** The troubles of a seed, without end. Every kind comes, in its weight, before any comes again. */
export function* blowsOf(options: TroubleOptions): Generator<Blow, never> {
  const draw = drawFrom(seededRandom(options.seed));
  const deck = options.kinds.flatMap((kind) => Array<TroubleKind>(weights[kind] ?? 1).fill(kind));
  for (;;) {
    for (const kind of shuffled(deck, draw)) yield blowOf(kind, draw, options);
  }
}

function blowOf(kind: TroubleKind, draw: Draw, options: TroubleOptions): Blow {
  const trouble = makers[kind](draw, options);
  const hasCompany = draw.chance() < 0.35 && !aloneKinds.has(kind);
  const beside = makers[draw.pick(besideKinds)](draw, options);
  return {
    trouble,
    calmMs: draw.whole(200, 1_500),
    atOrder: draw.chance() < 0.6,
    afterMs: draw.pick([0, 0, 1, 3, 10, 40]),
    ...(hasCompany && { beside }),
  };
}

const makers: Readonly<Record<TroubleKind, (draw: Draw, options: TroubleOptions) => Trouble>> = {
  'actor-crash': (draw, { accounts, symbol }) => {
    const account = draw.pick(accounts);
    return draw.pick<Trouble>([
      { kind: 'actor-crash', actor: `account:${account}/account`, account },
      { kind: 'actor-crash', actor: `account:${account}/account`, account },
      { kind: 'actor-crash', actor: `market/feed:${symbol}` },
      { kind: 'actor-crash', actor: `market/features:${symbol}` },
      { kind: 'actor-crash', actor: 'inference/inference' },
      { kind: 'actor-crash', actor: 'main/market-time' },
    ]);
  },
  'thread-ended': (draw, { accounts }) => ({ kind: 'thread-ended', account: draw.pick(accounts) }),
  'market-ended': () => ({ kind: 'market-ended' }),
  'inference-killed': () => ({ kind: 'inference-killed' }),
  harm: (draw, { accounts }) => ({
    kind: 'harm',
    way: draw.pick<Harm>(['throw', 'reject', 'exit', 'loop', 'heap', 'native-stall']),
    account: draw.pick(accounts),
  }),
  'market-harm': (draw) => ({
    kind: 'market-harm',
    way: draw.pick<Harm>(['throw', 'reject', 'exit', 'loop', 'native-stall']),
  }),
  'orders-fail': (draw, { accounts }) => ({
    kind: 'orders-fail',
    account: draw.pick(accounts),
    fault: orderFault(draw),
  }),
  'reads-fail': (draw, { accounts }) => ({
    kind: 'reads-fail',
    account: draw.pick(accounts),
    fault: readFault(draw),
  }),
  'terminal-down': (draw, { accounts }) => ({
    kind: 'terminal-down',
    account: draw.pick(accounts),
    forMs: draw.whole(300, 4_000),
  }),
  'disk-full': (draw, { accounts }) => ({
    kind: 'disk-full',
    account: draw.pick(accounts),
    appends: draw.whole(1, 3),
  }),
  'config-broken': (draw) => ({
    kind: 'config-broken',
    file: draw.pick(['accounts.json', 'config.json', 'terminals.json']),
    how: draw.pick(['half', 'wrong-type']),
  }),
  'config-changed': (draw) => ({
    kind: 'config-changed',
    confidence: draw.whole(340, 360) / 1_000,
  }),
  'account-left': (draw, { accounts }) => ({
    kind: 'account-left',
    account: draw.pick(accounts),
    forMs: draw.whole(300, 3_000),
  }),
  paused: (draw, { accounts }) => ({
    kind: 'paused',
    account: draw.pick(accounts),
    forMs: draw.whole(2_500, 5_000),
  }),
  flattened: (draw, { accounts }) => ({ kind: 'flattened', account: draw.pick(accounts) }),
  terminated: () => ({ kind: 'terminated' }),
  'interrupted-twice': (draw) => ({
    kind: 'interrupted-twice',
    apartMs: draw.pick([100, 1_100]),
  }),
  killed: () => ({ kind: 'killed' }),
  frozen: () => ({ kind: 'frozen', forMs: 2_000 }),
};

/** Calls that are late act at most so long after they came: the proof of absence that chaos asks for is longer. */
export const lateMaxMs = 4_000;

function orderFault(draw: Draw): FaultRequest {
  const scope = { method: 'POST', path: '/orders', count: draw.whole(1, 2) } as const;
  // The cruellest one comes as often as all others together.
  if (draw.chance() < 0.5) {
    return {
      kind: 'gateway-timeout',
      ...scope,
      executes: draw.chance() < 0.7,
      executeAfterMs: draw.pick([0, 1_000, lateMaxMs]),
      answerAfterMs: draw.pick([0, 200, 3_000]),
      format: draw.pick(['json', 'html']),
    };
  }
  return draw.pick<FaultRequest>([
    { kind: 'drop-socket', ...scope, executes: draw.chance() < 0.5 },
    { kind: 'unavailable', ...scope, error: 'queue depth 21 exceeds max 20' },
    { kind: 'html-error', ...scope, status: 502, executes: draw.chance() < 0.5 },
    { kind: 'reject', ...scope, retcode: draw.pick([10_004, 10_006, 10_018, 10_021]) },
    { kind: 'partial', ...scope, share: draw.pick([0.01, 0.5, 0.99]) },
    { kind: 'delay', ...scope, ms: draw.pick([500, lateMaxMs]) },
  ]);
}

function readFault(draw: Draw): FaultRequest {
  // Each failure in a row doubles the time to the next look, up to 30 s.
  const scope = { count: draw.whole(1, 5), skip: draw.whole(0, 5) };
  const path = draw.pick(['/*', '/positions', '/history/deals', '/account', '/symbols/*']);
  const reads = { ...scope, method: 'GET', path } as const;
  return draw.pick<FaultRequest>([
    { kind: 'empty-list', ...reads, path: draw.pick(['/positions', '/history/deals', '/*']) },
    { kind: 'delay', ...reads, ms: draw.pick([200, 2_000]) },
    { kind: 'unavailable', ...reads },
    { kind: 'html-error', ...reads, status: draw.pick([500, 502]) },
    { kind: 'drop-socket', ...reads, executes: false },
    { kind: 'zero-tick', ...scope },
    { kind: 'infinity', ...reads, path: '/account', field: draw.pick(['balance', 'equity']) },
    { kind: 'null-terminal', ...scope },
    { kind: 'disconnected', ...scope },
  ]);
}

function shuffled<T>(deck: readonly T[], draw: Draw): readonly T[] {
  const cards = [...deck];
  for (let last = cards.length - 1; last > 0; last -= 1) {
    const other = draw.whole(0, last);
    [cards[last], cards[other]] = [cards[other] as T, cards[last] as T];
  }
  return cards;
}

function drawFrom(chance: () => number): Draw {
  return {
    chance,
    whole: (from, to) => from + Math.floor(chance() * (to - from + 1)),
    pick: <T>(among: readonly T[]): T => among[Math.floor(chance() * among.length)] as T,
  };
}

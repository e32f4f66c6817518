/** What goes wrong in a simulation beside the usual: ends of the engine and of all its threads, heaps, late mail. */
import type { Draw } from './draw.ts';
import type { Maker, Trouble } from './trouble.ts';

type Place = Parameters<Maker>[1] & { readonly bars: number; readonly isCapped: boolean };

type Moment = Pick<Trouble, 'bar' | 'since' | 'afterSteps' | 'afterMs'>;

/** Of these some seeds have a few more; they are drawn apart, so that all else in a seed stays what it was. */
const makers: readonly ((draw: Draw, place: Place) => ReturnType<Maker>)[] = [
  (draw, { accounts }) => ({ kind: 'out-of-memory', account: draw.pick(accounts) }),
  (draw) => ({ kind: 'kill-all-threads', lossShare: draw.pick([0, 0.5, 1]) }),
  (draw) => ({ kind: 'crash-flood', crashes: draw.pick([30, 1_000]) }),
  (draw, { accounts }) => ({
    kind: 'stop-engine',
    slowThread: draw.pick(['market', 'inference', ...accounts.map((id) => `account:${id}`)]),
    forMs: draw.pick([0, 0, 500, 3_000, 20_000]),
  }),
  (draw, { accounts }) => ({
    kind: 'late-copies',
    account: draw.pick(accounts),
    count: draw.whole(1, 30),
  }),
  (draw, { accounts }) => ({
    kind: 'reload-in-restart',
    account: draw.pick(accounts),
    risk: draw.pick([0.002, 0.01, 0.04]),
  }),
  (draw, { accounts }) => ({
    kind: 'stall-thread',
    thread: draw.pick(['market', ...accounts.map((id) => `account:${id}`)]),
    forMs: draw.pick([20_000, 45_000]),
  }),
  (draw) => ({ kind: 'cut-power', keptShare: draw.chance() }),
];

export function moreTroubles(draw: Draw, place: Place): readonly Trouble[] {
  const kinds = makers.filter(() => draw.chance() < 0.3);
  const count = kinds.length === 0 ? 0 : draw.whole(0, 4);
  const single = Array.from({ length: count }, () => ({
    ...momentOf(draw, place),
    ...draw.pick(kinds)(draw, place),
  }));
  return [...single, ...(place.isCapped ? ledgerTroubles(draw, place) : [])];
}

/** The ledger of the fleet loses its memory, in the worst case while one who holds something does not run. */
function ledgerTroubles(draw: Draw, place: Place): readonly Trouble[] {
  const forgets = draw.pick<ReturnType<Maker>>([
    { kind: 'crash-actor', actor: 'main/fleet' },
    { kind: 'kill-engine' },
  ]);
  const moment = { ...momentOf(draw, place), since: 'order' as const };
  const { bar } = moment;
  const account = draw.pick(place.accounts);
  const isGivenUp: readonly Trouble[] = [
    { ...moment, kind: 'fail-starts', account, times: 60 },
    { ...moment, kind: 'kill-thread', thread: `account:${account}`, lossShare: draw.pick([0, 1]) },
  ];
  const later = { bar: bar + draw.whole(0, 2), since: 'bar' as const, afterSteps: 0, afterMs: 0 };
  return [
    ...(draw.chance() < 0.3 ? isGivenUp : []),
    ...(draw.chance() < 0.5 ? [{ ...later, ...forgets }] : []),
  ];
}

function momentOf(draw: Draw, { bars }: Place): Moment {
  return {
    bar: draw.whole(0, bars - 1),
    since: draw.pick(['bar', 'order'] as const),
    afterSteps: draw.whole(0, draw.pick([5, 20, 100, 300])),
    afterMs: draw.chance() < 0.7 ? 0 : draw.whole(0, draw.pick([300, 5_000])),
  };
}

/** What a seed stands for: how many accounts, how slow everything is, and what goes wrong when. */
import type { Isolation } from '../engine/placement.ts';
import type { FleetCaps } from '../risk/exposure.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { type Draw, drawFrom } from './draw.ts';
import { moreTroubles } from './more-trouble.ts';
import {
  doubtfulOrder,
  type Maker,
  orderTroubles,
  otherTroubles,
  type Trouble,
  whileInDoubt,
} from './trouble.ts';

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
  /** Threads or processes of their own, one thread for all, or, where they are many, shards. */
  readonly isolation: Isolation;
  /** What all accounts together may hold. */
  readonly caps: FleetCaps | undefined;
  /** The engine looks at the pulses of its threads; else whoever simulates sees that one hangs. */
  readonly watchesPulse: boolean;
  /** The wall moves the market and accounts look at their brokers this often; undefined: lockstep. */
  readonly pollMs: number | undefined;
  /** How open positions are managed. */
  readonly management: 'none' | 'partial-close' | 'trailing';
  readonly troubles: readonly Trouble[];
};

const managements = ['none', 'partial-close', 'trailing'] as const;
/** More than `auto` gives a thread each. */
const crowd = Array.from({ length: 26 }, (_, index) => `crowd-${index + 1}`);

export function scenarioOf(seed: number): Scenario {
  const draw = drawFrom(seededRandom(seed));
  // Drawn apart: all else in a seed stays what it was before there was any of it.
  const apart = drawFrom(seededRandom(seed ^ 0xca95));
  const isLive = draw.chance() < 0.15;
  const isCrowd = apart.chance() < 0.03 && !isLive;
  const few = isLive ? draw.whole(3, 7) : draw.whole(8, 40);
  const bars = isCrowd ? 2 : few;
  const names = ['alpha', 'beta', 'gamma'].slice(0, draw.whole(1, isLive ? 2 : 3));
  const accounts = isCrowd ? crowd : names;
  const isExternal = draw.chance() < 0.6;
  const caps = apart.chance() < 0.35 ? capsOf(apart) : undefined;
  const isInProcesses = apart.chance() < 0.12;
  const base = {
    seed,
    bars,
    accounts,
    stage: draw.chance(),
    signalShare: draw.pick([0.3, 0.9, 0.9]),
    portDelayMs: draw.pick([0, 1, 20]),
    networkDelayMs: draw.pick([0, 5, 80]),
    slowShare: draw.pick([0, 0.01, 0.05]),
    isExternal,
    isolation: placeOf(draw.chance() < 0.75, { isCrowd, isInProcesses }),
    caps,
    watchesPulse: apart.chance() < 0.15 && !isLive && !isCrowd,
    // Not drawn: the rest of a scenario stays what it was before there was any.
    management: managements[seed % managements.length] ?? 'none',
    pollMs: isLive ? draw.pick([5_000, 15_000, 30_000]) : undefined,
  } as const;
  const place = { bars, accounts, isExternal, isLive };
  const usual = [...troublesOf(draw, place), ...(draw.chance() < 0.3 ? doubtOf(draw, place) : [])];
  // Where nothing goes wrong all stays calm: those runs are held to more rules.
  const more =
    usual.length === 0 ? [] : moreTroubles(apart, { ...place, isCapped: caps !== undefined });
  return { ...base, troubles: [...usual, ...more] };
}

function placeOf(
  isAlone: boolean,
  { isCrowd, isInProcesses }: { readonly isCrowd: boolean; readonly isInProcesses: boolean },
): Isolation {
  if (isCrowd) return 'auto';
  if (isInProcesses) return 'process';
  return isAlone ? 'thread' : 'shared:all';
}

/** A usual trade risks a hundred: one, two or four of them fit, or as much in notional. */
function capsOf(draw: Draw): FleetCaps {
  const most = draw.pick([150, 250, 450]);
  return draw.pick<FleetCaps>([
    { symbolRiskMax: most, groups: [] },
    { symbolNotionalMax: most * 300, groups: [] },
    { groupRiskMax: most, groups: [{ name: 'coins', members: { BTCUSD: 1 } }] },
  ]);
}

type Place = Parameters<Maker>[1] & { readonly bars: number };

function troublesOf(draw: Draw, place: Place): readonly Trouble[] {
  const isCalm = draw.chance() < 0.05;
  // A few kinds per seed meet each other more often than all of them at once; so do those of one moment and one account.
  const kinds = [...orderTroubles, ...otherTroubles].filter(() => draw.chance() < 0.35);
  const count = isCalm || kinds.length === 0 ? 0 : draw.whole(1, 20);
  const isFocused = draw.chance() < 0.4;
  const first = isFocused ? draw.whole(0, place.bars - 1) : 0;
  const last = isFocused ? Math.min(place.bars - 1, first + draw.whole(0, 3)) : place.bars - 1;
  const accounts = isFocused ? [draw.pick(place.accounts)] : place.accounts;
  return Array.from({ length: count }, () => ({
    bar: draw.whole(first, last),
    since: draw.pick(['bar', 'order']),
    afterSteps: draw.whole(0, draw.pick([5, 20, 100, 300])),
    afterMs: draw.chance() < 0.7 ? 0 : draw.whole(0, draw.pick([300, 5_000, 60_000])),
    ...draw.pick(kinds)(draw, { ...place, accounts }),
  }));
}

/** Nobody knows what became of an order, and before that is found out something else goes wrong. */
function doubtOf(draw: Draw, place: Place): readonly Trouble[] {
  const bar = draw.whole(0, place.bars - 1);
  const here = { ...place, accounts: [draw.pick(place.accounts)] };
  const doubtMs = place.isExternal ? 25_000 : 300;
  const before = { bar, since: 'bar', afterSteps: 0, afterMs: 0 } as const;
  const more = Array.from({ length: draw.whole(1, 2) }, () => ({
    ...{ bar, since: 'order' as const, afterSteps: draw.whole(0, 20) },
    afterMs: draw.whole(0, doubtMs),
    ...draw.pick(whileInDoubt)(draw, here),
  }));
  return [{ ...before, ...doubtfulOrder(draw, here) }, ...more];
}

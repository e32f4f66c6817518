import { assert } from '../domain/assert.ts';
import type { RestartType } from './child-spec.ts';
import type { ErrorFacts } from './error-facts.ts';
import {
  entryAt,
  firstEntry,
  lastEntry,
  type OrderedMap,
  valuesOf,
  withEntry,
  withoutKey,
} from './ordered-map.ts';

export type ChildState = {
  readonly id: string;
  readonly restart: RestartType;
  readonly isSignificant: boolean;
  readonly status: 'stopped' | 'starting' | 'running' | 'waiting' | 'stopping';
  /** What it shall be once nothing stands in the way: up, down but known, or forgotten. */
  readonly goal: 'up' | 'down' | 'gone';
  /** It has to go down once before it comes up again. */
  readonly mustCycle: boolean;
  /** Started by hand after it was down: if that fails it stays down. */
  readonly isTrial: boolean;
  readonly epoch: number;
  readonly restarts: number;
  /** Restarts in a row, without a time of health between them. */
  readonly streak: number;
  /** When it last came up; absent before the first time. */
  readonly upSince?: number;
  readonly lastFailure?: ErrorFacts;
};

/** The children of one supervisor. To find or change one, or the first of a kind, no other has to be looked at. */
export type Children = {
  /** By their place in the order of starts. */
  readonly inOrder: OrderedMap<number, ChildState>;
  readonly places: OrderedMap<string, number>;
};

const isUp = ({ status }: ChildState) => status === 'running' || status === 'starting';
const isMeant = ({ goal, mustCycle }: ChildState) => goal === 'up' && !mustCycle;

/** By what children are looked for. `meant`: shall be up, and stay up. */
const traits = {
  up: isUp,
  starting: ({ status }) => status === 'starting',
  stopping: ({ status }) => status === 'stopping',
  waiting: ({ status }) => status === 'waiting',
  'not-stopped': ({ status }) => status !== 'stopped',
  'up-not-meant': (child) => isUp(child) && !isMeant(child),
  'waiting-not-meant': (child) => child.status === 'waiting' && !isMeant(child),
  'stopped-meant': (child) => child.status === 'stopped' && isMeant(child),
  'stopped-gone': ({ status, goal }) => status === 'stopped' && goal === 'gone',
  /** On the way to a goal that it has not reached, and not waiting for time to pass. */
  'not-up-yet': ({ status, goal }) => goal === 'up' && status !== 'running' && status !== 'waiting',
  'waiting-to-be-up': ({ status, goal }) => goal === 'up' && status === 'waiting',
  changing: ({ goal, mustCycle, status }) =>
    goal === 'gone' || mustCycle || status === 'starting' || status === 'stopping',
  'significant-up': ({ isSignificant, goal }) => isSignificant && goal === 'up',
} as const satisfies Record<string, (child: ChildState) => boolean>;

export type Trait = keyof typeof traits;

const marks = Object.fromEntries(
  Object.keys(traits).map((trait, index) => [trait, 1 << index]),
) as Record<Trait, number>;
const predicates: readonly ((child: ChildState) => boolean)[] = Object.values(traits);

function marksOf(child: ChildState): number {
  let found = 0;
  for (const [index, holds] of predicates.entries()) if (holds(child)) found |= 1 << index;
  return found;
}

export function childrenOf(list: readonly ChildState[]): Children {
  return list.reduce(withNewChild, { inOrder: undefined, places: undefined });
}

/** With one more, at the end. */
export function withNewChild({ inOrder, places }: Children, child: ChildState): Children {
  assert(!entryAt(places, child.id), `${child.id} is not a child yet`);
  const place = (lastEntry(inOrder)?.key ?? -1) + 1;
  return {
    inOrder: withEntry(inOrder, { key: place, value: child, marks: marksOf(child) }),
    places: withEntry(places, { key: child.id, value: place, marks: 0 }),
  };
}

/** With this in place of the one of the same id. */
export function withChild({ inOrder, places }: Children, child: ChildState): Children {
  const place = entryAt(places, child.id)?.value;
  assert(place !== undefined, `${child.id} is a child`);
  const entry = { key: place, value: child, marks: marksOf(child) };
  return { inOrder: withEntry(inOrder, entry), places };
}

export function withoutChild({ inOrder, places }: Children, id: string): Children {
  const place = entryAt(places, id)?.value;
  assert(place !== undefined, `${id} is a child`);
  return { inOrder: withoutKey(inOrder, place), places: withoutKey(places, id) };
}

export function childOf({ inOrder, places }: Children, id: string): ChildState | undefined {
  const place = entryAt(places, id)?.value;
  return place === undefined ? undefined : entryAt(inOrder, place)?.value;
}

/** In start order. */
export function allChildren({ inOrder }: Children, trait?: Trait): readonly ChildState[] {
  return valuesOf(inOrder, trait && { marks: marks[trait] });
}

/** Those that start after `id`, in order. */
export function childrenAfter(
  { inOrder, places }: Children,
  id: string,
  trait: Trait,
): readonly ChildState[] {
  const after = entryAt(places, id)?.value;
  assert(after !== undefined, `${id} is a child`);
  return valuesOf(inOrder, { marks: marks[trait], after });
}

export function firstChild({ inOrder }: Children, trait: Trait): ChildState | undefined {
  return firstEntry(inOrder, marks[trait])?.value;
}

export function lastChild({ inOrder }: Children, trait: Trait): ChildState | undefined {
  return lastEntry(inOrder, marks[trait])?.value;
}

export function hasChild({ inOrder }: Children, trait: Trait): boolean {
  return inOrder !== undefined && (inOrder.marks & marks[trait]) !== 0;
}

/** Whether one of this kind starts before `id`. */
export function hasChildBefore({ inOrder, places }: Children, id: string, trait: Trait): boolean {
  const first = firstEntry(inOrder, marks[trait]);
  const place = entryAt(places, id)?.value;
  return first !== undefined && place !== undefined && first.key < place;
}

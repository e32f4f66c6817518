import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crash, entries, policy, World } from '../../test/fixtures/supervision-world.ts';
import type { RestartType } from './child-spec.ts';
import { allChildren } from './supervision-children.ts';
import { find, type SupervisionPolicy } from './supervision-state.ts';

/** Something happens to a child, to its supervisor, or to time. `pick` chooses among those it can happen to. */
type Happening = { readonly what: What; readonly pick: number };

const whats = [
  'progress',
  'progress',
  'progress',
  'refuse',
  'crash',
  'finish',
  'advance',
  'add',
  'remove',
  'stop-child',
  'restart-child',
  'start-child',
  'ignore',
  'reconfigure',
] as const;
type What = (typeof whats)[number];

const happening = fc.record({ what: fc.constantFrom(...whats), pick: fc.nat({ max: 100 }) });
const children = fc.array(
  fc.constantFrom<RestartType>('permanent', 'permanent', 'transient', 'temporary'),
  { minLength: 1, maxLength: 5 },
);
const shape = fc.record({
  strategy: fc.constantFrom<SupervisionPolicy['strategy']>(
    'one-for-one',
    'one-for-all',
    'rest-for-one',
  ),
  firstStart: fc.constantFrom<SupervisionPolicy['firstStart']>('fail', 'restart'),
  restartsMax: fc.integer({ min: 0, max: 6 }),
});

function worldOf(
  restarts: readonly RestartType[],
  { strategy, firstStart, restartsMax }: typeof shape extends fc.Arbitrary<infer S> ? S : never,
): World {
  const ids = 'abcde';
  const given = restarts.map((restart, index) => ({ id: ids[index] as string, restart }));
  const intensity = { ...policy.intensity, restartsMax };
  return new World(given, { strategy, firstStart, intensity });
}

function happen(world: World, { what, pick }: Happening): void {
  const statuses: Partial<Record<What, readonly string[]>> = {
    progress: ['starting', 'stopping'],
    refuse: ['starting'],
    ignore: ['starting'],
    crash: ['up', 'stopping'],
    finish: ['up'],
  };
  const known = allChildren(world.state.children).map(({ id }) => id);
  const alive = [...world.alive].filter(([, { status }]) => statuses[what]?.includes(status));
  const candidates = statuses[what] ? alive.map(([id]) => id) : known;
  const id = candidates[pick % Math.max(1, candidates.length)];
  if (what === 'advance') world.advance(pick * 10);
  else if (what === 'add') addNew(world);
  else if (what === 'reconfigure') reconfigure(world, pick);
  else if (id !== undefined) happenTo(world, what, id);
}

function addNew(world: World): void {
  const id = [...'fgh'].find((free) => !find(world.state, free));
  if (id !== undefined) world.input({ type: 'add', child: { id, restart: 'permanent' } });
}

/** Every other one stays or changes, who was there before may come back, somebody new may come. */
function reconfigure(world: World, pick: number): void {
  const ids = [...'abcdefgh'].filter((_, index) => (pick >> (index % 7)) % 2 === 1);
  const policy = { ...world.state.policy, autoShutdown: 'all-significant' as const };
  const restart = pick % 3 === 0 ? 'temporary' : 'transient';
  const children = ids.map((id) => ({ id, restart, isSignificant: pick % 5 === 0 }) as const);
  world.input({ type: 'reconfigure', policy, children, changed: new Set(ids.slice(1)) });
}

function happenTo(
  world: World,
  what: Exclude<What, 'advance' | 'add' | 'reconfigure'>,
  id: string,
): void {
  switch (what) {
    case 'progress':
      return world.progress(id);
    case 'refuse':
      return world.refuse(id);
    case 'ignore':
      return world.ignore(id);
    case 'start-child':
      return world.input({ type: 'start-child', id });
    case 'crash':
      return world.crash(id);
    case 'finish':
      return world.exit(id, { reason: 'normal' });
    case 'remove':
      return world.input({ type: 'remove', id });
    case 'stop-child':
      return world.input({ type: 'stop-child', id });
    case 'restart-child':
      return world.input({ type: 'restart-child', id, reason: 'operator' });
  }
}

/** No more faults: what is under way succeeds, and time passes. */
function calm(world: World): void {
  for (let round = 0; round < 50; round += 1) {
    world.settle();
    world.advance(1_000);
  }
}

function checkSafety(world: World): void {
  const { state } = world;
  for (const child of allChildren(state.children)) {
    const alive = world.alive.get(child.id);
    const isUnderWay = ['starting', 'running', 'stopping'].includes(child.status);
    expect(alive !== undefined, `${child.id} is ${child.status}`).toBe(isUnderWay);
    if (alive) expect(alive.epoch).toBe(child.epoch);
    expect(world.waiting.has(child.id)).toBe(child.status === 'waiting');
  }
  const recent = state.history.filter((at) => at >= world.now - state.policy.intensity.windowMs);
  const isOver = state.phase === 'failing' || state.phase === 'ended';
  if (!isOver) expect(recent.length).toBeLessThanOrEqual(state.policy.intensity.restartsMax);
  if (world.end !== undefined) expect(world.alive.size + world.waiting.size).toBe(0);
}

test('whatever happens: one incarnation at a time, no more restarts than allowed, nothing left after the end', () => {
  fc.assert(
    fc.property(shape, children, fc.array(happening, { maxLength: 80 }), (how, who, what) => {
      const world = worldOf(who, how);
      world.input({ type: 'start' });
      for (const next of what) {
        happen(world, next);
        checkSafety(world);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('when faults cease, everybody who shall be up is up, or the supervisor has given up', () => {
  fc.assert(
    fc.property(shape, children, fc.array(happening, { maxLength: 60 }), (how, who, what) => {
      const world = worldOf(who, how);
      world.input({ type: 'start' });
      for (const next of what) happen(world, next);
      calm(world);
      if (world.end !== undefined) return;
      expect(world.state.phase).toBe('running');
      for (const child of allChildren(world.state.children)) {
        expect(child.status, child.id).toBe(child.goal === 'up' ? 'running' : 'stopped');
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a stop always comes to its end, with stops in reverse order', () => {
  fc.assert(
    fc.property(shape, children, fc.array(happening, { maxLength: 60 }), (how, who, what) => {
      const world = worldOf(who, how);
      world.input({ type: 'start' });
      for (const next of what) happen(world, next);
      const order = allChildren(world.state.children).map(({ id }) => id);
      world.take();
      const underWay = [...world.alive].filter(([, { status }]) => status === 'stopping').length;
      world.input({ type: 'stop' });
      world.settle();
      expect(world.end).toBeDefined();
      const stops = world.take().filter((entry) => entry.startsWith('stop '));
      const places = stops.map((entry) => order.indexOf(entry.charAt(5)));
      // Those that were on their way down already are not part of it.
      if (underWay === 0) expect(places).toEqual([...places].sort((a, b) => b - a));
    }),
    { numRuns: 1_000 },
  );
});

test('epochs of one id only grow, over removal and return as well', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('crash', 'remove', 'restart'), { maxLength: 30 }),
      (steps) => {
        const intensity = { restartsMax: 100, windowMs: 1_000 };
        const world = new World(entries('a'), { intensity }).upAll();
        for (const step of steps) {
          if (step === 'crash') world.crash('a');
          if (step === 'restart') world.input({ type: 'restart-child', id: 'a', reason: 'test' });
          if (step === 'remove') {
            world.input({ type: 'remove', id: 'a' });
            world.settle();
            world.input({ type: 'add', child: { id: 'a', restart: 'permanent' } });
          }
          world.settle();
          world.advance(500);
          world.settle();
        }
        const epochs = world.take().flatMap((entry) => /^start a(\d+)$/.exec(entry)?.[1] ?? []);
        expect(epochs).toEqual(steps.map((_, index) => String(index + 2)));
      },
    ),
  );
});

test('the same inputs give the same decisions', () => {
  fc.assert(
    fc.property(shape, children, fc.array(happening, { maxLength: 40 }), (how, who, what) => {
      const run = () => {
        const world = worldOf(who, how);
        world.input({ type: 'start' });
        for (const next of what) happen(world, next);
        return { log: world.log, state: world.state };
      };
      expect(run()).toEqual(run());
    }),
  );
});

test('a crash is never taken for a stop', () => {
  const world = new World(entries('a')).upAll();
  world.exit('a', crash);
  expect(world.reports.at(-2)).toMatchObject({ type: 'child-ended', isRequested: false });
});

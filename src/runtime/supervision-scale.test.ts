import { describe, expect, test } from 'vitest';
import { CountedReads } from '../../test/fixtures/counted-reads.ts';
import { crash, policy } from '../../test/fixtures/supervision-world.ts';
import type { ChildSpec } from './child-spec.ts';
import { systemClock } from './clock.ts';
import { supervise } from './supervision.ts';
import {
  initialSupervision,
  type SupervisionInput,
  type SupervisionPolicy,
  type SupervisionState,
} from './supervision-state.ts';
import { Supervisor } from './supervisor.ts';

type Shape = Pick<SupervisionPolicy, 'strategy' | 'order'>;

const shapes: readonly Shape[] = [
  { strategy: 'one-for-one', order: 'parallel' },
  { strategy: 'one-for-one', order: 'sequential' },
  { strategy: 'rest-for-one', order: 'sequential' },
];

/** A supervisor whose children obey at once, and how many properties of its state its decisions have read. */
class Crowd {
  readonly #reads = new CountedReads();
  #state: SupervisionState;

  constructor(size: number, shape: Shape) {
    const children = ids(size).map((id) => ({ id, restart: 'permanent' as const }));
    this.#state = initialSupervision({ ...policy, ...shape }, children);
  }

  get phase(): SupervisionState['phase'] {
    return this.#state.phase;
  }

  /** What it costs until nothing follows any more. */
  cost(first: SupervisionInput): number {
    const before = this.#reads.count;
    this.run(first, (state) => this.#reads.view(state));
    return this.#reads.count - before;
  }

  run(first: SupervisionInput, seen = (state: SupervisionState) => state): void {
    const inputs = [first];
    for (const input of inputs) {
      const { state, effects } = supervise(seen(this.#state), input, { now: 0, random: 0 });
      this.#state = state;
      for (const effect of effects) {
        if (effect.type === 'start-child') {
          inputs.push({ type: 'child-started', id: effect.id, epoch: effect.epoch });
        }
        if (effect.type === 'stop-child') {
          const { id, epoch } = effect;
          inputs.push({ type: 'child-ended', id, epoch, exit: { reason: 'stopped' } });
        }
      }
    }
  }
}

function ids(size: number): string[] {
  return Array.from({ length: size }, (_, n) => `child-${n}`);
}

/** Ten times as many, and a tree that is a third higher. */
const tenfold = 15;

describe('what a supervisor reads to decide', () => {
  test.each(shapes)(
    'on start and stop of ten times as many children: at most fifteen times as much (%o)',
    (shape) => {
      const [few, many] = [new Crowd(400, shape), new Crowd(4_000, shape)];
      const start = { type: 'start' } as const;
      expect(many.cost(start)).toBeLessThanOrEqual(tenfold * few.cost(start));
      expect(many.phase).toBe('running');
      const stop = { type: 'stop' } as const;
      expect(many.cost(stop)).toBeLessThanOrEqual(tenfold * few.cost(stop));
      expect(many.phase).toBe('ended');
    },
  );

  test.each([
    ['the crash of one of them', { type: 'child-ended', id: 'child-999', epoch: 1, exit: crash }],
    ['its restart by hand', { type: 'restart-child', id: 'child-999', reason: 'test' }],
    ['its removal', { type: 'remove', id: 'child-999' }],
    ['the addition of another', { type: 'add', child: { id: 'one-more', restart: 'permanent' } }],
  ] as const)(
    'on %s among 10,000 children: no more than twice what it is among 1,000',
    (_, input) => {
      const [few, many] = [1_000, 10_000].map((size) => new Crowd(size, shapes[0] as Shape));
      for (const crowd of [few, many]) crowd?.run({ type: 'start' });
      const costs = [few, many].map((crowd) => crowd?.cost(input) ?? 0);
      expect(costs[0]).toBeGreaterThan(0);
      expect(costs[1]).toBeLessThanOrEqual(2 * (costs[0] ?? 0));
    },
  );
});

/** The shortest of two: what else the machine does only makes it longer. */
async function shortest(run: () => Promise<readonly number[]>): Promise<readonly number[]> {
  const [first, second] = [await run(), await run()];
  return first.map((ms, part) => Math.min(ms, second[part] ?? ms));
}

function obedient(id: string): ChildSpec {
  return {
    id,
    kind: 'actor',
    restart: 'temporary',
    shutdownMs: 60_000,
    startMs: 60_000,
    start: async () => {
      let settle = () => {};
      const ended = new Promise<{ reason: 'stopped' }>((resolve) => {
        settle = () => resolve({ reason: 'stopped' });
      });
      return { ended, stop: async () => settle() };
    },
  };
}

/** How long adding so many dynamic children takes, and how long their stop, in ms. */
async function life(size: number): Promise<readonly number[]> {
  const supervisor = new Supervisor({
    ...policy,
    id: 'crowd',
    order: 'parallel',
    children: [],
    clock: systemClock,
    random: () => 0,
    onEvent: () => {},
  });
  await supervisor.start();
  const startedAt = systemClock.elapsed();
  await Promise.all(ids(size).map((id) => supervisor.addChild(obedient(id))));
  const stoppedAt = systemClock.elapsed();
  expect(supervisor.counts()).toMatchObject({ active: size });
  await supervisor.stop();
  return [stoppedAt - startedAt, systemClock.elapsed() - stoppedAt];
}

test('10,000 dynamic children are added and stopped in at most fifty times the time of 1,000', async () => {
  const [addFew = 0, stopFew = 0] = await shortest(() => life(1_000));
  const [addMany, stopMany] = await shortest(() => life(10_000));
  expect(addMany).toBeLessThanOrEqual(50 * addFew);
  expect(stopMany).toBeLessThanOrEqual(50 * stopFew);
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Puppet } from '../../test/fixtures/puppet.ts';
import type { ChildSpec } from './child-spec.ts';
import { errorFacts } from './error-facts.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { type SupervisionEvent, Supervisor, type SupervisorOptions } from './supervisor.ts';
import { supervisorChild } from './supervisor-child.ts';

let clock: SimulatedClock;
let events: SupervisionEvent[];
let log: string[];

beforeEach(() => {
  clock = new SimulatedClock();
  events = [];
  log = [];
});

afterEach(() => expect(clock.pendingCount).toBe(0));

const policy = {
  strategy: 'one-for-one',
  intensity: { restartsMax: 3, windowMs: 60_000 },
  backoff: { immediate: 0, minMs: 100, maxMs: 1_000, jitter: 0, resetAfterMs: 60_000 },
} as const;

function optionsOf(children: readonly Puppet[], changes: Partial<SupervisorOptions> = {}) {
  return {
    id: 'root',
    ...policy,
    children: children.map(({ spec }) => spec),
    clock,
    random: () => 0,
    onEvent: (event: SupervisionEvent) => events.push(event),
    ...changes,
  };
}

/** Everything that is ready to run has run. */
async function settled(ms = 0): Promise<void> {
  await clock.advanceAsync(ms);
}

describe('a supervisor below another', () => {
  function nested(id: string, children: readonly Puppet[], restartsMax = 1) {
    const options = optionsOf([], { id, intensity: { restartsMax, windowMs: 60_000 } });
    return supervisorChild({
      ...options,
      restart: 'permanent',
      children: () => children.map(({ spec }) => spec),
    });
  }

  async function tree(children: readonly ChildSpec[]) {
    const supervisor = new Supervisor({ ...optionsOf([]), children });
    await supervisor.start();
    log.length = 0;
    return supervisor;
  }

  test('that is spent is rebuilt by its parent, and its sibling never notices', async () => {
    const bad = new Puppet('bad', log);
    const good = new Puppet('good', log);
    const root = await tree([nested('alpha', [bad]), nested('beta', [good])]);
    for (let crash = 0; crash < 2; crash += 1) {
      bad.crash();
      await settled(1_000);
    }
    expect(log).toEqual(['bad starts', 'bad retired', 'bad starts']);
    expect(good.contexts).toHaveLength(1);
    expect(root.tree()).toMatchObject({
      status: 'running',
      children: [
        {
          id: 'alpha',
          kind: 'supervisor',
          restarts: 1,
          epoch: 2,
          children: [{ id: 'bad', restarts: 0, epoch: 1 }],
        },
        { id: 'beta', restarts: 0, epoch: 1, children: [{ id: 'good' }] },
      ],
    });
    await root.stop();
  });

  test('spends the budget of its parent: in the end the whole tree gives up', async () => {
    const bad = new Puppet('bad', log);
    const root = await tree([nested('alpha', [bad], 0)]);
    for (let crash = 0; crash < 4; crash += 1) {
      bad.crash();
      await settled(1_000);
    }
    expect(await root.ended).toMatchObject({
      error: { message: 'root gave up: too many restarts, the last of alpha' },
    });
  });

  test('is stopped with its children, within the deadline of the whole', async () => {
    const slow = new Puppet('slow', log);
    slow.stops = 'hangs';
    const alpha = nested('alpha', [slow]);
    const root = await tree([alpha]);
    expect(alpha.current()?.id).toBe('alpha');
    const stopped = root.stop(50);
    await settled(50);
    await stopped;
    expect(log).toEqual(['slow stops within 50', 'slow killed', 'slow retired']);
    expect(alpha.current()).toBeUndefined();
    const forced = events.filter((event) => event.type === 'child-stop-forced');
    expect(forced.map(({ id, result }) => [id, result])).toEqual([['slow', 'killed']]);
  });

  test('can be asked while it starts: who comes then is up with the others', async () => {
    const slow = new Puppet('slow', log);
    slow.starts.push('hangs');
    const alpha = nested('alpha', [slow]);
    const root = new Supervisor({ ...optionsOf([]), children: [alpha] });
    const started = root.start();
    await settled();
    const added = new Puppet('added', log);
    const adding = alpha.current()?.addChild(added.spec);
    slow.arrive();
    await Promise.all([started, adding]);
    expect(log).toEqual(['slow starts', 'added starts']);
    expect(alpha.current()?.tree()).toMatchObject({
      children: [{ id: 'slow' }, { id: 'added', status: 'running' }],
    });
    await root.stop();
    expect(alpha.current()).toBeUndefined();
  });

  test('is not there any more when its start has failed', async () => {
    const bad = new Puppet('bad', log);
    bad.starts.push('fails');
    const alpha = nested('alpha', [bad]);
    const root = new Supervisor({ ...optionsOf([]), children: [alpha] });
    await root.start().catch(errorFacts);
    await settled();
    expect(alpha.current()).toBeUndefined();
  });

  test('that is stopped while it starts ends what it has started', async () => {
    const slow = new Puppet('slow', log);
    slow.starts.push('hangs until given up');
    const root = new Supervisor({
      ...optionsOf([]),
      children: [nested('alpha', [new Puppet('a', log), slow])],
    });
    const refused = root.start().catch(errorFacts);
    await settled();
    await root.stop();
    await refused;
    expect(log).toContain('a stops within 100');
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Puppet } from '../../test/fixtures/puppet.ts';
import { errorFacts } from './error-facts.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { type SupervisionEvent, Supervisor, type SupervisorOptions } from './supervisor.ts';

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

async function running(children: readonly Puppet[], changes: Partial<SupervisorOptions> = {}) {
  const supervisor = new Supervisor(optionsOf(children, changes));
  await supervisor.start();
  log.length = 0;
  return supervisor;
}

/** Everything that is ready to run has run. */
async function settled(ms = 0): Promise<void> {
  await clock.advanceAsync(ms);
}

describe('a supervisor', () => {
  test('starts its children in order and stops them in reverse', async () => {
    const supervisor = new Supervisor(optionsOf([new Puppet('a', log), new Puppet('b', log)]));
    await supervisor.start();
    expect(log).toEqual(['a starts', 'b starts']);
    log.length = 0;
    await supervisor.stop();
    const stops = ['b stops within 100', 'a stops within 100'];
    expect(log).toEqual([...stops, 'a retired', 'b retired']);
    expect(await supervisor.ended).toEqual({ reason: 'stopped' });
  });

  test('restarts a child that crashed after its back-off, as a new incarnation', async () => {
    const a = new Puppet('a', log);
    const supervisor = await running([a, new Puppet('b', log)]);
    a.crash('no such bar');
    await settled(99);
    expect(log).toEqual([]);
    expect(supervisor.tree().children[0]).toMatchObject({ status: 'restarting', restarts: 1 });
    await settled(1);
    expect(log).toEqual(['a starts']);
    expect(a.starting.epoch).toBe(2);
    expect(supervisor.tree().children[0]).toMatchObject({ status: 'running', epoch: 2 });
    expect(events).toContainEqual({
      type: 'child-restarting',
      supervisor: 'root',
      at: 0,
      id: 'a',
      epoch: 1,
      delayMs: 100,
      reason: 'Error: no such bar',
    });
    await supervisor.stop();
  });

  test('gives up after too many restarts: siblings go down, and it says who and why', async () => {
    const a = new Puppet('a', log);
    const supervisor = await running([new Puppet('b', log), a]);
    for (let crash = 1; crash <= 4; crash += 1) {
      a.crash(`crash ${crash}`);
      await settled(1_000);
    }
    expect(await supervisor.ended).toMatchObject({
      reason: 'failed',
      error: {
        name: 'SupervisorFailedError',
        message: 'root gave up: too many restarts, the last of a',
        cause: { message: 'crash 4' },
      },
    });
    expect(log).toContain('b stops within 100');
    expect(supervisor.tree()).toMatchObject({ status: 'failed' });
    expect(events.at(-1)).toMatchObject({ type: 'child-ended', id: 'b', isRequested: true });
  });

  test('stays at the service of others while a child waits for its restart', async () => {
    const a = new Puppet('a', log);
    const supervisor = await running([a]);
    a.crash();
    await settled();
    await supervisor.addChild(new Puppet('b', log).spec);
    expect(supervisor.tree().children.map(({ status }) => status)).toEqual([
      'restarting',
      'running',
    ]);
    await supervisor.stop();
    expect(a.contexts).toHaveLength(1);
  });

  test('does not start two children of one id', () => {
    const twins = [new Puppet('a', log), new Puppet('a', log)];
    expect(() => new Supervisor(optionsOf(twins))).toThrow('root has a child a already');
  });

  test('does not start dependent children side by side', () => {
    const changes = { order: 'parallel', strategy: 'rest-for-one' } as const;
    expect(() => new Supervisor(optionsOf([], changes))).toThrow('depend on it');
  });

  test('may be asked for something by its own observer', async () => {
    const a = new Puppet('a', log);
    const supervisor: Supervisor = new Supervisor(
      optionsOf([a], {
        onEvent: (event) => {
          events.push(event);
          if (event.type === 'child-restarting') void supervisor.stop();
        },
      }),
    );
    await supervisor.start();
    a.crash();
    expect(await supervisor.ended).toEqual({ reason: 'stopped' });
  });
});

describe('a start', () => {
  test('that fails takes down what had started, and rejects with the reason', async () => {
    const b = new Puppet('b', log);
    b.starts.push('fails');
    const supervisor = new Supervisor(optionsOf([new Puppet('a', log), b]));
    await expect(supervisor.start()).rejects.toMatchObject({
      name: 'SupervisorFailedError',
      child: 'b',
      cause: { name: 'ChildStartError', cause: { message: 'port in use' } },
    });
    expect(log.slice(0, 3)).toEqual(['a starts', 'b starts', 'a stops within 100']);
  });

  test('that takes too long is given up and counts as failed', async () => {
    const a = new Puppet('a', log);
    a.starts.push('hangs until given up');
    const refused = new Supervisor(optionsOf([a])).start().catch(errorFacts);
    await settled(1_000);
    expect(a.starting.signal.aborted).toBe(true);
    expect(await refused).toMatchObject({ cause: { cause: { name: 'DeadlineError' } } });
  });

  test('that was given up but succeeds later is ended at once: never two incarnations', async () => {
    const a = new Puppet('a', log);
    a.starts.push('hangs');
    const supervisor = new Supervisor(optionsOf([a], { firstStart: 'restart' }));
    const started = supervisor.start();
    await settled(1_000);
    a.arrive();
    await settled();
    expect(log).toEqual(['a starts', 'a stops within 100']);
    await settled(100);
    expect(log.at(-1)).toBe('a starts');
    await started;
    await supervisor.stop();
  });

  test('that can neither succeed nor be given up is left behind, and said', async () => {
    const a = new Puppet('a', log);
    a.starts.push('hangs');
    const supervisor = new Supervisor(optionsOf([a]));
    const refused = supervisor.start().catch(errorFacts);
    await settled(1_100);
    expect(await refused).toMatchObject({ name: 'SupervisorFailedError' });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'child-stop-forced', id: 'a', result: 'abandoned' }),
    );
  });

  test('that is stopped while it is under way ends it', async () => {
    const a = new Puppet('a', log);
    a.starts.push('hangs until given up');
    const supervisor = new Supervisor(optionsOf([a]));
    const refused = supervisor.start().catch(errorFacts);
    await supervisor.stop();
    expect(a.starting.signal.aborted).toBe(true);
    expect(await refused).toMatchObject({ name: 'SupervisorStoppedError' });
  });

  test('hears of a child that dies as soon as it is up', async () => {
    const a = new Puppet('a', log);
    const supervisor = await running([a]);
    a.crash();
    await settled(100);
    expect(a.contexts).toHaveLength(2);
    await supervisor.stop();
  });
});

describe('a stop', () => {
  test('kills a child that does not obey in its time', async () => {
    const a = new Puppet('a', log);
    a.stops = 'hangs';
    const supervisor = await running([a]);
    const stopped = supervisor.stop();
    await settled(99);
    expect(log).toEqual(['a stops within 100']);
    await settled(1);
    await stopped;
    expect(log).toContain('a killed');
    expect(events.slice(-2)).toMatchObject([
      { type: 'child-stop-forced', result: 'killed' },
      { type: 'child-ended', isRequested: true },
    ]);
  });

  test('is over when the child is, though its answer never comes', async () => {
    const a = new Puppet('a', log);
    a.stops = 'hangs';
    const supervisor = await running([a]);
    const stopped = supervisor.stop();
    a.crash();
    await stopped;
    expect(log).toEqual(['a stops within 100', 'a retired']);
  });

  test('kills a child whose stop fails, and says why it failed', async () => {
    const a = new Puppet('a', log);
    a.stops = 'fails';
    const supervisor = await running([a]);
    await supervisor.stop();
    expect(events.find(({ type }) => type === 'child-stop-forced')).toMatchObject({
      result: 'killed',
      error: { message: 'journal is busy' },
    });
  });

  test('leaves a child that cannot be killed, says so, and goes on with the others', async () => {
    const a = new Puppet('a', log, { canKill: false });
    a.stops = 'hangs';
    const supervisor = await running([new Puppet('b', log), a]);
    const stopped = supervisor.stop();
    await settled(100);
    await stopped;
    expect(log).toContain('b stops within 100');
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'child-stop-forced', id: 'a', result: 'abandoned' }),
    );
  });

  test('has one deadline for all, if it is given one', async () => {
    const b = new Puppet('b', log);
    b.stops = 'hangs';
    const supervisor = await running([new Puppet('a', log), b]);
    const stopped = supervisor.stop(60);
    await settled(60);
    await stopped;
    expect(log.slice(0, 3)).toEqual(['b stops within 60', 'b killed', 'a stops within 0']);
  });

  test('asked for twice has one outcome', async () => {
    const supervisor = await running([new Puppet('a', log)]);
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    await supervisor.stop();
    expect(log).toEqual(['a stops within 100', 'a retired']);
  });

  test('works during a restart loop', async () => {
    const a = new Puppet('a', log);
    const supervisor = await running([a]);
    a.starts.push('fails', 'fails');
    a.crash();
    await settled(150);
    await supervisor.stop();
    await settled(10_000);
    expect(log.filter((entry) => entry === 'a starts')).toHaveLength(1);
  });

  test('side by side takes as long as the slowest', async () => {
    const children = ['a', 'b', 'c'].map((id) => new Puppet(id, log));
    for (const child of children) child.stops = 'hangs';
    const supervisor = await running(children, { order: 'parallel' });
    const stopped = supervisor.stop();
    await settled(100);
    await stopped;
    expect(log.filter((entry) => entry.endsWith('killed'))).toHaveLength(3);
  });
});

describe('children that come and go', () => {
  test('an added child is up when the request is answered', async () => {
    const supervisor = await running([]);
    await supervisor.addChild(new Puppet('a', log).spec);
    expect(supervisor.tree().children).toMatchObject([{ id: 'a', status: 'running' }]);
    await supervisor.stop();
  });

  test('an added child that cannot start is refused with its reason, and its id is free', async () => {
    const a = new Puppet('a', log);
    a.starts.push('fails');
    const supervisor = await running([new Puppet('b', log)]);
    await expect(supervisor.addChild(a.spec)).rejects.toMatchObject({
      name: 'ChildStartError',
      child: 'a',
      cause: { message: 'port in use' },
    });
    await supervisor.addChild(a.spec);
    expect(supervisor.tree().children.map(({ id }) => id)).toEqual(['b', 'a']);
    await supervisor.stop();
  });

  test('a child that is removed while it starts was not added', async () => {
    const a = new Puppet('a', log);
    a.starts.push('fails', 'hangs until given up');
    const supervisor = await running([]);
    await expect(supervisor.addChild(a.spec)).rejects.toThrow('could not start');
    const refused = supervisor.addChild(a.spec).catch(errorFacts);
    await supervisor.removeChild('a');
    expect(await refused).toMatchObject({ cause: { name: 'StopRequestedError' } });
    await supervisor.stop();
  });

  test('a child that is removed while it is restarted by hand is gone, not a failure to start', async () => {
    const a = new Puppet('a', log);
    a.starts.push('fails');
    const supervisor = new Supervisor(optionsOf([a], { firstStart: 'restart' }));
    const started = supervisor.start();
    await settled(100);
    await started;
    a.stops = 'hangs';
    const refused = supervisor.restartChild('a', 'operator').catch(errorFacts);
    const removed = supervisor.removeChild('a');
    await settled(100);
    await removed;
    expect(await refused).toMatchObject({ message: 'root has no child a, it has none' });
    await supervisor.stop();
  });

  test('a removed child is down when the request is answered, and comes back with a higher epoch', async () => {
    const a = new Puppet('a', log);
    const supervisor = await running([a, new Puppet('b', log)]);
    await supervisor.removeChild('a');
    expect(log).toEqual(['a stops within 100', 'a retired']);
    await supervisor.addChild(a.spec);
    expect(a.starting.epoch).toBe(2);
    await supervisor.stop();
  });

  test('a child restarted by hand is a new incarnation when the request is answered', async () => {
    const a = new Puppet('a', log);
    const supervisor = await running([a]);
    await supervisor.restartChild('a', 'operator');
    expect(log).toEqual(['a stops within 100', 'a starts']);
    expect(supervisor.tree().children[0]).toMatchObject({ restarts: 1, epoch: 2 });
    await supervisor.stop();
  });

  test('a child stopped by hand stays down until it is restarted by hand', async () => {
    const a = new Puppet('a', log);
    const supervisor = await running([a]);
    await supervisor.stopChild('a');
    expect(supervisor.tree().children[0]?.status).toBe('stopped');
    await supervisor.restartChild('a', 'operator');
    expect(supervisor.tree().children[0]?.status).toBe('running');
    await supervisor.stop();
  });

  test('requests that make no sense are refused by name', async () => {
    const supervisor = await running([new Puppet('a', log)]);
    await expect(supervisor.addChild(new Puppet('a', log).spec)).rejects.toThrow(
      'has a child a already',
    );
    await expect(supervisor.removeChild('b')).rejects.toThrow('root has no child b, it has a');
    await expect(supervisor.stopChild('b')).rejects.toThrow('no child b');
    await supervisor.stop();
    await expect(supervisor.addChild(new Puppet('b', log).spec)).rejects.toThrow('has stopped');
    await expect(supervisor.restartChild('a', 'operator')).rejects.toThrow('has stopped');
  });
});

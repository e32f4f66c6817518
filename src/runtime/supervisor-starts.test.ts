import { beforeEach, describe, expect, test } from 'vitest';
import { entries, World } from '../../test/fixtures/supervision-world.ts';
import { SupervisorStage } from '../../test/fixtures/supervisor-stage.ts';
import type { ChildSpec } from './child-spec.ts';
import { FaultyChildSpecError, FaultyPolicyError } from './supervision-check.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';
import { supervisorChild } from './supervisor-child.ts';

let stage: SupervisorStage;

beforeEach(() => {
  stage = new SupervisorStage();
});

function idle(id: string, changes: Partial<ChildSpec> = {}): ChildSpec {
  const puppet = stage.puppet(id);
  puppet.starts.push('finds nothing to do');
  return { ...puppet.spec, ...changes };
}

describe('a start that finds nothing to do', () => {
  test('of a supervisor leaves nothing behind', async () => {
    const { children: _, ...options } = stage.options([], { id: 'empty' });
    const empty = supervisorChild({ ...options, restart: 'permanent', children: () => undefined });
    const root = await stage.running([empty]);
    expect(empty.current()).toBeUndefined();
    expect(root.counts()).toEqual({ specs: 1, active: 0, supervisors: 1, workers: 0 });
    await root.stop();
  });

  test('keeps a permanent child, known and down', async () => {
    const root = await stage.running([idle('a'), ...stage.specs('b')]);
    expect(root.counts()).toEqual({ specs: 2, active: 1, supervisors: 0, workers: 2 });
    expect(stage.count('child-ignored', 'a')).toBe(1);
    expect(await root.startChild('a')).toMatchObject({ outcome: 'started' });
    await root.stop();
  });

  test('forgets a temporary child, one of the first as well as an added one', async () => {
    const root = await stage.running([idle('a', { restart: 'temporary' })]);
    expect(await root.addChild(idle('b', { restart: 'temporary' }))).toEqual({
      outcome: 'ignored',
    });
    expect(root.counts().specs).toBe(0);
    await root.stop();
  });

  test.each(['permanent', 'temporary'] as const)(
    'forgets a dynamic child that is %s',
    async (restart) => {
      const root = await stage.running([], { order: 'parallel' });
      expect(await root.addChild(idle('a', { restart }))).toEqual({ outcome: 'ignored' });
      expect(root.counts().specs).toBe(0);
      await root.stop();
      expect(await root.ended).toEqual({ reason: 'stopped' });
    },
  );

  test('at a restart forgets a dynamic child without an error', () => {
    const world = new World(entries('ab'), { order: 'parallel' }).upAll();
    world.crash('a');
    world.ignore('a');
    expect(world.take()).toEqual(['start a2', 'retire a']);
    expect(world.state.phase).toBe('running');
    expect(world.reports.filter(({ type }) => type === 'supervisor-failed')).toEqual([]);
  });
});

describe('a start', () => {
  test.each([null, 42, {}, { stop: () => {} }])(
    'that gives %j in place of a child has failed',
    async (given) => {
      const [spec] = stage.specs('a') as [ChildSpec];
      const faulty = { ...spec, start: async () => given as never };
      const supervisor = new Supervisor(stage.options([faulty]));
      await expect(supervisor.start()).rejects.toMatchObject({
        name: 'SupervisorFailedError',
        cause: { name: 'ChildStartError', cause: { name: 'NoChildError' } },
      });
    },
  );

  test('by hand that fails is an error to its caller; the child stays known and down', async () => {
    const puppet = stage.puppet('a');
    const root = await stage.running([puppet.spec]);
    await root.stopChild('a');
    puppet.starts.push('fails');
    await expect(root.startChild('a')).rejects.toMatchObject({
      name: 'ChildStartError',
      cause: { message: 'port in use' },
    });
    expect(root.counts()).toMatchObject({ specs: 1, active: 0 });
    expect(await root.startChild('a')).toMatchObject({ outcome: 'started' });
    await root.stop();
  });

  test('has something to tell, and whoever asked for it hears that', async () => {
    const root = await stage.running([]);
    const told = { outcome: 'started', info: 'a in its incarnation 1' };
    expect(await root.addChild(stage.puppet('a').spec)).toEqual(told);
    await root.stopChild('a');
    expect(await root.startChild('a')).toEqual({ ...told, info: 'a in its incarnation 2' });
    await root.stop();
  });
});

describe('a faulty child spec', () => {
  const faults: [field: string, change: object][] = [
    ['id', { id: undefined }],
    ['id', { id: '' }],
    ['kind', { kind: 'process' }],
    ['restart', { restart: 'sometimes' }],
    ['shutdownMs', { shutdownMs: -1 }],
    ['shutdownMs', { shutdownMs: Number.NaN }],
    ['startMs', { startMs: 0 }],
    ['start', { start: undefined }],
    ['isSignificant', { isSignificant: true, restart: 'transient' }],
  ];
  test.each(faults)('is refused for its %s: %o', async (field, change) => {
    const [spec] = stage.specs('a', change as Partial<ChildSpec>) as [ChildSpec];
    const root = await stage.running([]);
    await expect(root.addChild(spec)).rejects.toMatchObject({
      name: 'FaultyChildSpecError',
      field,
    });
    expect(() => new Supervisor(stage.options([spec]))).toThrow(FaultyChildSpecError);
    expect(root.counts().specs).toBe(0);
    await root.stop();
  });

  test.each([undefined, null, 'a'])('is %j', (spec) => {
    const options = stage.options([spec as unknown as ChildSpec]);
    expect(() => new Supervisor(options)).toThrow(FaultyChildSpecError);
  });

  test('has the id of another', () => {
    const options = stage.options([...stage.specs('a'), ...stage.specs('a')]);
    expect(() => new Supervisor(options)).toThrow('has a child a already');
  });

  test('is permanent and significant', () => {
    const specs = stage.specs('a', { isSignificant: true });
    const options = stage.options(specs, { autoShutdown: 'any-significant' });
    expect(() => new Supervisor(options)).toThrow('isSignificant of the child a must be false');
  });
});

describe('faulty settings of a supervisor', () => {
  const { intensity, backoff } = new SupervisorStage().options([]);
  const faults: [field: string, change: object][] = [
    ['strategy', { strategy: 'one-for-some' }],
    ['order', { order: 'random' }],
    ['order', { order: 'parallel', strategy: 'rest-for-one' }],
    ['intensity.restartsMax', { intensity: { ...intensity, restartsMax: -1 } }],
    ['intensity.restartsMax', { intensity: { ...intensity, restartsMax: 1.5 } }],
    ['intensity.windowMs', { intensity: { ...intensity, windowMs: 0 } }],
    ['intensity.restartsMax', { intensity: undefined }],
    ['backoff.minMs', { backoff: { ...backoff, minMs: -1 } }],
    ['firstStart', { firstStart: 'later' }],
    ['autoShutdown', { autoShutdown: 'perhaps' }],
    ['autoShutdown', { autoShutdown: 'any-significant', order: 'parallel' }],
  ];
  test.each(faults)('are refused for %s: %o', (field, change) => {
    const options = stage.options([], change as Partial<SupervisorOptions>);
    const refused = expect.objectContaining({ name: 'FaultyPolicyError', field });
    expect(() => new Supervisor(options)).toThrow(FaultyPolicyError);
    expect(errorOf(() => new Supervisor(options))).toEqual(refused);
  });
});

function errorOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

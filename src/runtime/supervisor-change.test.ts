import { beforeEach, describe, expect, test } from 'vitest';
import { entries, policy, World } from '../../test/fixtures/supervision-world.ts';
import { SupervisorStage } from '../../test/fixtures/supervisor-stage.ts';
import type { ChildSpec } from './child-spec.ts';
import type { Supervisor } from './supervisor.ts';

let stage: SupervisorStage;

beforeEach(() => {
  stage = new SupervisorStage();
});

function epochs(root: Supervisor): object {
  return Object.fromEntries(root.tree().children.map(({ id, epoch }) => [id, epoch]));
}

describe('a change of a running supervisor', () => {
  test.each<[what: string, change: (specs: ChildSpec[]) => object]>([
    ['a faulty spec', ([a, b]) => ({ children: [a, { ...b, shutdownMs: -1 }] })],
    ['two of one id', ([a]) => ({ children: [a, a] })],
    ['a faulty setting', ([a]) => ({ children: [a], intensity: { restartsMax: -1, windowMs: 1 } })],
    [
      'settings that contradict each other',
      () => ({ children: [], strategy: 'one-for-all', order: 'parallel' }),
    ],
  ])('that has %s is refused as a whole: everything runs on as it was', async (_, change) => {
    const specs = stage.specs('ab');
    const root = await stage.running(specs);
    const faulty = change(specs) as Parameters<Supervisor['reconfigure']>[0];
    await expect(root.reconfigure(faulty)).rejects.toThrow(/must be|already/);
    expect(stage.take()).toEqual([]);
    expect(epochs(root)).toEqual({ a: 1, b: 1 });
    await root.stop();
  });

  test('of restart and time to stop restarts nobody, and counts from then on', async () => {
    const puppet = stage.puppet('a');
    const root = await stage.running([puppet.spec, ...stage.specs('b')]);
    const changed = { ...puppet.spec, restart: 'temporary' as const };
    await root.reconfigure({ children: [changed, ...stage.specs('b', { shutdownMs: 7 })] });
    expect(stage.take()).toEqual([]);
    puppet.crash();
    await stage.settled();
    expect(epochs(root)).toEqual({ b: 1 });
    stage.take();
    await root.stop();
    expect(stage.take()).toContain('b stops within 7');
  });

  test.each(['permanent', 'temporary'] as const)(
    'of what a start depends on restarts that child alone (%s)',
    async (restart) => {
      const root = await stage.running(stage.specs('abc', { startKey: 'before', restart }));
      const [b] = stage.specs('b', { startKey: 'after', restart });
      const [a, c] = stage.specs('ac', { startKey: 'before', restart });
      await root.reconfigure({ children: [a, b, c] as ChildSpec[] });
      expect(stage.take()).toEqual(['b stops within 100', 'b starts']);
      expect(epochs(root)).toEqual({ a: 1, b: 2, c: 1 });
      await root.stop();
    },
  );

  test('removes in reverse order, adds in order, and tells who is released', async () => {
    const root = await stage.running(stage.specs('abcd'));
    await root.reconfigure({ children: stage.specs('aef') });
    const log = stage.take();
    const of = (end: string) =>
      log
        .filter((line) => line.includes(end))
        .map(([id]) => id)
        .join('');
    expect([of('stops'), of('retired'), of('starts')]).toEqual(['dcb', 'dcb', 'ef']);
    expect(epochs(root)).toEqual({ a: 1, e: 1, f: 1 });
    await root.reconfigure({ children: stage.specs('ab') });
    expect(epochs(root)).toEqual({ a: 1, b: 2 });
    await root.stop();
  });

  test('keeps the history of restarts', () => {
    const world = new World(entries('ab')).upAll();
    for (let restart = 0; restart < 3; restart += 1) {
      world.crash('b');
      world.advance(200);
      world.settle();
    }
    const intensity = { restartsMax: 3, windowMs: 2_000 };
    world.input({
      type: 'reconfigure',
      policy: { ...policy, intensity },
      children: entries('ab'),
      changed: new Set(),
    });
    expect(world.end).toBeUndefined();
    world.crash('b');
    world.settle();
    expect(world.end).toBe('intensity b');
  });
});

import { describe, expect, test } from 'vitest';
import { crash, entries, policy, World } from '../../test/fixtures/supervision-world.ts';
import { SupervisorStage } from '../../test/fixtures/supervisor-stage.ts';
import type { ChildExit, RestartType } from './child-spec.ts';
import type { ChildEntry, SupervisionPolicy } from './supervision-state.ts';
import { supervisorChild } from './supervisor-child.ts';

const normal: ChildExit = { reason: 'normal' };
const asIfAsked: ChildExit = { reason: 'stopped' };
type Mode = SupervisionPolicy['autoShutdown'];

/** One significant child `s` per letter, and a permanent `p` before them. */
function family(mode: Mode, restart: RestartType, ids = 's'): World {
  const significant = entries(ids, restart).map((entry) => ({ ...entry, isSignificant: true }));
  return new World([...entries('p'), ...significant], { autoShutdown: mode }).upAll();
}

describe('a child that is not significant', () => {
  const modes: Mode[] = ['never', 'any-significant', 'all-significant'];
  const rows = modes.flatMap((mode) => [
    { mode, restart: 'temporary' as const, exit: normal },
    { mode, restart: 'temporary' as const, exit: crash },
    { mode, restart: 'transient' as const, exit: normal },
  ]);
  test.each(rows)('never ends its supervisor: $restart, $exit.reason, $mode', (row) => {
    const world = new World([...entries('p'), ...entries('c', row.restart)], {
      autoShutdown: row.mode,
    }).upAll();
    world.exit('c', row.exit);
    world.settle();
    expect(world.state.phase).toBe('running');
  });
});

describe('a significant child', () => {
  test.each([normal, asIfAsked, crash])(
    'that is temporary ends its supervisor by a $reason end',
    (exit) => {
      const world = family('any-significant', 'temporary', 'st');
      world.exit('s', exit);
      world.settle();
      expect(world.take()).toEqual(['retire s', 'stop t1', 'stop p1', 'end']);
      expect(world.end).toBe('finished');
    },
  );

  test.each([normal, asIfAsked])(
    'that is transient ends its supervisor by a $reason end',
    (exit) => {
      const world = family('any-significant', 'transient');
      world.exit('s', exit);
      world.settle();
      expect(world.end).toBe('finished');
    },
  );

  test('that is transient is restarted after a crash', () => {
    const world = family('any-significant', 'transient');
    world.crash('s');
    world.settle();
    expect(world.take()).toEqual(['start s2']);
    expect(world.state.phase).toBe('running');
  });

  test.each<RestartType>(['temporary', 'transient'])(
    'does so as the last of them, where all have to end (%s)',
    (restart) => {
      const world = family('all-significant', restart, 'st');
      world.exit('s', normal);
      expect(world.state.phase).toBe('running');
      world.exit('t', normal);
      world.settle();
      expect(world.end).toBe('finished');
    },
  );

  test.each<RestartType>(['temporary', 'transient'])(
    'does not when it is stopped by hand (%s)',
    (restart) => {
      const world = family('any-significant', restart);
      world.input({ type: 'stop-child', id: 's' });
      world.settle();
      expect(world.state.phase).toBe('running');
    },
  );

  test('does not when it goes down with its group', () => {
    const family: ChildEntry[] = [
      { id: 't', restart: 'temporary', isSignificant: true },
      { id: 's', restart: 'transient', isSignificant: true },
      ...entries('p'),
    ];
    const changes = { strategy: 'one-for-all', autoShutdown: 'any-significant' } as const;
    const world = new World(family, changes).upAll();
    world.crash('p');
    world.settle();
    expect(world.take()).toEqual(['stop s1', 'stop t1', 'retire t', 'start s2', 'start p2']);
    expect(world.state.phase).toBe('running');
  });

  test('counts by the rule and the mark of the moment: both can be changed', () => {
    const world = family('never', 'transient', 'st');
    const change = (autoShutdown: Mode, isSignificant: boolean) =>
      world.input({
        type: 'reconfigure',
        policy: { ...policy, autoShutdown },
        children: [
          ...entries('p'),
          ...entries('st', 'transient').map((e) => ({ ...e, isSignificant })),
        ],
        changed: new Set(),
      });
    world.exit('s', normal);
    expect(world.state.phase).toBe('running');
    change('any-significant', false);
    world.input({ type: 'restart-child', id: 's', reason: 'operator' });
    world.settle();
    world.exit('s', normal);
    expect(world.state.phase).toBe('running');
    change('all-significant', true);
    world.input({ type: 'restart-child', id: 's', reason: 'operator' });
    world.settle();
    world.exit('s', normal);
    expect(world.state.phase).toBe('running');
    change('any-significant', true);
    world.exit('t', normal);
    world.settle();
    expect(world.end).toBe('finished');
  });
});

describe('a finished supervisor', () => {
  async function twoLevels(isSignificant: boolean) {
    const stage = new SupervisorStage();
    const leaf = stage.puppet('leaf');
    const children = [{ ...leaf.spec, restart: 'transient' as const, isSignificant: true }];
    const { children: _, ...options } = stage.options([], { id: 'account' });
    const account = supervisorChild({
      ...options,
      autoShutdown: 'any-significant',
      restart: 'transient',
      isSignificant,
      children: () => children,
    });
    const root = await stage.running([account], { autoShutdown: 'any-significant' });
    leaf.finish();
    await stage.settled();
    return { root, account };
  }

  test('has ended normally: a transient one is not restarted, and its parent goes on', async () => {
    const { root, account } = await twoLevels(false);
    expect(account.current()).toBeUndefined();
    expect(root.tree().status).toBe('running');
    await root.stop();
  });

  test('ends its parent only where it is marked significant, too', async () => {
    const { root } = await twoLevels(true);
    expect(await root.ended).toEqual({ reason: 'normal' });
  });
});

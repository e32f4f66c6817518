import { expect, test } from 'vitest';
import type { ChildExit, ChildSpec } from '../runtime/child-spec.ts';
import { errorFacts } from '../runtime/error-facts.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { EngineTree } from './engine-tree.ts';
import { plantTree } from './plant-tree.ts';

/** Enough to spend the budgets of the ledger's group and of the root together, several times. */
const secondsOfCrashes = 300;

/** A child that runs until somebody makes it fail. */
function fragile(id: string): { readonly spec: ChildSpec; readonly fail: () => void } {
  let end: ((exit: ChildExit) => void) | undefined;
  return {
    fail: () => end?.({ reason: 'failed', error: errorFacts(new Error(`${id} was broken`)) }),
    spec: {
      ...{ id, kind: 'actor', restart: 'permanent', shutdownMs: 1_000, startMs: 1_000 },
      start: async () => {
        const ended = new Promise<ChildExit>((resolve) => {
          end = resolve;
        });
        return { ended, stop: async () => end?.({ reason: 'stopped' }) };
      },
    },
  };
}

async function aTree() {
  const clock = new SimulatedClock();
  const ledger = fragile('fleet');
  const tree = new EngineTree({ clock, onEvent: () => {} });
  const root = plantTree(tree, {
    ...{ simulators: [], infra: [], time: [], edges: [] },
    ledger: [ledger.spec],
    accounts: [fragile('account').spec],
  });
  let isOver = false;
  void root.ended.then(() => {
    isOver = true;
  });
  await root.start();
  return { clock, ledger, root, isOver: () => isOver };
}

/** It fails whenever it is seen running. */
async function crashOften({ clock, ledger }: Awaited<ReturnType<typeof aTree>>): Promise<void> {
  for (let second = 0; second < secondsOfCrashes; second += 1) {
    ledger.fail();
    await clock.advanceAsync(1_000);
  }
}

test('a ledger that cannot live costs no account its life, and is tried again and again', async () => {
  const stage = await aTree();
  await crashOften(stage);
  expect(stage.isOver()).toBe(false);
  const groups = stage.root.tree().children;
  const restartsOf = (group: string) =>
    groups.find(({ id }) => id === group)?.children.map(({ restarts }) => restarts);
  expect(restartsOf('ledger')?.[0]).toBeGreaterThan(secondsOfCrashes / 10);
  expect(restartsOf('accounts')).toEqual([0]);
  await stage.root.stop(1_000);
});

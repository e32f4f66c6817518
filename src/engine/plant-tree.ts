import type { ChildSpec } from '../runtime/child-spec.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { EngineTree } from './engine-tree.ts';

/** Everything that the engine supervises, in the order in which it starts; it stops in the reverse. */
export type TreeParts = Readonly<
  Record<'simulators' | 'infra' | 'ledger' | 'accounts' | 'time' | 'edges', readonly ChildSpec[]>
>;

export function plantTree(tree: EngineTree, parts: TreeParts): Supervisor {
  return tree.root('novosky', [
    tree.group('simulators', parts.simulators, { order: 'parallel' }),
    tree.group('infra', parts.infra, { strategy: 'rest-for-one' }),
    // Accounts tell it what they hold as soon as they run.
    ...parts.ledger,
    // Each of them may need its whole deadline to stop; together they must not need more.
    tree.group('accounts', parts.accounts, { order: 'parallel' }),
    ...parts.time,
    // However often they die, trading goes on: back-off alone limits them.
    tree.group('edges', parts.edges, {
      intensity: { restartsMax: 1_000, windowMs: 60_000 },
      firstStart: 'restart',
    }),
  ]);
}

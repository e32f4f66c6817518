import type { ChildSpec } from '../runtime/child-spec.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { EngineTree } from './engine-tree.ts';

/** Everything that the engine supervises, in the order in which it starts; it stops in the reverse. */
export type TreeParts = Readonly<
  Record<'simulators' | 'infra' | 'ledger' | 'accounts' | 'time' | 'edges', readonly ChildSpec[]>
>;

/** However often they die, nobody else pays for it: back-off alone limits them. */
const unlimited = { restartsMax: 1_000, windowMs: 60_000 };

export function plantTree(tree: EngineTree, parts: TreeParts): Supervisor {
  return tree.root('novosky', [
    tree.group('simulators', parts.simulators, { order: 'parallel' }),
    tree.group('infra', parts.infra, { strategy: 'rest-for-one' }),
    // Accounts tell it what they hold as soon as they run; while it is down nothing is entered, and all is managed on.
    ...(parts.ledger.length > 0
      ? [tree.group('ledger', parts.ledger, { intensity: unlimited })]
      : []),
    // Each of them may need its whole deadline to stop; together they must not need more.
    tree.group('accounts', parts.accounts, { order: 'parallel' }),
    ...parts.time,
    tree.group('edges', parts.edges, { intensity: unlimited, firstStart: 'restart' }),
  ]);
}

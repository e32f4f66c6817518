import type { FleetOrder } from '../domain/account.ts';
import type { AccountEvent } from '../domain/account-event.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import type { EpochMs } from '../domain/units.ts';
import type { TreeNode } from '../runtime/child-spec.ts';

/** Everything that people may want to see. Whoever is told may be slow or absent: nothing waits for them. */
export type ObserverMessage =
  | { readonly type: 'account-event'; readonly event: AccountEvent }
  | { readonly type: 'account-changed'; readonly snapshot: AccountSnapshot }
  | { readonly type: 'engine-event'; readonly event: EngineEvent }
  | { readonly type: 'market-time'; readonly at: EpochMs }
  | { readonly type: 'tree-changed'; readonly tree: TreeNode };

/** What happens to the engine itself, outside any account. */
export type EngineEvent =
  | {
      readonly type: 'feed-failing';
      readonly symbol: string;
      readonly terminal: string;
      readonly failures: number;
      readonly reason: string;
    }
  | { readonly type: 'terminal-failing'; readonly terminal: string; readonly reason: string }
  /** A symbol's set runs on fewer members than it has. */
  | { readonly type: 'model-missing'; readonly symbol: string; readonly reason: string }
  | { readonly type: 'actor-restarting'; readonly actor: string; readonly reason: string }
  /** It crashed too often beside others: it goes on in a thread of its own. */
  | { readonly type: 'account-isolated'; readonly account: string; readonly reason: string }
  /** It crashed too often: it is not started again until a person revives it. Its positions stand behind their stops. */
  | { readonly type: 'account-quarantined'; readonly account: string; readonly reason: string }
  | { readonly type: 'account-revived'; readonly account: string }
  | { readonly type: 'account-added'; readonly account: string; readonly host: string }
  | { readonly type: 'account-removed'; readonly account: string }
  /** A thread of many accounts died too often, and nobody knows by whose fault: its accounts are spread over these. */
  | {
      readonly type: 'host-divided';
      readonly host: string;
      readonly into: readonly string[];
      readonly reason: string;
    }
  /** Its loop stands still. Terminated ones are restarted; the others only their own code can help. */
  | { readonly type: 'thread-hangs'; readonly thread: string; readonly isTerminated: boolean }
  /** Messages that nobody took. `letter` is absent where so many came that they were only counted. */
  | {
      readonly type: 'dead-letters';
      readonly thread: string;
      readonly count: number;
      readonly letter?: { readonly to: string; readonly reason: string };
    }
  | {
      readonly type: 'config-changed';
      readonly file: string;
      readonly path: string;
      readonly from: unknown;
      readonly to: unknown;
      readonly isHot: boolean;
      /** Why it waits for a restart, where more is known than that its key always does. */
      readonly why?: string;
    }
  /** What was said to the whole fleet; `order` is absent where that was taken back. */
  | { readonly type: 'fleet-ordered'; readonly order?: FleetOrder }
  /** What the configuration says of a running account from now on, all that changed at once in one sentence. */
  | { readonly type: 'account-configured'; readonly account: string; readonly text: string }
  | { readonly type: 'config-refused'; readonly reason: string };

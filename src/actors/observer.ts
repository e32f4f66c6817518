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
  /** Its restart budget is spent: it stays down until a person acts. Its positions stand behind their stops. */
  | { readonly type: 'account-given-up'; readonly account: string; readonly reason: string }
  | {
      readonly type: 'config-changed';
      readonly file: string;
      readonly path: string;
      readonly from: unknown;
      readonly to: unknown;
      readonly isHot: boolean;
    }
  | { readonly type: 'config-refused'; readonly reason: string };

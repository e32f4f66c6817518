/** What the engine tells those who look at it, and the newest of what it has told. */
import type { EngineEvent, ObserverMessage } from '../actors/observer.ts';
import type { FleetOrder } from '../domain/account.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import { type AccountId, type EpochMs, epochMs } from '../domain/units.ts';
import type { ActorRef } from '../runtime/actor.ts';
import type { TreeNode } from '../runtime/child-spec.ts';
import type { Clock } from '../runtime/clock.ts';
import { Topic } from '../runtime/topic.ts';
import { engineAlerts } from './engine-alerts.ts';

/** A thousand accounts that start together are a thousand changes: people see one. */
const treeEveryMs = 250;

export type EngineNewsOptions = {
  readonly clock: Clock;
  /** Told everything, synchronously. Must not throw. */
  readonly observe: (message: ObserverMessage) => void;
  readonly edges: readonly ActorRef<ObserverMessage>[];
  readonly accounts: () => readonly AccountId[];
  readonly tree: () => TreeNode;
};

export class EngineNews {
  readonly views = new Map<AccountId, AccountSnapshot>();
  readonly #options: EngineNewsOptions;
  /** They lose the oldest rather than refuse: nothing comes back. */
  readonly #edges = new Topic<ObserverMessage>({ name: 'edges', onDeadLetter: () => {} });
  #treeToldAt = Number.NEGATIVE_INFINITY;
  #cancelTree: (() => void) | undefined;

  constructor(options: EngineNewsOptions) {
    this.#options = options;
    for (const edge of options.edges) this.#edges.subscribe(edge);
  }

  readonly tell = (message: ObserverMessage): void => {
    if (message.type === 'account-changed') this.#remember(message.snapshot);
    this.#options.observe(message);
    this.#edges.tell(message);
    if (message.type !== 'engine-event') return;
    for (const event of engineAlerts(message.event, this.#options.accounts(), this.#now())) {
      this.#edges.tell({ type: 'account-event', event });
    }
  };

  event(event: EngineEvent): void {
    this.tell({ type: 'engine-event', event });
  }

  /** Something that a person has to know of one account. */
  readonly alert = (account: AccountId, reason: string): void => {
    this.tell({
      type: 'account-event',
      event: { type: 'alert', account, at: this.#now(), reason },
    });
  };

  /** Something was said to the whole fleet, or taken back. */
  readonly ordered = (order: FleetOrder | undefined): void => {
    this.event({ type: 'fleet-ordered', ...(order && { order }) });
  };

  /** The tree of the moment when it is told: a supervisor reports in the middle of its decision. */
  treeChanged(): void {
    const { clock, tree } = this.#options;
    const sinceMs = clock.elapsed() - this.#treeToldAt;
    this.#cancelTree ??= clock.after(Math.max(0, treeEveryMs - sinceMs), () => {
      this.#cancelTree = undefined;
      this.#treeToldAt = clock.elapsed();
      this.tell({ type: 'tree-changed', tree: tree() });
    });
  }

  close(): void {
    this.#cancelTree?.();
    this.#cancelTree = () => {};
  }

  #remember(snapshot: AccountSnapshot): void {
    this.views.set(snapshot.id, snapshot);
  }

  #now(): EpochMs {
    return epochMs(Math.floor(this.#options.clock.now()));
  }
}

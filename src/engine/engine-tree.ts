/** The supervisors of the engine: how each is set up, and which of them stands above a node. */
import type { ChildSpec } from '../runtime/child-spec.ts';
import type { Clock } from '../runtime/clock.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import {
  type SupervisionEvent,
  Supervisor,
  type SupervisorOptions,
} from '../runtime/supervisor.ts';
import { supervisorChild } from '../runtime/supervisor-child.ts';
import { actorBackoff } from '../threads/actor-thread.ts';

type Settings = Partial<Omit<SupervisorOptions, 'id' | 'children'>>;
/** Absent while it is down. */
type Current = () => Supervisor | undefined;

export class EngineTree {
  readonly #clock: Clock;
  readonly #onEvent: (event: SupervisionEvent) => void;
  readonly #parents = new Map<string, Current>();
  readonly #groups = new Map<string, Current>();

  constructor(options: {
    readonly clock: Clock;
    readonly onEvent: (event: SupervisionEvent) => void;
  }) {
    this.#clock = options.clock;
    this.#onEvent = options.onEvent;
  }

  root(id: string, children: readonly ChildSpec[]): Supervisor {
    const intensity = { restartsMax: 3, windowMs: 60_000 };
    const root = new Supervisor({ ...this.#settings(id, { intensity }), children });
    for (const child of children) this.#parents.set(child.id, () => root);
    return root;
  }

  /** A supervisor that is built anew when it is spent, and whose end its parent counts. */
  group(id: string, children: readonly ChildSpec[], settings: Settings = {}): ChildSpec {
    const group = supervisorChild({
      ...this.#settings(id, { intensity: { restartsMax: 10, windowMs: 60_000 }, ...settings }),
      restart: 'permanent',
      children: () => children,
    });
    this.#groups.set(id, group.current);
    for (const child of children) this.#parents.set(child.id, group.current);
    return group;
  }

  /** A supervisor above one child of the group `above`: spent, it is not started again, and costs nobody else anything. */
  keeper(
    id: string,
    child: { readonly id: string; readonly start: () => ChildSpec; readonly above: string },
    settings: Settings = {},
  ): ChildSpec {
    const keeper = supervisorChild({
      ...this.#settings(id, { intensity: { restartsMax: 5, windowMs: 60_000 }, ...settings }),
      restart: 'temporary',
      children: () => [child.start()],
    });
    this.#parents.set(child.id, keeper.current);
    this.#parents.set(id, () => this.groupOf(child.above));
    return keeper;
  }

  /** Who supervises a node. */
  parentOf(node: string): Supervisor | undefined {
    return this.#parents.get(node)?.();
  }

  groupOf(id: string): Supervisor | undefined {
    return this.#groups.get(id)?.();
  }

  get nodes(): readonly string[] {
    return [...this.#parents.keys()];
  }

  forget(...nodes: readonly string[]): void {
    for (const node of nodes) this.#parents.delete(node);
  }

  #settings(
    id: string,
    settings: Settings & Pick<SupervisorOptions, 'intensity'>,
  ): Omit<SupervisorOptions, 'children'> {
    return {
      id,
      strategy: 'one-for-one',
      backoff: actorBackoff,
      clock: this.#clock,
      random: seededRandom(1),
      onEvent: this.#onEvent,
      ...settings,
    };
  }
}

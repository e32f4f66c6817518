import type { ChildExit } from './child-spec.ts';

/** Why somebody is not there any more, or was not when the watch began. */
export type Down =
  | { readonly reason: 'ended'; readonly exit: ChildExit }
  | { readonly reason: 'not-running' }
  | { readonly reason: 'thread-ended' };

type Watcher = (down: Down) => void;

/** What a supervisor reports of its children, as far as it says who is there. */
type LifeEvent = { readonly type: string; readonly id?: string; readonly exit?: ChildExit };

/**
 * Who of this thread is there, and who wants to know when he is not. Each watch is of one incarnation and ends with the
 * one call that tells of its end. Fed by the events of the supervisor whose children are watched.
 */
export class DeathWatch {
  readonly #running = new Set<string>();
  readonly #watchers = new Map<string, Set<Watcher>>();

  readonly record = (event: LifeEvent): void => {
    if (event.id === undefined) return;
    if (event.type === 'child-started') this.#running.add(event.id);
    else if (event.type === 'child-ended' && event.exit) this.#ended(event.id, event.exit);
  };

  /** Calls `onDown` once: when `actor` ends, or at once when it is not running. The returned function gives up the watch. */
  watch(actor: string, onDown: Watcher): () => void {
    if (!this.#running.has(actor)) {
      onDown({ reason: 'not-running' });
      return () => {};
    }
    // Its own function: the same watcher may watch twice.
    const watcher: Watcher = (down) => onDown(down);
    const watchers = this.#watchers.get(actor) ?? new Set();
    this.#watchers.set(actor, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(actor) === watchers)
        this.#watchers.delete(actor);
    };
  }

  /** Watches that have not been told of an end. */
  get count(): number {
    return [...this.#watchers.values()].reduce((sum, watchers) => sum + watchers.size, 0);
  }

  #ended(actor: string, exit: ChildExit): void {
    if (!this.#running.delete(actor)) return;
    const watchers = this.#watchers.get(actor) ?? [];
    this.#watchers.delete(actor);
    for (const watcher of watchers) watcher({ reason: 'ended', exit });
  }
}

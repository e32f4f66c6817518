import type { MessagePort } from 'node:worker_threads';
import type { Down } from './death-watch.ts';

/** What two threads say to each other about the watches of their actors. It travels in order with the messages. */
export type WatchNotice =
  | { readonly type: 'watch'; readonly id: number; readonly address: string }
  | { readonly type: 'unwatch'; readonly id: number }
  | { readonly type: 'down'; readonly id: number; readonly down: Down };

type Line = {
  readonly say: (notice: WatchNotice) => void;
  /** Ours, of actors over there. */
  readonly waiting: Map<number, (down: Down) => void>;
  /** Theirs, of actors here: how each is given up. */
  readonly theirs: Map<number, () => void>;
};

/** Watches an actor of this thread. The returned function gives up the watch. */
type WatchLocal = (address: string, onDown: (down: Down) => void) => () => void;

/** Tells lines apart. */
type LinePort = Pick<MessagePort, 'postMessage'>;

/** Watches over the lines to other threads. When a line is lost, whoever was watched over it counts as ended with its thread. */
export class WatchLines {
  readonly #watchLocal: WatchLocal;
  readonly #lines = new Map<LinePort, Line>();
  #lastId = 0;

  constructor(watchLocal: WatchLocal) {
    this.#watchLocal = watchLocal;
  }

  /** @param say sends over the line, behind every message sent before */
  opened(port: LinePort, say: (notice: WatchNotice) => void): void {
    this.#lines.set(port, { say, waiting: new Map(), theirs: new Map() });
  }

  closed(port: LinePort): void {
    const line = this.#lines.get(port);
    if (!line) return;
    this.#lines.delete(port);
    for (const giveUp of line.theirs.values()) giveUp();
    for (const onDown of line.waiting.values()) onDown({ reason: 'thread-ended' });
  }

  watch(port: LinePort, address: string, onDown: (down: Down) => void): () => void {
    const line = this.#lines.get(port);
    if (!line) {
      onDown({ reason: 'thread-ended' });
      return () => {};
    }
    this.#lastId += 1;
    const id = this.#lastId;
    line.waiting.set(id, onDown);
    line.say({ type: 'watch', id, address });
    return () => {
      if (line.waiting.delete(id)) line.say({ type: 'unwatch', id });
    };
  }

  heed(port: LinePort, notice: WatchNotice): void {
    const line = this.#lines.get(port);
    if (!line) return;
    switch (notice.type) {
      case 'watch':
        this.#watchFor(line, notice);
        return;
      case 'unwatch':
        line.theirs.get(notice.id)?.();
        line.theirs.delete(notice.id);
        return;
      case 'down': {
        // Gone where the watch was given up while this was under way.
        const onDown = line.waiting.get(notice.id);
        line.waiting.delete(notice.id);
        onDown?.(notice.down);
      }
    }
  }

  /** Watches of either side that have not been told of an end. */
  get count(): number {
    return [...this.#lines.values()].reduce(
      (sum, { waiting, theirs }) => sum + waiting.size + theirs.size,
      0,
    );
  }

  #watchFor(
    { say, theirs }: Line,
    { id, address }: { readonly id: number; readonly address: string },
  ) {
    let isOver = false;
    const giveUp = this.#watchLocal(address, (down) => {
      isOver = true;
      theirs.delete(id);
      say({ type: 'down', id, down });
    });
    if (!isOver) theirs.set(id, giveUp);
  }
}

import { assert } from '../domain/assert.ts';

export class StashFullError extends Error {
  override readonly name = 'StashFullError';
  readonly capacity: number;
  constructor(capacity: number) {
    super(`nothing more can be put aside: ${capacity} messages are`);
    this.capacity = capacity;
  }
}

/** Messages that an actor has put aside for later, oldest first. */
export class Stash<Message> {
  readonly #capacity: number;
  #aside: Message[] = [];
  #returned: Message[] = [];

  /** @param capacity how many may be put aside at a time; 0 where nothing is */
  constructor(capacity: number) {
    assert(
      Number.isSafeInteger(capacity) && capacity >= 0,
      `a stash holds 0 or more, was ${capacity}`,
    );
    this.#capacity = capacity;
  }

  /** @throws StashFullError */
  put(message: Message): void {
    if (this.size >= this.#capacity) throw new StashFullError(this.#capacity);
    this.#aside.push(message);
  }

  /** From here on what was put aside comes again, in its order, before everything else. */
  bringBack(): void {
    this.#returned = [...this.#aside, ...this.#returned];
    this.#aside = [];
  }

  /** The next message that has come back. */
  next(): Message | undefined {
    return this.#returned.shift();
  }

  /** Empties it; what was in it, in its order. */
  clear(): readonly Message[] {
    this.bringBack();
    return this.#returned.splice(0);
  }

  get size(): number {
    return this.#aside.length + this.#returned.length;
  }
}

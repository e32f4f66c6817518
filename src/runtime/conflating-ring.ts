/** A bounded queue in which a message takes the place of an older one with the same key: a reader that is late sees the latest. */
export class ConflatingRing<Message> {
  readonly #capacity: number;
  readonly #keyOf: (message: Message) => unknown;
  /** By key, in the order in which the keys came first. */
  readonly #latest = new Map<unknown, Message>();

  constructor(capacity: number, keyOf: (message: Message) => unknown) {
    this.#capacity = capacity;
    this.#keyOf = keyOf;
  }

  /** Returns the message that was lost for it: the former one of its key, else the oldest of all if it was full. */
  push(message: Message): Message | undefined {
    const key = this.#keyOf(message);
    const former = this.#latest.get(key);
    const isFull = former === undefined && this.#latest.size >= this.#capacity;
    const lost = isFull ? this.shift() : former;
    this.#latest.set(key, message);
    return lost;
  }

  shift(): Message | undefined {
    const [oldest] = this.#latest;
    if (!oldest) return undefined;
    this.#latest.delete(oldest[0]);
    return oldest[1];
  }

  get size(): number {
    return this.#latest.size;
  }
}

import { assert } from '../domain/assert.ts';
import { ConflatingRing } from './conflating-ring.ts';

/** Control is served before data, data before bulk. Within a lane: first in, first out. */
export type Lane = 'control' | 'data' | 'bulk';

/** What a full lane does: tell the sender, forget its oldest message, or forget the new one. */
export type Overflow = 'reject' | 'drop-oldest' | 'drop-newest';

/**
 * `capacity` counts messages, for each lane alone: data cannot fill the place of control. With a key for them, a message of the
 * bulk lane takes the place of an older one with the same key, full or not.
 */
export type MailboxOptions<Message = never> = {
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly bulkKeyOf?: ((message: Message) => unknown) | undefined;
};

export class MailboxFullError extends Error {
  override readonly name = 'MailboxFullError';
  readonly capacity: number;
  constructor(capacity: number, lane: Lane) {
    super(`the ${lane} lane of the mailbox is full, it holds ${capacity} messages`);
    this.capacity = capacity;
  }
}

/** A bounded queue with lanes. Every operation takes constant time. A full control lane always rejects: orders are not forgotten. */
export class Mailbox<Message> {
  readonly #overflow: Overflow;
  readonly #capacity: number;
  readonly #lanes: Readonly<Record<Lane, Ring<Message>>>;
  readonly #latest: ConflatingRing<Message> | undefined;

  constructor({ capacity, overflow, bulkKeyOf }: MailboxOptions<Message>) {
    assert(
      Number.isSafeInteger(capacity) && capacity > 0,
      `capacity must be at least 1, was ${capacity}`,
    );
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#latest = bulkKeyOf && new ConflatingRing(capacity, bulkKeyOf);
    this.#lanes = {
      control: new Ring(capacity),
      data: new Ring(capacity),
      bulk: new Ring(capacity),
    };
  }

  /**
   * Puts a message at the end of its lane. Returns the message that was lost for it, if one was.
   *
   * @throws MailboxFullError when the lane is full and rejects
   */
  push(message: Message, lane: Lane = 'data'): Message | undefined {
    if (lane === 'bulk' && this.#latest) return this.#latest.push(message);
    const ring = this.#lanes[lane];
    if (ring.size < this.#capacity) {
      ring.push(message);
      return undefined;
    }
    if (lane === 'control' || this.#overflow === 'reject') {
      throw new MailboxFullError(this.#capacity, lane);
    }
    if (this.#overflow === 'drop-newest') return message;
    const oldest = ring.shift();
    ring.push(message);
    return oldest;
  }

  /** The next message, by lane, then by age. */
  shift(): Message | undefined {
    const { control, data, bulk } = this.#lanes;
    if (control.size > 0) return control.shift();
    if (data.size > 0) return data.shift();
    return this.#latest ? this.#latest.shift() : bulk.shift();
  }

  get size(): number {
    const { control, data, bulk } = this.#lanes;
    return control.size + data.size + (this.#latest ?? bulk).size;
  }
}

const firstRoom = 16;

/** A circular buffer that doubles until it has room for `limit`. */
class Ring<Item> {
  readonly #limit: number;
  #items: (Item | undefined)[];
  #head = 0;
  size = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#items = new Array(Math.min(firstRoom, limit));
  }

  push(item: Item): void {
    assert(this.size < this.#limit, 'a full ring takes nothing');
    if (this.size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.size) % this.#items.length] = item;
    this.size += 1;
  }

  shift(): Item | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#items.length;
    this.size -= 1;
    return item;
  }

  #grow(): void {
    const ordered = [...this.#items.slice(this.#head), ...this.#items.slice(0, this.#head)];
    ordered.length = Math.min(this.#limit, this.#items.length * 2);
    this.#items = ordered;
    this.#head = 0;
  }
}

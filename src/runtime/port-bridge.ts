import { MessageChannel, MessagePort } from 'node:worker_threads';

/** What two processes say to each other about the ports that lead from one into the other. */
export type PortFrame =
  /** @property handed numbers of the ports that stand in `value` */
  | {
      readonly type: 'message';
      readonly port: number;
      readonly value: unknown;
      readonly handed: readonly number[];
    }
  | { readonly type: 'close'; readonly port: number };

/** Stands in a message for a port that cannot leave its process. */
type Placeholder = { readonly 'bridged-port': number };

/** The port that every child has: that of a thread to its main thread. */
const controlPort = 0;

export type PortBridgeOptions = {
  /** Numbers are given out by both sides, and never twice. */
  readonly side: 'parent' | 'child';
  /** Throws when the frame cannot be copied. */
  readonly send: (frame: PortFrame) => void;
  /** What came over a port can be copied to another thread, but not to another process, as shared memory. */
  readonly onUncloneable: (error: unknown) => void;
};

/**
 * One side of a channel between two processes over which ports reach across: a port that is handed over stays here and is
 * listened to, and a fresh one takes its place over there. Messages of one port keep their order, a close comes after them.
 */
export class PortBridge {
  readonly #send: (frame: PortFrame) => void;
  readonly #onUncloneable: (error: unknown) => void;
  readonly #ports = new Map<number, MessagePort>();
  readonly #onEmpty = new Set<() => void>();
  #lastId: number;

  constructor({ side, send, onUncloneable }: PortBridgeOptions) {
    this.#lastId = side === 'parent' ? -1 : 0;
    this.#send = send;
    this.#onUncloneable = onUncloneable;
  }

  /** Sends over the control port. Every port in `value` is handed over. */
  say(value: unknown, ports: readonly MessagePort[]): void {
    if (ports.length === 0) return this.#message(controlPort, value, []);
    const numbers = new Map(ports.map((port) => [port, this.#nextId()]));
    const packed = replaced(value, (node): Placeholder | undefined => {
      const number = node instanceof MessagePort ? numbers.get(node) : undefined;
      return number === undefined ? undefined : { 'bridged-port': number };
    });
    this.#message(controlPort, packed, [...numbers.values()]);
    // Only now: what a port has to say comes after the word of it.
    for (const [port, number] of numbers) this.#hold(number, port);
  }

  /** @returns what came over the control port, with the ports that were handed over; undefined for all else */
  heed(frame: PortFrame): { readonly value: unknown; readonly ports: MessagePort[] } | undefined {
    if (frame.type === 'close') {
      const port = this.#ports.get(frame.port);
      this.#forget(frame.port);
      port?.close();
      return undefined;
    }
    if (frame.port !== controlPort) {
      this.#ports.get(frame.port)?.postMessage(frame.value);
      return undefined;
    }
    return this.#unpacked(frame.value, frame.handed);
  }

  /** The other process is gone: so is whoever was behind these ports. */
  closeAll(): void {
    for (const [number, port] of [...this.#ports]) {
      this.#forget(number);
      port.close();
    }
  }

  /** Resolves when no port is open any more: the last word of each has been sent. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ports.size === 0) resolve();
      else this.#onEmpty.add(resolve);
    });
  }

  #unpacked(value: unknown, handed: readonly number[]) {
    if (handed.length === 0) return { value, ports: [] };
    const ports = new Map(
      handed.map((number) => {
        const { port1, port2 } = new MessageChannel();
        this.#hold(number, port1);
        return [number, port2];
      }),
    );
    const unpacked = replaced(value, (node) => ports.get((node as Placeholder)['bridged-port']));
    return { value: unpacked, ports: [...ports.values()] };
  }

  #hold(number: number, port: MessagePort): void {
    this.#ports.set(number, port);
    port.on('message', (value: unknown) => {
      try {
        this.#message(number, value, []);
      } catch (error) {
        this.#onUncloneable(error);
      }
    });
    port.on('close', () => {
      if (!this.#ports.has(number)) return;
      this.#send({ type: 'close', port: number });
      this.#forget(number);
    });
  }

  #forget(number: number): void {
    this.#ports.delete(number);
    if (this.#ports.size > 0) return;
    for (const resolve of this.#onEmpty) resolve();
    this.#onEmpty.clear();
  }

  #message(port: number, value: unknown, handed: readonly number[]): void {
    this.#send({ type: 'message', port, value, handed });
  }

  #nextId(): number {
    this.#lastId += 2;
    return this.#lastId;
  }
}

/** The ports that stand somewhere in a message. */
export function portsIn(value: unknown): MessagePort[] {
  const ports: MessagePort[] = [];
  replaced(value, (node) => {
    if (node instanceof MessagePort) ports.push(node);
    return undefined;
  });
  return ports;
}

/** A copy of plain objects and arrays, with some of the objects in them replaced. */
function replaced(value: unknown, by: (node: object) => object | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const replacement = by(value);
  if (replacement) return replacement;
  if (Array.isArray(value)) return value.map((item: unknown) => replaced(item, by));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [key, replaced(item, by)]),
  );
}

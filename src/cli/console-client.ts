import { WebSocket } from 'ws';
import type { FleetSnapshot } from '../protocol/fleet.ts';
import {
  type ClientMessage,
  type CommandName,
  type CommandResult,
  closeCodes,
  protocolVersion,
  type ServerMessage,
  socketPath,
} from '../protocol/message.ts';
import { MessageError, parseServerMessage } from '../protocol/parse-message.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';

const loginMs = 10_000;
/** Longer than the engine's own limit for a command, whose answer says more. */
const commandMs = 35_000;

/** The engine could not be reached, or the conversation broke off. The message says what to do. */
export class ConsoleClientError extends Error {
  override readonly name = 'ConsoleClientError';
}

/** A conversation with a running engine, from outside its process. */
export class ConsoleClient {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #url: string;
  readonly #results = new Map<string, (result: CommandResult) => void>();
  #onMessage: (message: ServerMessage) => void = () => {};
  #onFleet: (fleet: FleetSnapshot) => void = () => {};
  #onEnd: (error: ConsoleClientError) => void = () => {};
  readonly #ended: Promise<never>;
  #ids = 0;

  constructor(url: string, clock: Clock) {
    this.#url = url;
    this.#clock = clock;
    this.#socket = new WebSocket(new URL(socketPath, url));
    this.#ended = new Promise((_, reject) => {
      this.#onEnd = reject;
    });
    // Whoever waits races with it; that nobody waits is no fault.
    this.#ended.catch(() => {});
    this.#socket.on('message', (data) => this.#receive(String(data)));
    this.#socket.on('error', (cause) => this.#onEnd(unreachableAt(url, cause)));
    this.#socket.on('close', (code, reason) => this.#onEnd(closedBy(code, String(reason))));
  }

  /**
   * Says the token and resolves with the fleet as it is. `onMessage` is told everything from that snapshot on. Throws
   * `ConsoleClientError`.
   */
  login(token: string, onMessage: (message: ServerMessage) => void = () => {}) {
    this.#onMessage = onMessage;
    const waited = new Promise<FleetSnapshot>((resolve) => {
      this.#onFleet = resolve;
    });
    this.#socket.on('open', () => this.#say({ type: 'login', token, version: protocolVersion }));
    return this.#within(loginMs, waited);
  }

  /** Throws `ConsoleClientError` when no answer comes: the command may have taken effect then. */
  command(command: CommandName, target: string): Promise<CommandResult> {
    this.#ids += 1;
    const id = `ctl-${this.#ids}`;
    const waited = new Promise<CommandResult>((resolve) => this.#results.set(id, resolve));
    this.#say({ type: 'command', id, command, target });
    return this.#within(commandMs, waited);
  }

  /** Rejects when the conversation ends, which it never does by itself. */
  ended(): Promise<never> {
    return this.#ended;
  }

  close(): void {
    this.#onEnd = () => {};
    this.#socket.close();
  }

  #say(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  #receive(frame: string): void {
    try {
      this.#hear(parseServerMessage(frame));
    } catch (cause) {
      if (!(cause instanceof MessageError)) throw cause;
      const text = `${this.#url} says something else than this version understands (${cause.message}): update the older of the two`;
      this.#onEnd(new ConsoleClientError(text, { cause }));
    }
  }

  #hear(message: ServerMessage): void {
    this.#onMessage(message);
    if (message.type === 'snapshot') this.#onFleet(message.fleet);
    if (message.type !== 'command-result') return;
    const { id, ok, error = 'refused' } = message;
    this.#results.get(id)?.(ok ? { ok } : { ok, error });
    this.#results.delete(id);
  }

  async #within<T>(afterMs: number, waited: Promise<T>): Promise<T> {
    const late = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          const text = `${this.#url} gave no answer within ${afterMs / 1_000} s`;
          reject(new ConsoleClientError(text, { cause: signal.reason }));
        });
      });
    return within(afterMs, this.#clock, undefined, (signal) =>
      Promise.race([waited, this.#ended, late(signal)]),
    );
  }
}

function unreachableAt(url: string, cause: Error): ConsoleClientError {
  if ((cause as NodeJS.ErrnoException).code === 'ECONNREFUSED') {
    const text = `no engine listens at ${url}: start it with \`novosky run\`, or name its address with --url`;
    return new ConsoleClientError(text, { cause });
  }
  const text = `cannot talk to ${url}: ${cause.message}. Is it the console of an engine?`;
  return new ConsoleClientError(text, { cause });
}

function closedBy(code: number, reason: string): ConsoleClientError {
  if (code === closeCodes.wrongToken) {
    return new ConsoleClientError(
      'the engine refused the token: use the console.token of its own state folder (--token-file)',
    );
  }
  return new ConsoleClientError(`the engine ended the connection: ${reason || `code ${code}`}`);
}

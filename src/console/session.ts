import { createHash, timingSafeEqual } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { unreachable } from '../domain/assert.ts';
import {
  type ClientMessage,
  type Command,
  type CommandResult,
  closeCodes,
  type ErrorCode,
  heartbeatMs,
  protocolVersion,
  type ServerMessage,
} from '../protocol/message.ts';
import { MessageError, parseClientMessage } from '../protocol/parse-message.ts';
import type { Clock } from '../runtime/clock.ts';
import { DeadlineError, within } from '../runtime/deadline.ts';
import type { ConsoleLogEvent, ConsoleSource } from './console-source.ts';
import type { LoginLimiter } from './login-limiter.ts';
import { Outbox } from './outbox.ts';

const loginMs = 5_000;
const commandMs = 30_000;
const commandsAtOnceMax = 8;
const outboxLimits = { events: 256, bufferedBytes: 65_536, snapshotGapMs: 250 };

export type SessionContext = {
  readonly token: string;
  readonly clock: Clock;
  readonly source: ConsoleSource;
  readonly limiter: LoginLimiter;
  /** The number of the newest event. */
  sequence(): number;
  log(event: ConsoleLogEvent): void;
  onJoined(session: Session): void;
  onLeft(session: Session, code: number): void;
};

type Refusal = [code: ErrorCode, closeCode: number, reason: string];

/** One connection: it logs in first, then gets a snapshot and the events, and may send commands. */
export class Session {
  readonly address: string;
  readonly #socket: WebSocket;
  readonly #context: SessionContext;
  readonly #outbox: Outbox;
  readonly #cancelLoginDeadline: () => void;
  #cancelHeartbeat: (() => void) | undefined;
  #isLoggedIn = false;
  #isAlive = true;
  #commandsUnderWay = 0;

  constructor(socket: WebSocket, address: string, context: SessionContext) {
    this.address = address;
    this.#socket = socket;
    this.#context = context;
    this.#outbox = new Outbox({
      wire: {
        bufferedBytes: () => socket.bufferedAmount,
        send: (frame, done) => socket.send(frame, done),
      },
      snapshot: () => this.#snapshotFrame(),
      clock: context.clock,
      limits: outboxLimits,
    });
    this.#cancelLoginDeadline = context.clock.after(loginMs, () =>
      this.close(closeCodes.loginTimeout, `no login within ${loginMs / 1_000} s`),
    );
    socket.on('message', (data, isBinary) => this.#guarded(() => this.#receive(data, isBinary)));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    // The reason follows in `close`; without a listener it would be an uncaught exception.
    socket.on('error', (cause) => context.log({ type: 'console-failed', cause }));
    socket.on('close', (code) => this.#end(code));
  }

  get isLoggedIn(): boolean {
    return this.#isLoggedIn;
  }

  /** Hands over the frame of an event, or lets a snapshot stand in for it when the client is too slow. */
  publish(frame: string): void {
    this.#guarded(() => this.#outbox.publish(frame));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Ends the connection without a goodbye. */
  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#isAlive = true;
    // Frames that were already under way when we said goodbye.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const message = this.#parse(isBinary ? '' : data.toString());
    if (message === undefined) return;
    if (this.#isLoggedIn) this.#obey(message);
    else this.#login(message);
  }

  #obey(message: ClientMessage): void {
    switch (message.type) {
      case 'login':
        this.#complain('bad-message', 'this connection is logged in already');
        break;
      case 'resync':
        this.#outbox.resync();
        break;
      case 'command':
        this.#command({ id: message.id, command: message.command, target: message.target });
        break;
      default:
        unreachable(message);
    }
  }

  #parse(frame: string): ClientMessage | undefined {
    try {
      return parseClientMessage(frame);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      if (this.#isLoggedIn) this.#complain('bad-message', error.message);
      else this.#refuse('bad-message', closeCodes.badMessage, error.message);
      return undefined;
    }
  }

  #login(message: ClientMessage): void {
    const refusal = this.#refusalOf(message);
    if (refusal !== undefined) {
      this.#refuse(...refusal);
      return;
    }
    this.#cancelLoginDeadline();
    this.#isLoggedIn = true;
    const engine = this.#context.source.snapshot().engine.version;
    this.#reply({ type: 'welcome', version: protocolVersion, engine });
    this.#outbox.resync();
    this.#beat();
    this.#context.onJoined(this);
  }

  #refusalOf(message: ClientMessage): Refusal | undefined {
    const { limiter, token } = this.#context;
    if (message.type !== 'login') {
      return ['login-expected', closeCodes.badMessage, 'the first message is login'];
    }
    const waitSeconds = Math.ceil(limiter.blockedMs(this.address) / 1_000);
    if (waitSeconds > 0) {
      const reason = `too many wrong tokens: wait ${waitSeconds} s`;
      return ['too-many-tries', closeCodes.tooManyTries, reason];
    }
    if (!isSameSecret(message.token, token)) {
      limiter.failed(this.address);
      return ['wrong-token', closeCodes.wrongToken, 'wrong token'];
    }
    if (message.version !== protocolVersion) {
      const reason = `the engine speaks version ${protocolVersion}, not ${message.version}`;
      return ['wrong-version', closeCodes.wrongVersion, reason];
    }
    return undefined;
  }

  #command(command: Command): void {
    if (this.#commandsUnderWay >= commandsAtOnceMax) {
      const error = `at most ${commandsAtOnceMax} commands at once: wait for their results`;
      this.#reply({ type: 'command-result', id: command.id, ok: false, error });
      return;
    }
    this.#commandsUnderWay += 1;
    void this.#run(command);
  }

  async #run(command: Command): Promise<void> {
    const { clock, log } = this.#context;
    const startedAt = clock.elapsed();
    const result = await this.#resultOf(command);
    this.#commandsUnderWay -= 1;
    const tookMs = clock.elapsed() - startedAt;
    const { command: name, target, id } = command;
    log({
      type: 'console-command',
      address: this.address,
      command: name,
      target,
      ...result,
      tookMs,
    });
    this.#guarded(() => this.#reply({ type: 'command-result', id, ...result }));
  }

  async #resultOf(command: Command): Promise<CommandResult> {
    const { clock, source, log } = this.#context;
    try {
      return await within(commandMs, clock, undefined, (signal) =>
        Promise.race([source.command(command), aborted(signal)]),
      );
    } catch (cause) {
      if (cause instanceof DeadlineError) {
        return {
          ok: false,
          error: `${cause.message}: it may still take effect, look at the state`,
        };
      }
      log({ type: 'console-failed', cause });
      return { ok: false, error: 'the engine failed at it: see its log' };
    }
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#context.clock.after(heartbeatMs, () => {
      if (this.#isAlive) this.#guarded(() => this.#ping());
      else this.terminate();
    });
  }

  #ping(): void {
    this.#isAlive = false;
    this.#socket.ping();
    this.#reply({ type: 'heartbeat' });
    this.#beat();
  }

  #snapshotFrame(): string | undefined {
    const { source, sequence } = this.#context;
    let frame: string | undefined;
    this.#guarded(() => {
      const message = { type: 'snapshot', sequence: sequence(), fleet: source.snapshot() } as const;
      frame = JSON.stringify(message satisfies ServerMessage);
    });
    return frame;
  }

  #reply(message: ServerMessage): void {
    this.#outbox.reply(JSON.stringify(message));
  }

  #complain(code: ErrorCode, message: string): void {
    this.#reply({ type: 'error', code, message });
  }

  #refuse(code: ErrorCode, closeCode: number, reason: string): void {
    this.#context.log({ type: 'console-login-refused', address: this.address, reason });
    this.#complain(code, reason);
    // A close frame carries at most 123 bytes.
    this.close(closeCode, reason.slice(0, 100));
  }

  #end(code: number): void {
    this.#cancelLoginDeadline();
    this.#cancelHeartbeat?.();
    this.#outbox.close();
    this.#context.onLeft(this, code);
  }

  /** A failure here costs this one connection and nothing else of the engine. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#context.log({ type: 'console-failed', cause });
      this.close(1011, 'the console failed: see the log of the engine');
    }
  }
}

/** Compares in a time that tells nothing about the secret, not even its length. */
function isSameSecret(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

import { applyEvent } from '../../../src/protocol/fleet-view.ts';
import {
  type ClientMessage,
  type CommandName,
  type ConfigChange,
  type ConsoleEvent,
  closeCodes,
  heartbeatMs,
  protocolVersion,
  type ServerMessage,
  wholeFleet,
} from '../../../src/protocol/message.ts';
import { MessageError, parseServerMessage } from '../../../src/protocol/parse-message.ts';
import type { DashboardStore, Notice } from './dashboard-store.ts';
import { after } from './page-clock.ts';
import { forgetToken, keepToken } from './token-storage.ts';

const flushMs = 250;
const silenceMs = 2.5 * heartbeatMs;
const retryMaxMs = 30_000;
const noticeMs = 8_000;
const eventsMax = 5_000;
const noticesMax = 5;
/** After these the same token need not be tried again. */
const refusals: readonly number[] = [
  closeCodes.wrongToken,
  closeCodes.tooManyTries,
  closeCodes.wrongVersion,
];

/**
 * The line to the engine: logs in, folds what it hears into the store four times a second at most, asks for a snapshot
 * when an event is missing, and comes back by itself when the line breaks.
 */
export class EngineLink {
  readonly #url: string;
  readonly #store: DashboardStore;
  #token = '';
  #socket: WebSocket | undefined;
  #sequence = 0;
  #isInStep = false;
  #events: ConsoleEvent[] = [];
  #attempts = 0;
  #misread = 0;
  #ids = 0;
  #cancelFlush: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #cancelSilence: (() => void) | undefined;

  constructor(url: string, store: DashboardStore) {
    this.#url = url;
    this.#store = store;
  }

  signIn(token: string): void {
    this.#token = token;
    this.#attempts = 0;
    this.#store.setState({ connection: { state: 'connecting' } });
    this.#open();
  }

  signOut(reason?: string): void {
    forgetToken();
    this.#token = '';
    this.#drop();
    this.#store.setState({
      connection: { state: 'signed-out', ...(reason === undefined ? {} : { reason }) },
      fleet: undefined,
      selected: undefined,
      underWay: {},
    });
  }

  /** Tries again now instead of waiting: somebody asked, or the network came back. */
  retry(): void {
    if (this.#store.getState().connection.state === 'lost') this.#open();
  }

  command(command: CommandName, target: string): void {
    this.#ids += 1;
    const id = `web-${this.#ids}`;
    this.#store.setState(({ underWay }) => ({
      underWay: { ...underWay, [id]: { command, target } },
    }));
    this.#say({ type: 'command', id, command, target });
  }

  #open(): void {
    this.#drop();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#listenForSilence();
    const whileCurrent =
      <E>(task: (event: E) => void) =>
      (event: E) => {
        if (this.#socket === socket) task(event);
      };
    socket.onopen = whileCurrent(() =>
      this.#say({ type: 'login', token: this.#token, version: protocolVersion }),
    );
    socket.onmessage = whileCurrent(({ data }: MessageEvent) => this.#read(String(data)));
    socket.onclose = whileCurrent(({ code, reason }: CloseEvent) => this.#lost(code, reason));
  }

  #drop(): void {
    this.#cancelRetry?.();
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#cancelSilence?.();
    this.#events = [];
    this.#isInStep = false;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #lost(code: number, reason: string): void {
    if (refusals.includes(code)) {
      this.signOut(reason);
      return;
    }
    this.#drop();
    const retryMs = Math.min(retryMaxMs, 1_000 * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#cancelRetry = after(retryMs, () => this.#open());
    this.#store.setState({
      connection: { state: 'lost', reason: reason || 'the engine does not answer', retryMs },
      underWay: {},
    });
  }

  #listenForSilence(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = after(silenceMs, () => this.#lost(0, 'the line went silent'));
  }

  #read(frame: string): void {
    this.#listenForSilence();
    try {
      this.#receive(parseServerMessage(frame));
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#misunderstood(error);
    }
  }

  /** Once may be a frame gone wrong, and a snapshot makes it good. Twice in a row means another version. */
  #misunderstood(error: MessageError): void {
    this.#misread += 1;
    if (this.#misread === 1) {
      this.#resync();
      return;
    }
    this.#drop();
    this.#store.setState({ connection: { state: 'mismatch', reason: error.message } });
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        keepToken(this.#token);
        break;
      case 'snapshot':
        this.#takeSnapshot(message);
        break;
      case 'event':
        this.#takeEvent(message);
        break;
      case 'command-result':
        this.#takeResult(message);
        break;
      case 'error':
        // Before the login is through, the reason of the close says the same.
        if (this.#isInStep) this.#tell('bad', message.message);
        break;
      case 'heartbeat':
        break;
      default:
        message satisfies never;
    }
  }

  #takeSnapshot({ sequence, fleet }: Extract<ServerMessage, { type: 'snapshot' }>): void {
    this.#sequence = sequence;
    this.#isInStep = true;
    this.#events = [];
    this.#attempts = 0;
    this.#misread = 0;
    this.#store.setState({ connection: { state: 'live' }, fleet });
  }

  #takeEvent({ sequence, event }: Extract<ServerMessage, { type: 'event' }>): void {
    if (!this.#isInStep) return;
    if (sequence !== this.#sequence + 1 || this.#events.length >= eventsMax) {
      this.#resync();
      return;
    }
    this.#sequence = sequence;
    this.#events.push(event);
    this.#cancelFlush ??= after(flushMs, () => this.#flush());
  }

  #resync(): void {
    this.#isInStep = false;
    this.#events = [];
    this.#say({ type: 'resync' });
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const events = this.#events;
    this.#events = [];
    this.#store.setState(({ fleet }) => ({ fleet: fleet && events.reduce(applyEvent, fleet) }));
    for (const event of events) {
      if (event.type === 'config-changed') this.#tell('plain', changeText(event.changes));
    }
  }

  #takeResult({ id, ok, error }: Extract<ServerMessage, { type: 'command-result' }>): void {
    const { [id]: order, ...underWay } = this.#store.getState().underWay;
    if (order === undefined) return;
    this.#store.setState({ underWay });
    const whom = order.target === wholeFleet ? 'the fleet' : order.target;
    const what = `${order.command} ${whom}`;
    if (ok) this.#tell('good', `${what}: done`);
    else this.#tell('bad', `${what}: ${error ?? 'refused'}`);
  }

  #tell(tone: Notice['tone'], text: string): void {
    this.#ids += 1;
    const notice = { id: this.#ids, tone, text };
    this.#store.setState(({ notices }) => ({ notices: [...notices, notice].slice(-noticesMax) }));
    after(noticeMs, () =>
      this.#store.setState(({ notices }) => ({
        notices: notices.filter(({ id }) => id !== notice.id),
      })),
    );
  }

  #say(message: ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

function changeText(changes: readonly ConfigChange[]): string {
  const texts = changes.map(({ key, account, from, to }) => {
    const place = account === undefined ? key : `${account} ${key}`;
    return `${place} ${from ?? 'default'} → ${to ?? 'default'}`;
  });
  return `configuration: ${texts.join(', ')}`;
}

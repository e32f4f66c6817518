/** The rim of the engine as supervised children: console, Telegram and the configuration folder. Trading waits for none of them. */

import type { Logger } from 'pino';
import type { ObserverMessage } from '../actors/observer.ts';
import type { Config } from '../config/config.ts';
import type { ConfigChange } from '../config/diff-config.ts';
import type { WhyNotHot } from '../config/hot-config.ts';
import { formatMistakes } from '../config/mistake.ts';
import { watchConfig } from '../config/watch-config.ts';
import { startConsole } from '../console/start-console.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import { type AccountId, accountId } from '../domain/units.ts';
import type { Edge } from '../engine/engine-options.ts';
import { type ActorChild, type ActorChildOptions, actorChild } from '../runtime/actor-child.ts';
import type { Clock } from '../runtime/clock.ts';
import { startTelegram, type TelegramOptions } from '../telegram/start-telegram.ts';
import type { Fleet } from './fleet.ts';

type EdgeMeans = { readonly clock: Clock; readonly log: Logger };

/** An observer that is told everything, and loses the oldest of it rather than make anybody wait. */
function edge<Options extends Pick<ActorChildOptions<ObserverMessage>, 'id' | 'start'>>(
  clock: Clock,
  options: Options,
): Edge {
  const child: ActorChild<ObserverMessage> = actorChild<ObserverMessage>({
    restart: 'permanent',
    shutdownMs: 4_000,
    startMs: 10_000,
    clock,
    mailbox: { capacity: 1_000, overflow: 'drop-oldest' },
    onDeadLetter: () => {},
    ...options,
  });
  return { child, ref: child.ref };
}

export function consoleEdge(
  { clock, log }: EdgeMeans,
  options: {
    readonly host: string;
    readonly port: number;
    readonly token: string;
    readonly webRoot: string | undefined;
    readonly fleet: Fleet;
    /** It listens there; said again when it was started again. */
    readonly onListening?: (port: number) => void;
  },
): Edge {
  const { fleet, host, token, webRoot, onListening } = options;
  // A free one is chosen once: a console that is started again is found where it was.
  let port = options.port;
  return edge(clock, {
    id: 'console',
    start: async () => {
      const console = await startConsole({
        host,
        port,
        token,
        ...(webRoot !== undefined && { webRoot }),
        clock,
        source: fleet,
        log: (event) => log.info(event, event.type),
      });
      port = console.port;
      onListening?.(port);
      return {
        receive: (message) => {
          for (const event of fleet.take(message)) console.publish(event);
        },
        stopped: () => console.close(),
      };
    },
  });
}

export function telegramEdge(
  { clock, log }: EdgeMeans,
  options: {
    readonly config: Config;
    readonly apiRoot?: string;
  } & Pick<TelegramOptions, 'command' | 'fleet'>,
): Edge | undefined {
  const accounts = Object.values(options.config.accounts).flatMap(({ id, isEnabled, telegram }) =>
    isEnabled && telegram !== undefined ? [{ account: accountId(id), ...telegram }] : [],
  );
  if (accounts.length === 0) return undefined;
  const snapshots = new Map<AccountId, AccountSnapshot>();
  return edge(clock, {
    id: 'telegram',
    start: () => {
      const telegram = startTelegram({
        accounts,
        ...(options.apiRoot !== undefined && { apiRoot: options.apiRoot }),
        clock,
        snapshot: (account) => snapshots.get(account),
        command: options.command,
        fleet: options.fleet,
        log: (event) => log.info(event, event.type),
      });
      return {
        receive: (message) => {
          if (message.type === 'account-event') telegram.tell(message.event);
          if (message.type === 'account-changed') {
            snapshots.set(message.snapshot.id, message.snapshot);
          }
        },
        stopped: () => telegram.stop(),
      };
    },
  });
}

export function configWatcherEdge(
  { clock }: EdgeMeans,
  options: {
    readonly config: Config;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly isReplay: boolean;
    readonly whyNotHot: WhyNotHot;
    readonly onChange: (next: Config, changes: readonly ConfigChange[]) => void;
    readonly onRefused: (reason: string) => void;
  },
): Edge {
  // What was accepted before a restart of the watcher is what its next life compares with.
  let current = options.config;
  const { child } = edge(clock, {
    id: 'config-watcher',
    start: () => {
      const watch = watchConfig({
        folder: options.config.folder,
        env: options.env,
        replay: options.isReplay,
        whyNotHot: options.whyNotHot,
        current,
        debounceMs: 200,
        after: (delayMs, task) => clock.after(delayMs, task),
        onChange: (next, changes) => {
          current = next;
          options.onChange(next, changes);
        },
        onRefused: (error) => options.onRefused(formatMistakes(error)),
      });
      return { receive: () => {}, stopped: () => watch.close() };
    },
  });
  return { child };
}

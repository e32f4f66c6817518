/** What stands at the rim of a run: the console, the chat, the watch on the configuration. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { environment } from '../config/environment.ts';
import { accountId, epochMs } from '../domain/units.ts';
import type { Engine } from '../engine/engine.ts';
import type { Edge } from '../engine/engine-options.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import type { Clock } from '../runtime/clock.ts';
import { consoleToken } from './console-token.ts';
import { configWatcherEdge, consoleEdge, telegramEdge } from './edges.ts';
import { Fleet } from './fleet.ts';
import type { FleetChanges } from './fleet-changes.ts';
import { openLog } from './log-file.ts';
import { speedOf } from './pace.ts';
import { saidToAccount, saidToFleet } from './said.ts';

export type RimOptions = {
  readonly config: Config;
  readonly plan: RunPlan;
  readonly version: string;
  readonly clock: Clock;
  readonly write: (line: string) => void;
  readonly engine: () => Engine;
  readonly isReplay: boolean;
  /** Undefined: nobody can look. */
  readonly consolePort: number | undefined;
  /** The console listens there; said again when it was started again. */
  readonly onListening: (port: number) => void;
  readonly changes: () => FleetChanges;
};

/** A replay has no chat, and its configuration does not change. */
export function runEdges(options: RimOptions): readonly Edge[] {
  const log = logOf(options);
  const { consolePort, isReplay } = options;
  const telegram = isReplay ? undefined : chatEdge(options, log);
  return [
    ...(consolePort === undefined ? [] : [lookEdge(consolePort, options, log)]),
    ...(telegram === undefined ? [] : [telegram]),
    ...(isReplay ? [] : [configEdge(options, log)]),
  ];
}

function logOf({ plan, clock, config, write }: RimOptions): Logger {
  return openLog({
    folder: plan.stateFolder,
    clock,
    secrets: secretsOf(plan, config),
    unwritten: (cause) => write(`alert   the log cannot be written: ${cause}`),
  });
}

function chatEdge({ config, clock, engine }: RimOptions, log: Logger): Edge | undefined {
  const apiRoot = environment['NOVOSKY_TELEGRAM_API'];
  return telegramEdge(
    { clock, log },
    {
      config,
      ...(apiRoot !== undefined && { apiRoot }),
      command: (account, command, by) => {
        saidToAccount(engine(), account, { command, by }).catch((error: Error) => {
          const at = epochMs(Math.floor(clock.now()));
          const event = { type: 'alert', account, at, reason: error.message } as const;
          engine().observe({ type: 'account-event', event });
        });
      },
      fleet: {
        accounts: () => engine().accounts().map(accountId),
        order: () => engine().orders.order,
        command: (command, by) => saidToFleet(engine(), { command, by }),
      },
    },
  );
}

function lookEdge(port: number, options: RimOptions, log: Logger): Edge {
  const { config, plan, version, clock, engine, isReplay, onListening } = options;
  const isLive = plan.accounts.some(({ policy }) => policy.mode === 'live');
  const paceMs = plan.lockstep?.paceMs ?? 0;
  const fleet = new Fleet(
    {
      version,
      startedAt: epochMs(Math.floor(clock.now())),
      mode: isReplay ? 'replay' : isLive ? 'live' : 'paper',
      ...(paceMs > 0 && { speed: speedOf(paceMs) }),
    },
    engine,
    clock,
  );
  const webRoot = join(import.meta.dirname, '..', 'web');
  return consoleEdge(
    { clock, log },
    {
      host: config.console.host,
      port,
      token: consoleToken(plan.stateFolder, config.console.token),
      webRoot: existsSync(join(webRoot, 'index.html')) ? webRoot : undefined,
      fleet,
      onListening,
    },
  );
}

function configEdge({ config, clock, engine, changes }: RimOptions, log: Logger): Edge {
  return configWatcherEdge(
    { clock, log },
    {
      config,
      env: environment,
      isReplay: false,
      whyNotHot: (id, next) => changes().whyNotHot(id, next),
      onChange: (next, told) => changes().take(next, told),
      onRefused: (reason) =>
        engine().observe({ type: 'engine-event', event: { type: 'config-refused', reason } }),
    },
  );
}

function secretsOf(plan: RunPlan, { accounts, console }: Config): readonly string[] {
  return [
    ...plan.accounts.map(({ terminal }) => terminal.token),
    ...Object.values(accounts).flatMap(({ telegram }) => telegram?.token ?? []),
    console.token ?? [],
  ].flat();
}

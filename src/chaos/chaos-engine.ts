/**
 * The engine of `novosky run` in a process of its own: on terminals that live outside, with journals whose disk may run
 * full, and with a line on which it can be told to harm itself.
 */

import { runEngine } from '../cli/run-engine.ts';
import { environment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { unreachable } from '../domain/assert.ts';
import { accountId } from '../domain/units.ts';
import type { Engine } from '../engine/engine.ts';
import { type EngineHost, thisHost } from '../engine/engine-host.ts';
import { systemClock } from '../runtime/clock.ts';
import { startProcess } from '../runtime/process.ts';
import { type StartThread, startThread } from '../runtime/thread.ts';
import { TimerWheel } from '../runtime/timer-wheel.ts';
import type { Deed, EngineSettings, FromEngine, ToEngine } from './engine-protocol.ts';
import { onOuterTerminals } from './outer-plan.ts';

const accountThread = new URL('./account-thread.ts', import.meta.url);
const withFullDisks = (start: StartThread): StartThread => {
  return (entry, options) =>
    start(entry.pathname.endsWith('/account-thread.ts') ? accountThread : entry, options);
};
const host: EngineHost = {
  ...thisHost,
  startThread: withFullDisks(startThread),
  startProcess: withFullDisks(startProcess),
};
/** How often it is told who lives where. */
const hostsEveryMs = 250;

let engine: Engine | undefined;
const settings = await new Promise<EngineSettings>((resolve) => {
  process.on('message', (message: ToEngine) => {
    if (message.type === 'start') resolve(message.settings);
    else void obey(message.number, message.deed);
  });
});
const orphaned = () => process.kill(process.pid, 'SIGKILL');
// Without the world around it there is nothing to trade on.
process.on('disconnect', orphaned);
process.exitCode = await run(settings);
process.off('disconnect', orphaned);
process.disconnect();

function run({ configFolder, stateFolder, ...rest }: EngineSettings): Promise<number> {
  const { modelsFolder, symbol, bars, from, seed, consolePort, terminals } = rest;
  const options = {
    ...{ config: configFolder, state: stateFolder, models: modelsFolder, symbol, seed },
    ...(bars !== undefined && { bars }),
    ...(from !== undefined && { from }),
    console: consolePort,
  };
  return runEngine(options, loadConfig(configFolder, environment, { replay: false }), {
    clock: new TimerWheel(systemClock),
    write: (line) => process.stdout.write(`${line}\n`),
    replan: (plan) => onOuterTerminals(plan, terminals),
    host,
    observe: (message) => {
      if (message.type === 'account-changed' || message.type === 'engine-event') say(message);
    },
    engineBuilt: (built) => {
      engine = built;
      tellHosts();
    },
  });
}

function tellHosts(): void {
  const running = engine;
  if (running === undefined || !process.connected) return;
  const hosts = running.accounts().map((id) => [id, running.hostOf(accountId(id)) ?? ''] as const);
  say({ type: 'hosts', hosts: new Map(hosts) });
  systemClock.after(hostsEveryMs, tellHosts);
}

async function obey(number: number, deed: Deed): Promise<void> {
  try {
    if (engine === undefined) throw new Error('the engine is not built yet');
    await act(engine, deed);
    say({ type: 'done', number });
  } catch (error) {
    say({ type: 'done', number, error: error instanceof Error ? error.message : String(error) });
  }
}

async function act(on: Engine, deed: Deed): Promise<void> {
  switch (deed.type) {
    case 'crash':
      return on.crash(deed.actor, 'chaos');
    case 'end-thread':
      if (!(await on.endThread(deed.thread))) throw new Error(`${deed.thread} may not be ended`);
      return;
    case 'harm':
      return on.harm(deed.host, deed.way, deed.resident);
    default:
      return unreachable(deed);
  }
}

function say(word: FromEngine): void {
  if (process.connected) process.send?.(word);
}

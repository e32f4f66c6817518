/**
 * The engine of `novosky run` as a program of its own, with an account that may kill it:
 * `watched-engine CONFIG STATE MODELS`. Takes commands from the process that started it.
 */

import { engineLines } from '../../src/cli/engine-lines.ts';
import { openRunState } from '../../src/cli/run-state.ts';
import { environment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { Engine } from '../../src/engine/engine.ts';
import { thisHost } from '../../src/engine/engine-host.ts';
import { planRun } from '../../src/engine/run-plan.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startThread } from '../../src/runtime/thread.ts';
import type { EngineOrder } from './engine-process.ts';

const [configFolder = '', stateFolder = '', modelsFolder = ''] = process.argv.slice(2);
const watchedAccount = new URL('./watched-account-thread.ts', import.meta.url);

const config = loadConfig(configFolder, environment, { replay: false });
const plan = { ...(await planRun({ config, stateFolder, modelsFolder })), pollMs: 200 };
openRunState(plan.stateFolder, { kind: 'engine' });
const engine = new Engine({
  plan,
  clock: systemClock,
  host: {
    ...thisHost,
    startThread: (entry, options) =>
      startThread(/account-thread/.test(entry.pathname) ? watchedAccount : entry, options),
  },
  edges: [],
  observe: engineLines((line) => process.stdout.write(`${line}\n`)),
  onLatency: () => undefined,
  onRestart: ({ actor, reason }) => process.stdout.write(`restart ${actor}: ${reason}\n`),
  onFinished: () => undefined,
});
process.on('message', (order: EngineOrder) => void obey(order));
process.on('disconnect', () => process.exit(1));
await engine.start();
process.send?.('started');

async function obey({ command, times }: EngineOrder): Promise<void> {
  const [account] = plan.accounts;
  if (account === undefined) return;
  for (let time = 0; time < times; time += 1) {
    await Promise.all(command.map((each) => engine.command(account.id, each, 'crash-matrix')));
  }
  process.send?.('obeyed');
}

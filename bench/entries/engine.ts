/**
 * The engine of a benchmark, in a process of its own: plans a replay, has somebody else run its terminals, plays it to
 * its end and says how long each order took and what was traded.
 */
import type { AccountFact } from '../../src/account/account-fact.ts';
import { reportOf } from '../../src/account/report.ts';
import type { StepLatency } from '../../src/actors/market-time.ts';
import { openReplay } from '../../src/cli/replay-file.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { epochMs } from '../../src/domain/units.ts';
import { Engine } from '../../src/engine/engine.ts';
import { thisHost } from '../../src/engine/engine-host.ts';
import { planRun } from '../../src/engine/run-plan.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startThread } from '../../src/runtime/thread.ts';
import type { SimulatedTerminal } from '../../src/threads/thread-data.ts';

export type EngineRequest = {
  readonly configFolder: string;
  readonly stateFolder: string;
  readonly modelsFolder: string;
  readonly replay: { readonly path: string; readonly fromMs: number; readonly bars: number };
  /** Market minutes per second; absent = as fast as it goes. */
  readonly speed?: number;
};

export type EngineNotice =
  | { readonly type: 'terminals'; readonly terminals: readonly SimulatedTerminal[] }
  | {
      readonly type: 'done';
      readonly latencies: readonly StepLatency[];
      readonly restarts: number;
      readonly wallMs: number;
      readonly readyMs: number;
      readonly cpuMs: number;
      readonly peakMb: number;
      readonly trades: Readonly<Record<string, unknown>>;
    };

const say = (notice: EngineNotice) => process.send?.(notice);
let terminalsUp = () => {};
process.on('message', (message: EngineRequest | 'terminals-up') => {
  if (message === 'terminals-up') terminalsUp();
  else void run(message);
});
process.on('disconnect', () => process.exit());

async function run(request: EngineRequest): Promise<void> {
  const { path, fromMs, bars } = request.replay;
  const config = loadConfig(request.configFolder, {}, { replay: true });
  const roundStep = config.ml.roundSteps['BTCUSD'] ?? 0;
  const replay = await openReplay({ path, from: epochMs(fromMs), bars, roundStep, say: () => {} });
  const plan = await planRun({
    ...{ config, replay, stateFolder: request.stateFolder, modelsFolder: request.modelsFolder },
    speed: request.speed ?? Number.POSITIVE_INFINITY,
  });
  const up = new Promise<void>((resolve) => {
    terminalsUp = resolve;
  });
  say({ type: 'terminals', terminals: plan.simulators });
  await up;

  const latencies: StepLatency[] = [];
  let restarts = 0;
  let finished = () => {};
  const end = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const engine = new Engine({
    plan,
    clock: systemClock,
    host: { ...thisHost, startThread: startWithoutTerminals },
    edges: [],
    observe: () => {},
    onLatency: (latency) => latencies.push(latency),
    onRestart: ({ actor, reason }) => {
      restarts += 1;
      console.error(`${actor} was restarted: ${reason}`);
    },
    onFinished: () => finished(),
  });
  const startedAt = performance.now();
  await engine.start();
  const readyMs = performance.now() - startedAt;
  const cpuBefore = process.cpuUsage();
  await end;
  const cpu = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - startedAt - readyMs;
  await engine.stop(15_000);
  const trades = Object.fromEntries(
    plan.accounts.map(({ id, journalPath }) => [
      id,
      reportOf(readJournal<AccountFact>(journalPath)).trades,
    ]),
  );
  say({
    type: 'done',
    ...{ latencies, restarts, wallMs, readyMs, trades },
    cpuMs: (cpu.user + cpu.system) / 1_000,
    peakMb: process.resourceUsage().maxRSS / 1_024,
  });
}

/** The plan's terminals run in another process: the thread that would hold them holds none. */
function startWithoutTerminals(...[entry, options]: Parameters<typeof startThread>) {
  if (!entry.pathname.includes('terminals-thread')) return startThread(entry, options);
  const { data, ...rest } = (options?.workerData ?? {}) as { data?: object };
  return startThread(entry, {
    ...options,
    workerData: { ...rest, data: { ...data, terminals: [] } },
  });
}

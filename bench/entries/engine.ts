/**
 * The engine of a benchmark, in a process of its own: plans a replay, has somebody else run its terminals, plays it to
 * its end or for as long as it is asked to, and says how long things took and what was traded.
 */
import type { AccountFact } from '../../src/account/account-fact.ts';
import { reportOf } from '../../src/account/report.ts';
import type { StepLatency } from '../../src/actors/market-time.ts';
import { Engine } from '../../src/engine/engine.ts';
import { thisHost } from '../../src/engine/engine-host.ts';
import type { RunPlan } from '../../src/engine/run-plan.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { sleep, systemClock } from '../../src/runtime/clock.ts';
import { startThread } from '../../src/runtime/thread.ts';
import type { SimulatedTerminal } from '../../src/threads/thread-data.ts';
import { type FleetRequest, plannedFleet } from '../planned-fleet.ts';

export type EngineRequest = FleetRequest & {
  /** Stops after so long at work; absent = at the end of the replay. */
  readonly forMs?: number;
  /** Whether what the journals hold is told in the end; default: yes. */
  readonly isReported?: boolean;
};

export type EngineNotice =
  | { readonly type: 'terminals'; readonly terminals: readonly SimulatedTerminal[] }
  /** Every account runs, and has been heard of. */
  | { readonly type: 'up'; readonly readyMs: number; readonly heardMs: number }
  | {
      readonly type: 'done';
      readonly latencies: readonly StepLatency[];
      readonly restarts: number;
      readonly wallMs: number;
      readonly readyMs: number;
      readonly stopMs: number;
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
  const plan = await plannedFleet(request);
  const up = new Promise<void>((resolve) => {
    terminalsUp = resolve;
  });
  say({ type: 'terminals', terminals: plan.simulators });
  await up;

  const latencies: StepLatency[] = [];
  const heard = new Set<string>();
  let restarts = 0;
  let allHeard = () => {};
  const everybody = new Promise<void>((resolve) => {
    allHeard = resolve;
  });
  let finished = () => {};
  const end = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const engine = new Engine({
    plan,
    clock: systemClock,
    host: { ...thisHost, startThread: startWithoutTerminals },
    edges: [],
    observe: (message) => {
      if (message.type !== 'account-changed' || heard.size === plan.accounts.length) return;
      heard.add(message.snapshot.id);
      if (heard.size === plan.accounts.length) allHeard();
    },
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
  const { forMs } = request;
  await Promise.race([everybody, end]);
  say({ type: 'up', readyMs, heardMs: performance.now() - startedAt });
  await (forMs === undefined ? end : sleep(forMs, systemClock));
  const cpu = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - startedAt - readyMs;
  const stoppingAt = performance.now();
  await engine.stop(15_000);
  const stopMs = performance.now() - stoppingAt;
  say({
    type: 'done',
    ...{ latencies, restarts, wallMs, readyMs, stopMs },
    cpuMs: (cpu.user + cpu.system) / 1_000,
    peakMb: process.resourceUsage().maxRSS / 1_024,
    trades: request.isReported === false ? {} : tradesOf(plan),
  });
}

function tradesOf({ accounts }: RunPlan): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    accounts.map(({ id, journalPath }) => [
      id,
      reportOf(readJournal<AccountFact>(journalPath)).trades,
    ]),
  );
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

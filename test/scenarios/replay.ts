/** Replays through the whole engine, threads and HTTP included, with a hand on every actor. */
import { join, resolve } from 'node:path';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { type AccountReport, reportOf } from '../../src/account/report.ts';
import type { ObserverMessage } from '../../src/actors/observer.ts';
import { openReplay } from '../../src/cli/replay-file.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { AccountView } from '../../src/domain/account.ts';
import { epochMs } from '../../src/domain/units.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { Edge } from '../../src/engine/engine-options.ts';
import { planRun, type RunPlan } from '../../src/engine/run-plan.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connectTerminal } from '../../src/threads/terminal-connection.ts';

const root = join(import.meta.dirname, '..', '..');

export type ReplayResult = {
  readonly accounts: Readonly<Record<string, AccountReport>>;
  readonly restarts: readonly { readonly actor: string; readonly reason: string }[];
  /** The brokers' own word at the end, by account. */
  readonly views: Readonly<Record<string, AccountView>>;
};

export async function replay(options: {
  readonly path: string;
  readonly from: number;
  readonly bars: number;
  readonly state: string;
  readonly configFolder: string;
  /** Default: the shipped ones. */
  readonly modelsFolder?: string;
  /** Market minutes per second; as fast as it goes by default. */
  readonly speed?: number;
  /** Called after the engine is up, and then at every step of market time. */
  readonly onStep?: (step: number, engine: Engine, plan: RunPlan) => void;
  readonly observe?: (message: ObserverMessage) => void;
  /** Awaited when the replay is over, while everything still runs; told who was restarted so far. */
  readonly atEnd?: (restarts: ReplayResult['restarts']) => Promise<void>;
  /** What stands at the rim; nothing by default. */
  readonly edges?: (engine: () => Engine) => readonly Edge[];
}): Promise<ReplayResult> {
  const config = loadConfig(options.configFolder, {}, { replay: true });
  const file = await openReplay({
    path: options.path,
    from: epochMs(options.from),
    bars: options.bars,
    roundStep: 1_000,
    say: () => {},
  });
  const plan = await planRun({
    config,
    stateFolder: options.state,
    modelsFolder: options.modelsFolder ?? resolve(root, 'models'),
    replay: file,
    speed: options.speed ?? Number.POSITIVE_INFINITY,
  });
  const restarts: ReplayResult['restarts'][number][] = [];
  let step = 0;
  let finish = () => {};
  const finished = new Promise<void>((done) => {
    finish = done;
  });
  const engine: Engine = new Engine({
    plan,
    clock: systemClock,
    edges: options.edges?.(() => engine) ?? [],
    observe: (message) => {
      options.observe?.(message);
      if (message.type !== 'market-time') return;
      step += 1;
      options.onStep?.(step, engine, plan);
    },
    onLatency: () => {},
    onRestart: (restart) => restarts.push(restart),
    onFinished: () => finish(),
  });
  await engine.start();
  await Promise.race([finished, engine.ended]);
  await options.atEnd?.(restarts);
  const views = await viewsOf(plan);
  await engine.stop(15_000);
  const accounts = Object.fromEntries(
    plan.accounts.map(({ id, journalPath }) => [
      id,
      reportOf(readJournal<AccountFact>(journalPath)),
    ]),
  );
  return { accounts, restarts, views };
}

async function viewsOf({ accounts }: RunPlan): Promise<ReplayResult['views']> {
  const { signal } = new AbortController();
  const views: Record<string, AccountView> = {};
  for (const { id, terminal, magic, deviationPoints } of accounts) {
    const broker = connectTerminal(terminal, { clock: systemClock, magic, deviationPoints });
    views[id] = await broker.account(signal);
  }
  return views;
}

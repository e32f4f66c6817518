/** One run from beginning to end: plan, state folder, engine, and what is left to say when it is over. */
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { UsageError } from '../config/usage-error.ts';
import type { AccountView } from '../domain/account.ts';
import { type PlanOptions, planRun, type RunPlan } from '../engine/run-plan.ts';
import { accountViews } from './brokers-word.ts';
import { EngineRun, type RunEnd, type RunWorld } from './engine-run.ts';
import { assertModelsUsable } from './models-usable.ts';
import { assertPortFree } from './port-free.ts';
import type { Replay } from './replay-file.ts';
import { replayOf } from './replay-of.ts';
import { assertWritable, type RunReport, writeReport } from './report.ts';
import type { RunOptions } from './run.ts';
import { runReport } from './run-report.ts';
import { finishRunState, openRunState, type RunIdentity } from './run-state.ts';
import { withSymbol } from './with-symbol.ts';

/** Runs until the replay ends, a signal comes, every account is halted or the tree gives up. Returns the exit code. */
export async function runEngine(
  options: RunOptions,
  config: Config,
  world: RunWorld,
): Promise<number> {
  const { clock, write } = world;
  const startedAt = clock.elapsed();
  refuseUnmeantMoney(options, config);
  if (options.report !== undefined) assertWritable(resolve(options.report));
  const replay = await replayOf(options, config, write);
  const planOptions = planOptionsOf(options, config, replay);
  const planned = await planRun(planOptions);
  const plan = world.replan?.(planned) ?? planned;
  await assertModelsUsable(plan);
  const consolePort = consolePortOf(options, config);
  if (consolePort !== undefined) await assertPortFree(config.console.host, consolePort);
  const identity = identityOf(plan, replay, options.seed ?? 1);
  const { isResumed, lease } = openRunState(plan.stateFolder, identity);
  const run = new EngineRun({ options, config, plan, planOptions, consolePort, world, isResumed });
  let views: ReadonlyMap<string, AccountView> = new Map();
  try {
    const end = await run.untilEnd(async () => {
      views = await accountViews(plan.accounts, clock);
    });
    if (end === 'finished' && replay !== undefined) {
      const { latencies, restarts } = run;
      const wallMs = clock.elapsed() - startedAt;
      const report = runReport({ plan, replay, identity, wallMs, latencies, restarts, views });
      endReplay(options, report, write);
      finishRunState(plan.stateFolder, identity);
    }
    return exitCode(end, run.hasLostAccount);
  } finally {
    lease.release();
    run.endWhatIsLeft();
  }
}

/** 99 is not restarted by whoever watches the process: only a person leads out of it. */
function exitCode(end: RunEnd, hasLostAccount: boolean): number {
  if (end === 'halted') return 99;
  return end === 'failed' || hasLostAccount ? 1 : 0;
}

function planOptionsOf(
  options: RunOptions,
  config: Config,
  replay: Replay | undefined,
): PlanOptions {
  return {
    config: withSymbol(config, options.symbol),
    stateFolder: resolve(options.state),
    modelsFolder: resolve(options.models),
    ...(replay !== undefined && { replay }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.speed !== undefined && { speed: options.speed }),
  };
}

function endReplay(
  { report: path }: RunOptions,
  report: RunReport,
  write: (line: string) => void,
): void {
  if (path !== undefined) writeReport(resolve(path), report);
  for (const [id, account] of Object.entries(report.accounts)) {
    const { trades, startingBalance, equity, currency } = account;
    const change = (equity / startingBalance - 1) * 100;
    write(
      `done    ${id} ${trades.length} trades, equity ${equity.toFixed(2)} ${currency} (${change >= 0 ? '+' : ''}${change.toFixed(2)} %)`,
    );
  }
  write(`done    ${report.bars} bars${path === undefined ? '' : `, report in ${path}`}`);
}

/** Real money is never traded by an oversight in a file. */
function refuseUnmeantMoney({ iUnderstand }: RunOptions, { accounts }: Config): void {
  const live = Object.values(accounts).filter(
    ({ isEnabled, mode }) => isEnabled && mode === 'live',
  );
  if (live.length === 0 || iUnderstand) return;
  const names = live.map(({ id }) => id).join(', ');
  throw new UsageError(
    `${names} would trade real money: watch it with "mode": "dry" first, and say --i-understand when you mean it`,
  );
}

/** Undefined: nobody can look. */
function consolePortOf({ console, replay }: RunOptions, config: Config): number | undefined {
  if (console === false) return undefined;
  return console ?? (replay === undefined ? config.console.port : undefined);
}

function identityOf(plan: RunPlan, replay: Replay | undefined, seed: number): RunIdentity {
  if (replay === undefined) return { kind: 'engine' };
  const { sha256, from, bars } = replay;
  const symbol = plan.lockstep?.symbol ?? '';
  return { kind: 'replay', dataSha256: sha256, symbol, from, bars, seed, isFinished: false };
}

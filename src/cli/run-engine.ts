/** One run from beginning to end: plan, state folder, engine, and what is left to say when it is over. */
import { resolve } from 'node:path';
import type { AccountConfig, Config } from '../config/config.ts';
import { UsageError } from '../config/usage-error.ts';
import type { AccountView } from '../domain/account.ts';
import { type PlanOptions, planRun, type RunPlan } from '../engine/run-plan.ts';
import { LiveGate, TerminalSilentError } from './audit/live-gate.ts';
import { accountViews } from './brokers-word.ts';
import { EngineRun, type RunEnd, type RunWorld } from './engine-run.ts';
import { assertModelsUsable } from './models-usable.ts';
import { newsCoverage } from './news-coverage.ts';
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
  const gate = new LiveGate({
    stateFolder: options.state,
    isUnderstood: options.iUnderstand === true,
    now: () => clock.now(),
  });
  refuseUnmeantMoney(gate, config);
  if (options.report !== undefined) assertWritable(resolve(options.report));
  const replay = await replayOf(options, config, write);
  const planOptions = planOptionsOf(options, config, replay);
  const planned = await planRun(planOptions);
  const plan = world.replan?.(planned) ?? planned;
  for (const note of await assertModelsUsable(plan)) write(`models  ${note}`);
  const news = newsCoverage(config, clock.now());
  if (news?.isCovered === false) write(`alert   ${news.text}`);
  if (!(await isLiveProven(gate, plan, { config, world }))) return 1;
  const consolePort = consolePortOf(options, config);
  if (consolePort !== undefined) await assertPortFree(config.console.host, consolePort);
  const identity = identityOf(plan, replay, options.seed ?? 1);
  const { isResumed, lease } = openRunState(plan.stateFolder, identity);
  const run = new EngineRun({
    ...{ options, config, plan, planOptions, consolePort, world, isResumed, gate },
  });
  let views: ReadonlyMap<string, AccountView> = new Map();
  try {
    for (const account of liveAccounts(config)) gate.record(account);
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

function liveAccounts({ accounts }: Config): readonly AccountConfig[] {
  return Object.values(accounts).filter(({ isEnabled, mode }) => isEnabled && mode === 'live');
}

/** Real money is never traded by an oversight in a file, nor at a broker that nobody has looked at. */
function refuseUnmeantMoney(gate: LiveGate, config: Config): void {
  const reasons = liveAccounts(config).flatMap((account) => gate.whyNot(account) ?? []);
  if (reasons.length > 0) throw new UsageError(reasons.join('\n'));
}

/**
 * Whether the brokers of all live accounts are as they were audited. False where one does not answer: whoever watches
 * the process may try again.
 *
 * @throws UsageError where one is another
 */
async function isLiveProven(
  gate: LiveGate,
  plan: RunPlan,
  { config, world }: { readonly config: Config; readonly world: RunWorld },
): Promise<boolean> {
  const { clock, write } = world;
  const reasons: string[] = [];
  try {
    for (const { id, terminal, magic } of plan.accounts) {
      const account = config.accounts[id];
      const means = { connection: terminal, magic, clock };
      const why = account && (await gate.whyNotNow(account, means));
      if (why !== undefined) reasons.push(why);
    }
  } catch (error) {
    if (!(error instanceof TerminalSilentError)) throw error;
    write(`alert   ${error.message}`);
    return false;
  }
  if (reasons.length > 0) throw new UsageError(reasons.join('\n'));
  return true;
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

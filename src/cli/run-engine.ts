/** One run from beginning to end: plan, state folder, engine, and what is left to say when it is over. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { AccountFact } from '../account/account-fact.ts';
import { reportOf } from '../account/report.ts';
import type { StepLatency } from '../actors/market-time.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import type { Config } from '../config/config.ts';
import { environment } from '../config/environment.ts';
import { UsageError } from '../config/usage-error.ts';
import type { AccountView } from '../domain/account.ts';
import { timeframeMs } from '../domain/bar.ts';
import { epochMs } from '../domain/units.ts';
import { accountPolicy } from '../engine/account-policy.ts';
import { type Edge, Engine } from '../engine/engine.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { planRun, type RunPlan } from '../engine/run-plan.ts';
import { readJournal } from '../journal/sqlite/sqlite-journal.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import { connectTerminal } from '../threads/terminal-connection.ts';
import { configWatcherEdge, consoleEdge, telegramEdge } from './edges.ts';
import { engineLines } from './engine-lines.ts';
import { Fleet } from './fleet.ts';
import { openLog } from './log-file.ts';
import { assertModelsUsable } from './models-usable.ts';
import { paceText, speedOf } from './pace.ts';
import { assertPortFree } from './port-free.ts';
import type { Replay } from './replay-file.ts';
import { replayOf } from './replay-of.ts';
import { assertWritable, latencyOf, type Restart, type RunReport, writeReport } from './report.ts';
import type { RunOptions } from './run.ts';
import { finishRunState, openRunState, type RunIdentity } from './run-state.ts';
import { firstSignal } from './signals.ts';
import { startFailure } from './start-failure.ts';

/** How long everything together may take to stop, a person's Ctrl-C included. */
const shutdownMs = 15_000;
const version = '0.1.0';

type World = {
  readonly clock: Clock;
  readonly write: (line: string) => void;
  /** What the plan becomes before anything is started; default: what it is. */
  readonly replan?: (plan: RunPlan) => RunPlan;
  /** Default: threads and processes of this host. */
  readonly host?: EngineHost;
  /** Told everything that observers are told, and the engine itself before it starts. */
  readonly observe?: (message: ObserverMessage) => void;
  readonly engineBuilt?: (engine: Engine) => void;
};

/** Runs until the replay ends, a signal comes or the tree gives up. Returns the exit code. */
export async function runEngine(
  options: RunOptions,
  config: Config,
  world: World,
): Promise<number> {
  const startedAt = world.clock.elapsed();
  refuseUnmeantMoney(options, config);
  if (options.report !== undefined) assertWritable(resolve(options.report));
  const replay = await replayOf(options, config, world.write);
  const planned = await planOf(options, config, replay);
  const plan = world.replan?.(planned) ?? planned;
  await assertModelsUsable(plan);
  const consolePort = consolePortOf(options, config);
  if (consolePort !== undefined) await assertPortFree(config.console.host, consolePort);
  const identity = identityOf(plan, replay, options.seed ?? 1);
  const state = openRunState(plan.stateFolder, identity);
  const run = new Run({ options, config, plan, consolePort, world, isResumed: state.isResumed });
  try {
    const end = await run.untilEnd();
    if (end === 'finished' && replay !== undefined) {
      const report = run.report(replay, identity, world.clock.elapsed() - startedAt);
      endReplay(options, report, world.write);
      finishRunState(plan.stateFolder, identity);
    }
    return end === 'failed' || run.hasLostAccount ? 1 : 0;
  } finally {
    state.lease.release();
    run.endWhatIsLeft();
  }
}

function planOf(options: RunOptions, config: Config, replay: Replay | undefined): Promise<RunPlan> {
  return planRun({
    config: withSymbol(config, options.symbol),
    stateFolder: resolve(options.state),
    modelsFolder: resolve(options.models),
    ...(replay !== undefined && { replay }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.speed !== undefined && { speed: options.speed }),
  });
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

type End = 'finished' | 'stopped' | 'failed';

class Run {
  readonly #options: RunOptions;
  readonly #config: Config;
  readonly #plan: RunPlan;
  readonly #world: World;
  readonly #isResumed: boolean;
  readonly #consolePort: number | undefined;
  readonly #latencies: StepLatency[] = [];
  readonly #restarts: Restart[] = [];
  readonly #views = new Map<string, AccountView>();
  readonly #engine: Engine;
  #end: (end: End) => void = () => {};
  readonly #ended = new Promise<End>((resolvePromise) => {
    this.#end = resolvePromise;
  });
  #hasLostAccount = false;

  constructor(run: {
    readonly options: RunOptions;
    readonly config: Config;
    readonly plan: RunPlan;
    readonly consolePort: number | undefined;
    readonly world: World;
    readonly isResumed: boolean;
  }) {
    this.#options = run.options;
    this.#config = run.config;
    this.#plan = run.plan;
    this.#world = run.world;
    this.#isResumed = run.isResumed;
    this.#consolePort = run.consolePort;
    const { clock, write, host, observe } = run.world;
    const say = engineLines(write);
    this.#engine = new Engine({
      plan: run.plan,
      clock,
      edges: this.#edges(),
      ...(host !== undefined && { host }),
      observe: (message) => {
        say(message);
        observe?.(message);
      },
      onLatency: (latency) => this.#latencies.push(latency),
      onRestart: ({ actor, reason }) =>
        this.#restarts.push({ actor, reason, at: new Date(clock.now()).toISOString() }),
      onFinished: () => this.#end('finished'),
      onAccountGivenUp: (_, left) => {
        this.#hasLostAccount = true;
        if (left === 0) this.#end('failed');
      },
    });
    run.world.engineBuilt?.(this.#engine);
  }

  /** Whether an account was given up on the way: then what was reached is not what was asked for. */
  get hasLostAccount(): boolean {
    return this.#hasLostAccount;
  }

  /** Whatever ends it, everything is down when this settles. */
  async untilEnd(): Promise<End> {
    const { clock, write } = this.#world;
    const signal = firstSignal(clock, write);
    void signal.then(() => this.#end('stopped'));
    try {
      // Ctrl-C during a long start does not wait for it.
      await Promise.race([this.#start(), signal]);
      void this.#engine.ended.then((exit) => {
        if (exit.reason === 'failed') write(`failed  ${exit.error.message}`);
        this.#end('failed');
      });
      const end = await this.#ended;
      if (end === 'finished') await this.#readViews();
      if (end === 'stopped') write('stop    entries stop, everything closes in order');
      await this.#engine.stop(shutdownMs);
      if (end === 'stopped')
        write('stopped positions stay behind their stops; start again to go on');
      return end;
    } finally {
      await this.#engine.stop(shutdownMs);
    }
  }

  /** A thread that hangs in native code can be neither stopped nor terminated, and would keep the process for ever. */
  endWhatIsLeft(): void {
    const left = this.#engine.threads().filter((id) => this.#engine.isThreadUp(id));
    if (left.length === 0) return;
    this.#world.write(`alert   ${left.join(', ')} did not stop: the process is ended as it is`);
    process.kill(process.pid, 'SIGKILL');
  }

  report(replay: Replay, identity: RunIdentity, wallMs: number): RunReport {
    return {
      symbol: this.#plan.lockstep?.symbol ?? '',
      from: new Date(replay.from).toISOString(),
      to: new Date(replay.to).toISOString(),
      bars: replay.bars,
      seed: identity.kind === 'replay' ? identity.seed : 0,
      wallMs: Math.round(wallMs),
      restarts: this.#restarts,
      latencyMs: latencyOf(this.#latencies),
      accounts: Object.fromEntries(
        this.#plan.accounts.map(({ id, journalPath }) => {
          const view = this.#views.get(id);
          const account = reportOf(readJournal<AccountFact>(journalPath));
          return [
            id,
            {
              ...account,
              terminalBalance: view?.balance ?? Number.NaN,
              terminalEquity: view?.equity ?? Number.NaN,
              journal: journalPath,
            },
          ];
        }),
      ),
    };
  }

  async #start(): Promise<void> {
    const { write } = this.#world;
    this.#sayWhatStarts();
    try {
      await this.#engine.start();
    } catch (error) {
      throw startFailure(error);
    }
    if (this.#consolePort !== undefined) {
      const { host } = this.#config.console;
      write(
        `look    http://${host}:${this.#consolePort} (token in ${this.#tokenPath()}), or: npm run novosky -- ctl status`,
      );
    }
  }

  #sayWhatStarts(): void {
    const { accounts, lockstep, stateFolder } = this.#plan;
    const { write } = this.#world;
    const names = accounts.map(({ id, terminal }) => `${id} on ${terminal.key}`).join(', ');
    write(`start   NOVOSKY ${version}: ${names}`);
    const pace = lockstep === undefined ? "at the market's own pace" : paceText(lockstep.paceMs);
    write(`start   ${this.#isResumed ? 'goes on with' : 'new state in'} ${stateFolder}, ${pace}`);
  }

  #edges(): readonly Edge[] {
    const { clock } = this.#world;
    const log = openLog({
      folder: this.#plan.stateFolder,
      clock,
      secrets: this.#secrets(),
      unwritten: (cause) => this.#world.write(`alert   the log cannot be written: ${cause}`),
    });
    const telegram = telegramEdge(
      { clock, log },
      {
        config: this.#config,
        ...(environment['NOVOSKY_TELEGRAM_API'] !== undefined && {
          apiRoot: environment['NOVOSKY_TELEGRAM_API'],
        }),
        command: (account, command, by) => {
          this.#engine.command(account, command, by).catch((error: Error) => {
            const at = epochMs(Math.floor(clock.now()));
            const event = { type: 'alert', account, at, reason: error.message } as const;
            this.#engine.observe({ type: 'account-event', event });
          });
        },
      },
    );
    return [
      ...(this.#consolePort === undefined
        ? []
        : [this.#consoleEdge(this.#consolePort, { clock, log })]),
      ...(telegram === undefined || this.#options.replay !== undefined ? [] : [telegram]),
      ...(this.#options.replay === undefined ? [this.#configEdge({ clock, log })] : []),
    ];
  }

  #consoleEdge(port: number, means: Parameters<typeof consoleEdge>[0]): Edge {
    const { lockstep, accounts } = this.#plan;
    const isLive = accounts.some(({ policy }) => policy.mode === 'live');
    const fleet = new Fleet(
      {
        version,
        startedAt: epochMs(Math.floor(means.clock.now())),
        mode: this.#options.replay !== undefined ? 'replay' : isLive ? 'live' : 'paper',
        ...(lockstep !== undefined && lockstep.paceMs > 0 && { speed: speedOf(lockstep.paceMs) }),
      },
      () => this.#engine,
      means.clock,
    );
    const webRoot = join(import.meta.dirname, '..', 'web');
    return consoleEdge(means, {
      host: this.#config.console.host,
      port,
      token: this.#consoleToken(),
      webRoot: existsSync(join(webRoot, 'index.html')) ? webRoot : undefined,
      fleet,
    });
  }

  #configEdge(means: Parameters<typeof configWatcherEdge>[0]): Edge {
    return configWatcherEdge(means, {
      config: this.#config,
      env: environment,
      isReplay: false,
      onChange: (next, changes) => {
        for (const { file, path, from, to, isHot } of changes) {
          this.#engine.observe({
            type: 'engine-event',
            event: { type: 'config-changed', file, path, from, to, isHot },
          });
        }
        const running = withSymbol(next, this.#options.symbol);
        for (const { id } of this.#plan.accounts) {
          const account = running.accounts[id];
          if (account !== undefined) {
            this.#engine.changePolicy(accountPolicy(account, timeframeMs[this.#plan.timeframe]));
          }
        }
      },
      onRefused: (reason) =>
        this.#engine.observe({ type: 'engine-event', event: { type: 'config-refused', reason } }),
    });
  }

  /** The broker's own word at the end of a replay. */
  async #readViews(): Promise<void> {
    const { clock } = this.#world;
    for (const { id, terminal, magic, deviationPoints } of this.#plan.accounts) {
      const broker = connectTerminal(terminal, { clock, magic, deviationPoints });
      this.#views.set(
        id,
        await within(10_000, clock, undefined, (signal) => broker.account(signal)),
      );
    }
  }

  #tokenPath(): string {
    return join(this.#plan.stateFolder, 'console.token');
  }

  /** The configured token, or one of our own, kept where only this user can read it. */
  #consoleToken(): string {
    const { token } = this.#config.console;
    if (token !== undefined) return token;
    const path = this.#tokenPath();
    if (existsSync(path)) return readFileSync(path, 'utf8').trim();
    const made = randomBytes(24).toString('base64url');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${made}\n`, { mode: 0o600 });
    return made;
  }

  #secrets(): readonly string[] {
    const { accounts, console: consoleConfig } = this.#config;
    return [
      ...this.#plan.accounts.map(({ terminal }) => terminal.token),
      ...Object.values(accounts).flatMap(({ telegram }) => telegram?.token ?? []),
      consoleConfig.token ?? [],
    ].flat();
  }
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

/** The configuration as if nothing but `symbol` were traded. */
function withSymbol(config: Config, symbol: string | undefined): Config {
  if (symbol === undefined) return config;
  const accounts = Object.entries(config.accounts).map(([id, account]) => {
    if (account.isEnabled && !account.symbols.includes(symbol)) {
      throw new UsageError(
        `accounts.json: ${id} trades ${account.symbols.join(', ')}, not ${symbol}`,
      );
    }
    return [id, { ...account, symbols: [symbol] }] as const;
  });
  return { ...config, accounts: Object.fromEntries(accounts) };
}

function identityOf(plan: RunPlan, replay: Replay | undefined, seed: number): RunIdentity {
  if (replay === undefined) return { kind: 'engine' };
  const { sha256, from, bars } = replay;
  const symbol = plan.lockstep?.symbol ?? '';
  return { kind: 'replay', dataSha256: sha256, symbol, from, bars, seed, isFinished: false };
}

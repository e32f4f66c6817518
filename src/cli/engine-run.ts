/** One run of the engine: what is started, what may end it, and how it is brought down. */
import type { StepLatency } from '../actors/market-time.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import type { Config } from '../config/config.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import type { PlanOptions, RunPlan } from '../engine/run-plan.ts';
import { checkpointJournal } from '../journal/sqlite/checkpoint-journal.ts';
import type { Clock } from '../runtime/clock.ts';
import { AccountPolicies } from './account-policies.ts';
import type { LiveGate } from './audit/live-gate.ts';
import { accountsHolding } from './brokers-word.ts';
import { consoleTokenPath } from './console-token.ts';
import { drain } from './drain.ts';
import { engineLines } from './engine-lines.ts';
import { FleetChanges } from './fleet-changes.ts';
import { FleetWatch, openText } from './fleet-watch.ts';
import { everyoneHalted } from './halt-watch.ts';
import { flushLog } from './log-file.ts';
import { paceText } from './pace.ts';
import type { Restart } from './report.ts';
import type { RunOptions } from './run.ts';
import { runEdges } from './run-edges.ts';
import { shutDown, shutdownLimitsMs } from './shutdown.ts';
import { firstSignal } from './signals.ts';
import { startFailure } from './start-failure.ts';

const version = '0.1.0';

export type RunWorld = {
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

/** `stopped`: a person said so. `halted`: every account is, and flat. */
export type RunEnd = 'finished' | 'stopped' | 'halted' | 'failed';

export type RunSetup = {
  readonly options: RunOptions;
  readonly config: Config;
  readonly plan: RunPlan;
  /** What the plan was made of. */
  readonly planOptions: PlanOptions;
  readonly consolePort: number | undefined;
  readonly world: RunWorld;
  readonly isResumed: boolean;
  readonly gate: LiveGate;
};

export class EngineRun {
  readonly latencies: StepLatency[] = [];
  readonly restarts: Restart[] = [];
  readonly #setup: RunSetup;
  readonly #engine: Engine;
  readonly #watch: FleetWatch;
  readonly #policies: AccountPolicies;
  readonly #changes: FleetChanges;
  /** Aborts what only waits for something to happen. */
  readonly #closing = new AbortController();
  #port: number | undefined;
  #hasLostAccount = false;
  #isFlat = false;
  #isClosing = false;
  #end: (end: RunEnd) => void = () => {};
  /** What ends a run by itself: nobody has asked for it. */
  readonly #ended = new Promise<RunEnd>((resolve) => {
    this.#end = resolve;
  });

  constructor(setup: RunSetup) {
    this.#setup = setup;
    const { plan, planOptions, options, world } = setup;
    this.#watch = new FleetWatch(plan.accounts.map(({ id }) => id));
    this.#engine = this.#buildEngine();
    this.#policies = new AccountPolicies(
      (policy) => this.#engine.changePolicy(policy),
      plan.accounts.map(({ policy }) => policy),
    );
    this.#changes = new FleetChanges({
      ...{ plan, planOptions, engine: this.#engine, write: world.write },
      policies: this.#policies,
      watch: this.#watch,
      clock: world.clock,
      symbol: options.symbol,
      gate: setup.gate,
    });
    world.engineBuilt?.(this.#engine);
  }

  /** Whether an account was given up on the way: then what was reached is not what was asked for. */
  get hasLostAccount(): boolean {
    return this.#hasLostAccount;
  }

  /**
   * Whatever ends it, everything is down when this settles.
   *
   * @param whileUp run before anything is closed when a replay has come to its end
   */
  async untilEnd(whileUp: () => Promise<void>): Promise<RunEnd> {
    const { clock, write } = this.#setup.world;
    const signal = firstSignal(clock, write);
    try {
      const started = this.#start();
      // Ctrl-C during a long start does not wait for it.
      await Promise.race([started, signal]);
      started.catch(() => this.#end('failed'));
      this.#watchForTheEnd();
      const first = await Promise.race([this.#ended, signal.then(() => 'stopped' as const)]);
      const end = first === 'stopped' ? await this.#drained() : first;
      if (end === 'finished') await whileUp();
      await this.#bringDown(end);
      return end;
    } finally {
      this.#closing.abort(new Error('the run is over'));
      await this.#engine.stop(shutdownLimitsMs.tree);
    }
  }

  /** A thread that hangs in native code can be neither stopped nor terminated, and would keep the process for ever. */
  endWhatIsLeft(): void {
    const left = this.#engine.threads().filter((id) => this.#engine.isThreadUp(id));
    if (left.length === 0) return;
    this.#setup.world.write(
      `alert   ${left.join(', ')} did not stop: the process is ended as it is`,
    );
    process.kill(process.pid, 'SIGKILL');
  }

  #buildEngine(): Engine {
    const { plan, config, options, consolePort, world } = this.#setup;
    const { clock, write, host, observe } = world;
    const say = engineLines(write);
    const edges = runEdges({
      ...{ config, plan, version, clock, write, consolePort },
      isReplay: options.replay !== undefined,
      engine: () => this.#engine,
      changes: () => this.#changes,
      onListening: (port) => {
        this.#port = port;
      },
    });
    return new Engine({
      ...{ plan, clock, edges },
      ...(host !== undefined && { host }),
      observe: (message) => {
        if (!this.#isLateMail(message)) say(message);
        this.#watch.take(message);
        observe?.(message);
      },
      onLatency: (latency) => this.latencies.push(latency),
      onRestart: ({ actor, reason }) =>
        this.restarts.push({ actor, reason, at: new Date(clock.now()).toISOString() }),
      onFinished: () => this.#end('finished'),
      onAccountGivenUp: (_, left) => {
        this.#hasLostAccount = true;
        if (left === 0) this.#end('failed');
      },
    });
  }

  /** What is under way to somebody who has stopped is lost, as it must be. */
  #isLateMail(message: ObserverMessage): boolean {
    const isMail = message.type === 'engine-event' && message.event.type === 'dead-letters';
    return isMail && this.#isClosing;
  }

  async #start(): Promise<void> {
    const { config, plan, world } = this.#setup;
    this.#sayWhatStarts();
    try {
      await this.#engine.start();
    } catch (error) {
      throw startFailure(error);
    }
    if (this.#port === undefined) return;
    const token = consoleTokenPath(plan.stateFolder);
    world.write(
      `look    http://${config.console.host}:${this.#port} (token in ${token}), or: npm run novosky -- ctl status`,
    );
  }

  #sayWhatStarts(): void {
    const { plan, isResumed, world } = this.#setup;
    const { accounts, lockstep, stateFolder } = plan;
    const names = accounts.map(({ id, terminal }) => `${id} on ${terminal.key}`).join(', ');
    world.write(`start   NOVOSKY ${version}: ${names}`);
    const pace = lockstep === undefined ? "at the market's own pace" : paceText(lockstep.paceMs);
    world.write(`start   ${isResumed ? 'goes on with' : 'new state in'} ${stateFolder}, ${pace}`);
  }

  #watchForTheEnd(): void {
    const { clock, write } = this.#setup.world;
    void this.#engine.ended.then((exit) => {
      if (exit.reason === 'failed') write(`failed  ${exit.error.message}`);
      this.#end('failed');
    });
    everyoneHalted(
      {
        ...{ clock, write },
        watch: this.#watch,
        accounts: () => this.#changes.accounts().map(({ id }) => id),
        holding: (signal) => accountsHolding(this.#changes.accounts(), clock, signal),
      },
      this.#closing.signal,
    ).then(
      (why) => {
        write(`halted  every account is halted and flat: ${why}`);
        this.#end('halted');
      },
      () => undefined, // the run is over
    );
  }

  /** A person wants to stop: at once, or when every account is flat. A replay whose file ends first is finished. */
  async #drained(): Promise<RunEnd> {
    const { options, config, world } = this.#setup;
    if (!(options.drain ?? config.shutdown === 'drain')) return 'stopped';
    world.write(
      'drain   entries stop, open positions are managed until they leave; Ctrl-C again ends at once',
    );
    this.#changes.close();
    this.#policies.stopAllEntries('shutdown');
    const { clock, write } = world;
    const flat = drain({ watch: this.#watch, clock, write }, this.#closing.signal);
    flat.catch(() => undefined); // the run is over
    const end = await Promise.race([this.#ended, flat.then(() => 'stopped' as const)]);
    this.#isFlat = end === 'stopped';
    if (end === 'finished') {
      write(`drain   the file has ended: ${openText(this.#watch.all())} open, behind their stops`);
    }
    return end;
  }

  async #bringDown(end: RunEnd): Promise<void> {
    const { clock, write } = this.#setup.world;
    if (end === 'stopped') write('stop    entries stop, everything closes in order');
    this.#changes.close();
    this.#isClosing = true;
    const { stateFolder } = this.#setup.plan;
    await shutDown(
      {
        ...{ engine: this.#engine, policies: this.#policies, watch: this.#watch, clock, write },
        checkpoint: () => this.#checkpoint(),
        flushLog: () => flushLog(stateFolder),
      },
      { isOver: end === 'finished' || end === 'failed' },
    );
    if (end === 'stopped') write(this.#isFlat ? stoppedFlat : stoppedOpen);
    if (end === 'halted') write(haltedForGood);
  }

  #checkpoint(): void {
    const paths = this.#changes.accounts().map(({ journalPath }) => journalPath);
    const left = paths.filter((path) => !checkpointJournal(path));
    if (left.length > 0) throw new Error(`somebody reads ${left.join(', ')}`);
  }
}

const haltedForGood =
  'stopped with exit code 99, and nothing starts it again: look why, start it, then: novosky ctl revive --all';
const stoppedOpen = 'stopped positions stay behind their stops; start again to go on';
const stoppedFlat = 'stopped every account is flat; start again to go on';

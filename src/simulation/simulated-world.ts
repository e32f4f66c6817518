/** One simulated world: brokers, a disk, and an engine on a host that may die and is started again. */
import type { AccountPolicy } from '../account/policy.ts';
import type { MarketTimeMessage } from '../actors/market-time.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import { assert, unreachable } from '../domain/assert.ts';
import { type Trace, timeframeMs, traceOf } from '../domain/bar.ts';
import { type AccountId, accountId } from '../domain/units.ts';
import { Engine } from '../engine/engine.ts';
import type { Quarantine, QuarantineStore } from '../engine/quarantine.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { equityOf } from '../exchange/valuation.ts';
import type { TreeNode } from '../runtime/child-spec.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { SeededScheduler } from '../runtime/simulation/seeded-scheduler.ts';
import { SimulatedNetwork } from '../runtime/simulation/simulated-network.ts';
import type { Delay } from '../runtime/simulation/simulated-port.ts';
import { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';
import type { SimulatedWorker } from '../runtime/simulation/simulated-worker.ts';
import type { Terminal } from '../terminal-simulator/terminal.ts';
import { AccountAudit, type Violation } from './account-audit.ts';
import { MailAudit } from './mail-audit.ts';
import { RestartAudit } from './restart-audit.ts';
import type { Scenario } from './scenario.ts';
import type { Origin } from './simulate.ts';
import { SimulatedBroker } from './simulated-broker.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { isCent, simulatedPlan, simulatedPolicy, terminalOf } from './simulated-plan.ts';
import { simulatedHost } from './simulated-threads.ts';
import type { Stage } from './stages.ts';
import type { Trouble } from './trouble.ts';

/** How long whoever watches the engine takes to start it again, as systemd does. */
const startAgainMs = 5_000;
/** A person looks after an account that was given up. */
const personComesMs = 60_000;
const longDelayMs = 3_000;

/** A thread that stands still longer than this is found hanging and ended. */
const hangMs = 2_000;
/** Whoever asks the engine has an answer by then: the longest deadline of a start or a stop, and slow mail. */
const answerMs = 120_000;
/** What a thread may have under way at most; more is what the dead have left behind. */
const timersMax = 200;

type Life = { readonly main: SimulatedThread; readonly engine: Engine };

/** Live, after the last bar: longer than the longest call, the proof of absence and a person together. */
const restMs = 360_000;

export class SimulatedWorld {
  readonly scheduler: SeededScheduler;
  readonly violations: Violation[] = [];
  readonly #scenario: Scenario;
  readonly #stage: Stage;
  readonly #say: (line: string) => void;
  readonly #random: () => number;
  readonly #disk: SimulatedDisk;
  readonly #brokers = new Map<string, SimulatedBroker>();
  readonly #audits = new Map<string, AccountAudit>();
  readonly #workers = new Map<string, SimulatedWorker>();
  readonly #policies = new Map<string, AccountPolicy>();
  readonly #quarantines = new Map<string, Quarantine>();
  readonly #mail: MailAudit;
  /** Accounts that were away for a while: bars have passed without them. */
  readonly #missed = new Set<string>();
  /** Those that are away now. */
  readonly #away = new Set<string>();
  #life: Life | undefined;
  #isFinished = false;
  #order: Origin | undefined;

  constructor(scenario: Scenario, stage: Stage, say: (line: string) => void) {
    this.#scenario = scenario;
    this.#stage = stage;
    this.#say = say;
    this.#random = seededRandom(scenario.seed ^ 0x5eed);
    const startMs = stage.bars[0]?.openTime ?? 0;
    this.scheduler = new SeededScheduler({ random: this.#random, startMs });
    this.#disk = new SimulatedDisk({
      history: stage.history,
      onAppend: (account, facts) => this.#audit(account).appended(facts),
      onLoss: (account) => this.#audit(account).reread(this.#disk.facts(account)),
      onSecondWriter: (account) => this.report({ rule: 'a second writer', account, detail: '' }),
    });
    this.#mail = new MailAudit(
      (violation) => this.report(violation),
      (_, message) => this.#hear(message),
    );
    for (const [index, account] of scenario.accounts.entries()) this.#open(account, index);
    if (scenario.pollMs !== undefined) this.#letTimePass();
    this.#startEngine();
  }

  /** All bars are decided. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  get order(): Origin | undefined {
    return this.#order;
  }

  /** Bars that have closed at the foremost broker. */
  get step(): number {
    const steps = [...this.#brokers.values()].map(({ terminal }) => terminal.books.progress.step);
    return Math.max(...steps);
  }

  /** Names of what can be told apart in the tree, with the facts of every account: for a person who looks. */
  describe(): string {
    const accounts = this.#scenario.accounts.map((account) => {
      const { state } = this.#audit(account);
      const orders = Object.values(state.orders).map(({ status }) => status);
      return `${account}: ${state.trading.state}, orders [${orders}], facts ${this.#disk.facts(account).length}`;
    });
    const life = this.#life;
    const tree = life === undefined || life.main.isOver ? 'no engine' : told(life.engine.tree());
    const ends = this.#openEnds().join('; ');
    return `bar ${this.step}; ${accounts.join('; ')}; open: ${ends}; not running: ${tree}`;
  }

  /** Where our books are not the brokers', or still wait for them. */
  #openEnds(): readonly string[] {
    return this.#scenario.accounts.flatMap((account) => {
      const audit = this.#audit(account);
      const { isRead } = audit.state;
      const ends = audit.openEnds(this.#broker(account).terminal.account);
      return [...(isRead ? [] : ['not read']), ...ends].map((end) => `${account}: ${end}`);
    });
  }

  happen(trouble: Trouble): void {
    this.#say(`trouble ${JSON.stringify(trouble)}`);
    switch (trouble.kind) {
      case 'crash-actor':
        return this.#ask(({ engine }) => engine.crash(trouble.actor, 'the simulation asks'));
      case 'crash-many':
        return this.#ask(({ engine }) => this.#crashAll(engine));
      case 'kill-thread':
        void this.#worker(trouble.thread)?.terminate(trouble.lossShare);
        return;
      case 'stall-thread':
        return this.#stall(trouble.thread, trouble.forMs);
      case 'fail-starts':
        return this.#disk.failStarts(trouble.account, trouble.times);
      case 'kill-engine':
        return this.#engineIsGone();
      case 'cut-power':
        this.#engineIsGone();
        return this.#disk.cutPower();
      case 'broker':
        return this.#broker(trouble.account).inject(trouble.fault);
      case 'broker-down':
        return this.#broker(trouble.account).goDown(trouble.forMs);
      case 'old-answers':
        return this.#broker(trouble.account).delayAnswers(trouble);
      case 'disk-full':
        return this.#disk.refuse(trouble.account, 'SQLITE_FULL', trouble.appends);
      case 'disk-busy':
        return this.#disk.refuse(trouble.account, 'SQLITE_BUSY', trouble.appends);
      case 'crash-after-write':
        return this.#disk.crashAfterWrite(trouble.account);
      case 'clock-jump':
        for (const audit of this.#audits.values()) audit.clockJumped();
        return this.scheduler.jump(trouble.ms);
      case 'command':
        return this.#ask((life) => this.#command(life, trouble));
      case 'policy':
        return this.#changePolicy(trouble.account, trouble.risk);
      case 'restart-account':
        return this.#ask(({ engine }) => engine.restart(trouble.account, 'a person asks'));
      case 'leave-and-join':
        return this.#leaveAndJoin(trouble);
      default:
        return unreachable(trouble);
    }
  }

  /** What every bar came to, by account. */
  verdictsOf(account: string): ReadonlyMap<string, string> {
    return this.#audit(account).verdicts;
  }

  /** From here on nothing goes wrong. */
  heal(): void {
    this.#disk.heal();
    for (const broker of this.#brokers.values()) broker.heal();
  }

  /** Everybody that shall run runs, and has settled everything with his broker. */
  get isAtRest(): boolean {
    const life = this.#life;
    if (life === undefined || life.main.isOver) return false;
    if (this.#away.size > 0 || this.#quarantines.size > 0) return false;
    return this.#openEnds().length === 0 && isRunning(life.engine.tree());
  }

  /** Nobody has died in this run. */
  auditTheMail(): void {
    this.#mail.everythingArrived();
  }

  /** Asks the engine to stop, as a signal does. Settles when everything is down. */
  async stop(): Promise<void> {
    await this.#life?.engine.stop(15_000);
    for (const [name, { thread }] of this.#workers) {
      if (thread.isOver) continue;
      this.report({ rule: 'somebody outlives the engine', account: '', detail: name });
    }
  }

  /** What must be true when all is over. */
  auditTheEnd(): void {
    for (const account of this.#scenario.accounts) {
      const { terminal } = this.#broker(account);
      const broker = {
        balance: terminal.account.balance,
        equity: equityOf(terminal.account, terminal.terms),
      };
      const { bars: all, pollMs } = this.#scenario;
      const bars = this.#missed.has(account) || pollMs !== undefined ? undefined : all;
      this.#audit(account).ended(this.#disk.facts(account), broker, bars);
    }
  }

  report(violation: Violation): void {
    this.#say(`VIOLATION ${violation.account}: ${violation.rule}: ${violation.detail}`);
    this.violations.push(violation);
  }

  close(): void {
    this.#life?.main.end();
    this.#disk.close();
    for (const broker of this.#brokers.values()) broker.close();
  }

  async #crashAll(engine: Engine): Promise<void> {
    const crashes = engine.addresses().map((address) => engine.crash(address, 'all at once'));
    await Promise.allSettled(crashes);
  }

  /** Long enough, and it is found hanging; one that must not be ended is left alone. */
  #stall(name: string, forMs: number): void {
    const worker = this.#worker(name);
    worker?.thread.stall(forMs);
    if (name === 'inference') return;
    this.scheduler.clock.after(hangMs, () => {
      if (worker !== undefined && worker.thread.stallsForMs > 0) void worker.terminate();
    });
  }

  /** The thread itself, or the one that is shared. */
  #worker(name: string): SimulatedWorker | undefined {
    return this.#workers.get(name) ?? this.#workers.get('shared:all');
  }

  /** The file is changed, too: an engine that is started later reads it. */
  #changePolicy(account: string, risk: number): void {
    const policy = simulatedPolicy(accountId(account), risk);
    this.#policies.set(account, policy);
    this.#audit(account).policyTold(policy.hash);
    this.#life?.engine.changePolicy(policy);
  }

  #leaveAndJoin({ account, joinsAfterMs }: Extract<Trouble, { kind: 'leave-and-join' }>): void {
    this.#ask(async ({ engine }) => {
      this.#isAway(account);
      await engine.removeAccount(accountId(account));
      this.#comesBack(account, joinsAfterMs);
    });
  }

  /** With the next engine, if this one is gone by then; until it works, if it does not. */
  #comesBack(account: string, afterMs: number): void {
    const life = this.#life;
    life?.main.clock.after(afterMs, () =>
      this.#ask(async ({ engine }) => {
        const plan = this.#plan().accounts.find(({ id }) => id === account);
        if (plan === undefined || engine.accounts().includes(account)) return;
        try {
          await engine.addAccount(plan);
          this.#away.delete(account);
        } catch (error) {
          this.#comesBack(account, personComesMs);
          throw error;
        }
      }),
    );
  }

  #isAway(account: string): void {
    this.#missed.add(account);
    this.#away.add(account);
  }

  /** What is said to be taken is on disk. */
  async #command(
    { engine }: Life,
    { account, command }: Extract<Trouble, { kind: 'command' }>,
  ): Promise<void> {
    const before = this.#audit(account).commands(command);
    await engine.command(accountId(account), command, 'a person');
    if (this.#audit(account).commands(command) > before) return;
    this.report({ rule: 'a command was lost', account, detail: command });
  }

  #open(account: string, index: number): void {
    const { bars, networkDelayMs, isExternal } = this.#scenario;
    const { clock } = this.scheduler;
    const report = (violation: Violation) => this.report(violation);
    const audit = new AccountAudit({ account, now: clock.now, elapsed: clock.elapsed, report });
    this.#audits.set(account, audit);
    const broker = new SimulatedBroker({
      key: terminalOf(account),
      login: 5_000_001 + index,
      isCent: isCent(account),
      stage: this.#stage,
      steps: bars,
      clock: this.scheduler.clock,
      network: new SimulatedNetwork({
        scheduler: this.scheduler,
        random: this.#random,
        delay: this.#delay(networkDelayMs),
        stragglers: isExternal ? 0.5 : 0,
      }),
      onOrderSent: (orderId, caller) => {
        this.#order = { bar: this.step, steps: this.scheduler.steps, ms: clock.elapsed() };
        audit.orderLeaves(orderId, this.#disk.durableFacts(account));
        if (this.#disk.isHeldBy(account, caller)) return;
        report({ rule: 'a second writer', account, detail: `order ${orderId}` });
      },
      onOrderAnswered: (orderId) => audit.orderAnswered(orderId),
      onChange: (state) => audit.brokerStands(state),
      onAdvance: () => this.#barIsDone(account),
    });
    this.#brokers.set(terminalOf(account), broker);
  }

  #barIsDone(account: string): void {
    const { terminal } = this.#broker(account);
    if (this.#missed.has(account) || terminal.books.progress.step === 0) return;
    this.#audit(account).barIsDone(newestTrace(terminal), terminal.account);
  }

  #startEngine(): void {
    const main = new SimulatedThread('main', this.scheduler);
    const { seed, signalShare, portDelayMs } = this.#scenario;
    const restarts = new RestartAudit((violation) => this.report(violation));
    const engine = new Engine({
      plan: this.#plan(),
      clock: main.clock,
      host: simulatedHost({
        ...{ scheduler: this.scheduler, main, disk: this.#disk, brokers: this.#brokers },
        ...{ mail: this.#mail, quarantines: this.#quarantineStore() },
        delay: this.#delay(portDelayMs),
        stage: this.#stage,
        model: { seed, signalShare },
        workers: this.#workers,
      }),
      edges: [],
      observe: (message) => main.enter(() => this.#observe(message)),
      onLatency: () => {},
      onRestart: ({ actor, reason }) => {
        this.#say(`restart ${actor}: ${reason}`);
        restarts.restarts(actor, this.scheduler.clock.elapsed());
        this.#lookForTimers();
      },
      onFinished: () => {
        this.#isFinished = true;
      },
      onAccountGivenUp: (account) => this.#takeCareOf(account),
    });
    const life = { main, engine };
    this.#life = life;
    // Who was away when the last one died is in the configuration again.
    this.#away.clear();
    for (const account of this.#scenario.accounts) {
      if (this.#quarantines.has(`${account}.db`)) this.#takeCareOf(account);
    }
    const gone = (error: unknown) => {
      if (this.#life !== life || main.isOver) return;
      this.#say(`the engine ended: ${String(error)}`);
      this.#engineIsGone();
    };
    engine.start().catch(gone);
    void engine.ended.then((exit) => {
      if (exit.reason === 'failed') gone(exit.error.message);
    });
  }

  /** The process is gone, and is started again after a while. */
  #engineIsGone(): void {
    const life = this.#life;
    if (life === undefined || life.main.isOver) return;
    life.main.end(1);
    this.scheduler.clock.after(startAgainMs, () => {
      if (this.#life === life) this.#startEngine();
    });
  }

  #takeCareOf(account: string): void {
    this.#say(`given up: ${account}`);
    this.#missed.add(account);
    this.#life?.main.clock.after(personComesMs, () =>
      this.#ask(async ({ engine }) => {
        if (!engine.accounts().includes(account)) return;
        try {
          await engine.revive(accountId(account));
        } catch (error) {
          this.#takeCareOf(account);
          throw error;
        }
      }),
    );
  }

  /** The engine may refuse or not answer in time: people read that. */
  #ask(what: (life: Life) => Promise<void>): void {
    const life = this.#life;
    if (life === undefined || life.main.isOver) return;
    const cancel = life.main.clock.after(answerMs, () =>
      this.report({ rule: 'somebody waits for ever', account: '', detail: String(what) }),
    );
    what(life)
      .catch((error: unknown) => this.#say(`refused: ${String(error)}`))
      .finally(cancel);
  }

  /** A message leaves an actor. */
  #hear(message: unknown): void {
    const said = message as MarketTimeMessage;
    if (said.type !== 'step-done') return;
    const { account, trace } = said;
    const { terminal } = this.#broker(account);
    // Said once more, of a bar that is over: nobody waits for it.
    if (trace !== newestTrace(terminal)) return;
    this.#audit(account).stepIsDone(trace, terminal.account);
  }

  #lookForTimers(): void {
    for (const [name, { thread }] of this.#workers) {
      if (thread.isOver || thread.timers <= timersMax) continue;
      const detail = `${name} has ${thread.timers}`;
      this.report({ rule: 'timers were left behind', account: '', detail });
    }
  }

  #plan(): RunPlan {
    const policyOf = (id: AccountId) => this.#policies.get(id) ?? simulatedPolicy(id);
    return simulatedPlan(this.#scenario, this.#stage, policyOf);
  }

  /** Outlives the engine, as files do. */
  #quarantineStore(): QuarantineStore {
    const kept = this.#quarantines;
    return {
      read: (path) => kept.get(path),
      write: (path, quarantine) => void kept.set(path, quarantine),
      remove: (path) => void kept.delete(path),
    };
  }

  /** The wall moves the market: everybody looks by himself. All is well for the last while, so that it comes to rest. */
  #letTimePass(): void {
    const { clock } = this.scheduler;
    const { bars } = this.#scenario;
    for (let step = 1; step <= bars; step += 1) {
      clock.after(step * timeframeMs.M15, () => {
        for (const broker of this.#brokers.values()) broker.moveTo(step);
      });
    }
    const endMs = bars * timeframeMs.M15;
    clock.after(endMs + 60_000, () => this.heal());
    clock.after(endMs + restMs, () => {
      this.#isFinished = true;
    });
  }

  #observe(message: ObserverMessage): void {
    if (message.type === 'account-changed') {
      this.#audit(message.snapshot.id).shown(message.snapshot);
    }
  }

  #delay(usualMaxMs: number): Delay {
    const { slowShare } = this.#scenario;
    return () => {
      if (slowShare > 0 && this.#random() < slowShare) return this.#random() * longDelayMs;
      return usualMaxMs === 0 ? 0 : this.#random() * usualMaxMs;
    };
  }

  #audit(account: string): AccountAudit {
    const audit = this.#audits.get(account);
    assert(audit, `there is no account ${account}`);
    return audit;
  }

  #broker(account: string): SimulatedBroker {
    const broker = this.#brokers.get(terminalOf(account));
    assert(broker, `${account} has no broker`);
    return broker;
  }
}

function told({ id, status, children }: TreeNode): string {
  const below = children.map(told).filter((each) => each !== '');
  return [...(status === 'running' ? [] : [`${id} ${status}`]), ...below].join(', ');
}

function isRunning({ status, children }: TreeNode): boolean {
  return status === 'running' && children.every(isRunning);
}

function newestTrace(terminal: Terminal): Trace {
  return traceOf('BTCUSD', 'M15', terminal.simulationState().lastBarTime);
}

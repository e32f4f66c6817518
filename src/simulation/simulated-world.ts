/** One simulated world: brokers, a disk, and an engine on a host that may die and is started again. */
import type { MarketTimeMessage } from '../actors/market-time.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import { assert, unreachable } from '../domain/assert.ts';
import { type Trace, timeframeMs, traceOf } from '../domain/bar.ts';
import { Engine } from '../engine/engine.ts';
import type { Quarantine, QuarantineStore } from '../engine/quarantine.ts';
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
import { type Life, SimulatedPeople } from './simulated-people.ts';
import { isCent, terminalOf } from './simulated-plan.ts';
import { simulatedHost } from './simulated-threads.ts';
import type { Stage } from './stages.ts';
import type { Trouble } from './trouble.ts';

/** How long whoever watches the engine takes to start it again, as systemd does. */
const startAgainMs = 5_000;
const longDelayMs = 3_000;

/** A thread that stands still longer than this is found hanging and ended. */
const hangMs = 2_000;
/** What a thread may have under way at most; more is what the dead have left behind. */
const timersMax = 200;

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
  readonly #quarantines = new Map<string, Quarantine>();
  readonly #mail: MailAudit;
  readonly #people: SimulatedPeople;
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
    this.#people = new SimulatedPeople({
      ...{ scenario, stage, say },
      life: () => this.#life,
      audit: (account) => this.#audit(account),
      report: (violation) => this.report(violation),
    });
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
      const orders = Object.values(state.orders).map(({ stage }) => stage);
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
    const people = this.#people;
    switch (trouble.kind) {
      case 'crash-actor':
        return people.ask(({ engine }) => engine.crash(trouble.actor, 'the simulation asks'));
      case 'crash-many':
        return people.ask(({ engine }) => crashAll(engine));
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
        return people.command(trouble.account, trouble.command);
      case 'policy':
        return people.changePolicy(trouble.account, trouble.risk);
      case 'restart-account':
        return people.ask(({ engine }) => engine.restart(trouble.account, 'a person asks'));
      case 'leave-and-join':
        return people.leaveAndJoin(trouble.account, trouble.joinsAfterMs);
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
    if (this.#people.waitForSomebody || this.#quarantines.size > 0) return false;
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
      const bars = this.#people.haveMissed(account) || pollMs !== undefined ? undefined : all;
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
    if (this.#people.haveMissed(account) || terminal.books.progress.step === 0) return;
    this.#audit(account).barIsDone(newestTrace(terminal), terminal.account);
  }

  #startEngine(): void {
    const main = new SimulatedThread('main', this.scheduler);
    const { seed, signalShare, portDelayMs } = this.#scenario;
    const restarts = new RestartAudit((violation) => this.report(violation));
    const engine = new Engine({
      plan: this.#people.plan(),
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
      onAccountGivenUp: (account) => this.#people.takeCareOf(account),
    });
    const life = { main, engine };
    this.#life = life;
    this.#people.engineStarts();
    for (const account of this.#scenario.accounts) {
      if (this.#quarantines.has(`${account}.db`)) this.#people.takeCareOf(account);
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

async function crashAll(engine: Engine): Promise<void> {
  const crashes = engine.addresses().map((address) => engine.crash(address, 'all at once'));
  await Promise.allSettled(crashes);
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

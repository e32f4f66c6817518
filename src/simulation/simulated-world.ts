/** One simulated world: brokers, a disk, and an engine on a host that may die and is started again. */
import type { AccountFact } from '../account/account-fact.ts';
import type { AccountMessage } from '../actors/account-message.ts';
import type { FleetMessage } from '../actors/fleet.ts';
import type { MarketTimeMessage } from '../actors/market-time.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import { assert } from '../domain/assert.ts';
import { type Trace, timeframeMs, traceOf } from '../domain/bar.ts';
import { accountId } from '../domain/units.ts';
import { Engine } from '../engine/engine.ts';
import type { Quarantine } from '../engine/quarantine.ts';
import type { ExchangeTerms } from '../exchange/terms.ts';
import { equityOf } from '../exchange/valuation.ts';
import type { FleetCaps } from '../risk/exposure.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { SeededScheduler } from '../runtime/simulation/seeded-scheduler.ts';
import { SimulatedNetwork } from '../runtime/simulation/simulated-network.ts';
import type { Delay } from '../runtime/simulation/simulated-port.ts';
import { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';
import type { Terminal } from '../terminal-simulator/terminal.ts';
import { residentOf } from '../threads/thread-data.ts';
import { AccountAudit, type Violation } from './account-audit.ts';
import { stopAsSignalled, watchStopOrder } from './engine-stop.ts';
import { FleetAudit, type LedgerProbe } from './fleet-audit.ts';
import { happen } from './happen.ts';
import { MailAudit } from './mail-audit.ts';
import { RestartAudit } from './restart-audit.ts';
import type { Scenario } from './scenario.ts';
import type { Origin } from './simulate.ts';
import { SimulatedBroker } from './simulated-broker.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { type Life, SimulatedPeople } from './simulated-people.ts';
import { isCent, multiplierOf, terminalOf } from './simulated-plan.ts';
import { quarantinesIn } from './simulated-quarantines.ts';
import { simulatedHost } from './simulated-threads.ts';
import type { Stage } from './stages.ts';
import { type LivingThread, ThreadTroubles } from './thread-troubles.ts';
import { isRunning, whatDoesNotRun } from './tree-state.ts';
import type { Trouble } from './trouble.ts';

/** How long whoever watches the engine takes to start it again, as systemd does. */
const startAgainMs = 5_000;
const longDelayMs = 3_000;

/** What a thread may have under way at most; more is what the dead have left behind. */
const timersMax = 200;
/** The same at rest, for each who lives there. */
const restingTimersMax = 8;

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
  readonly #threads = new Map<string, LivingThread>();
  readonly #harm: ThreadTroubles;
  readonly #exposure: FleetAudit | undefined;
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
      onAppend: (account, facts) => {
        this.#audit(account).appended(facts);
        this.#exposure?.appended(account, facts);
      },
      onLoss: (account) => this.#audit(account).reread(this.#disk.facts(account)),
      onSecondWriter: (account) => this.report({ rule: 'a second writer', account, detail: '' }),
    });
    this.#mail = new MailAudit({
      report: (violation) => this.report(violation),
      onSent: (_, message) => this.#hear(message),
      onDelivered: (_, message) => this.#isTold(message),
    });
    this.#harm = new ThreadTroubles({
      ...{ scheduler: this.scheduler, threads: this.#threads },
      hostOf: (resident) => this.#hostOf(resident),
      watchesPulse: scenario.watchesPulse,
    });
    const { caps } = scenario;
    if (caps !== undefined) this.#exposure = this.#newFleetAudit(caps);
    this.#people = new SimulatedPeople({
      ...{ scenario, stage, say },
      life: () => this.#life,
      audit: (account) => this.#audit(account),
      report: (violation) => this.report(violation),
      onLeft: () => this.#exposure?.accountLeft(),
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
    const tree =
      life === undefined || life.main.isOver ? 'no engine' : whatDoesNotRun(life.engine.tree());
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
    happen(trouble, {
      ...{ people: this.#people, threads: this.#harm, disk: this.#disk, mail: this.#mail },
      broker: (account) => this.#broker(account),
      killEngine: () => this.#engineIsGone(),
      stopEngine: (slowThread, forMs) => this.#stopAndStartAgain(slowThread, forMs),
      jump: (ms) => {
        for (const audit of this.#audits.values()) audit.clockJumped();
        this.scheduler.jump(ms);
      },
    });
  }

  /** What the journal of an account holds, and what its broker charges. */
  recordOf(account: string): {
    readonly facts: readonly AccountFact[];
    readonly terms: ExchangeTerms;
  } {
    return { facts: this.#disk.facts(account), terms: this.#broker(account).terms };
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

  get isMailUnderWay(): boolean {
    return this.#mail.isUnderWay;
  }

  /** Everything is at rest, and nothing is under way any more. */
  auditTheMail(): void {
    this.#mail.everythingArrived();
  }

  /** Asks the fleet's ledger what it takes for held; undefined where nobody can say. */
  probeTheLedger(): LedgerProbe | undefined {
    const account = this.#life?.engine.accounts()[0];
    return account === undefined
      ? undefined
      : this.#exposure?.probe(accountId(account), this.#mail);
  }

  /** Asks the engine to stop. Settles when everything is down. */
  async stop(): Promise<void> {
    const judgeOrder = this.#watchStop();
    await this.#life?.engine.stop(15_000);
    judgeOrder();
    for (const [name, { worker }] of this.#threads) {
      if (worker.thread.isOver) continue;
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

  #watchStop(): () => void {
    const isHarmed = (thread: LivingThread) => this.#harm.isHarmed(thread);
    return watchStopOrder(this.#threads, isHarmed, (violation) => this.report(violation));
  }

  /** As a signal does; who watches the engine starts it again. */
  #stopAndStartAgain(slowThread: string, forMs: number): void {
    const life = this.#life;
    if (life === undefined || life.main.isOver || life.isStopping) return;
    life.isStopping = true;
    if (forMs > 0) this.#harm.stall(slowThread, forMs);
    const judgeOrder = this.#watchStop();
    const { engine, main } = life;
    const policies = this.#people.policies();
    void stopAsSignalled({ engine, clock: main.clock, policies }).then(() => {
      if (main.isOver) return;
      judgeOrder();
      this.#engineIsGone();
    });
  }

  /** The thread that an account lives in now. */
  #hostOf(resident: string): string | undefined {
    const life = this.#life;
    if (life === undefined || life.main.isOver) return undefined;
    const account = this.#scenario.accounts.find((id) => residentOf(accountId(id)) === resident);
    return account === undefined ? undefined : life.engine.hostOf(accountId(account));
  }

  #newFleetAudit(caps: FleetCaps): FleetAudit {
    const { accounts } = this.#scenario;
    return new FleetAudit({
      caps,
      parties: () =>
        accounts.map((account) => ({
          account,
          state: this.#audit(account).state,
          broker: this.#broker(account).terminal.account,
          multiplier: multiplierOf(account),
        })),
      report: (violation) => this.report(violation),
    });
  }

  #open(account: string, index: number): void {
    const { bars, networkDelayMs, isExternal } = this.#scenario;
    const { clock } = this.scheduler;
    const report = (violation: Violation) => this.report(violation);
    const audit = new AccountAudit({
      ...{ account, now: clock.now, elapsed: clock.elapsed, report },
      market: () => broker.terminal.simulationState(),
    });
    this.#audits.set(account, audit);
    const broker: SimulatedBroker = new SimulatedBroker({
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
        ...{ mail: this.#mail, quarantines: quarantinesIn(this.#quarantines) },
        delay: this.#delay(portDelayMs),
        stage: this.#stage,
        model: { seed, signalShare },
        threads: this.#threads,
        watchesPulse: this.#scenario.watchesPulse,
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
    const life: Life = { main, engine, isStopping: false };
    this.#life = life;
    this.#people.engineStarts();
    for (const account of this.#scenario.accounts) {
      if (this.#quarantines.has(`${account}.db`)) this.#people.takeCareOf(account);
    }
    const gone = (error: unknown) => {
      if (this.#life !== life || main.isOver || life.isStopping) return;
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
    const said = message as MarketTimeMessage | FleetMessage;
    if (said.type === 'holdings-told') this.#exposure?.told(said.account, said.told);
    if (said.type !== 'step-done') return;
    const { account, trace } = said;
    const { terminal } = this.#broker(account);
    // Said once more, of a bar that is over: nobody waits for it.
    if (trace !== newestTrace(terminal)) return;
    this.#audit(account).stepIsDone(trace, terminal.account);
  }

  /** A message comes to an actor. */
  #isTold(message: unknown): void {
    const told = message as AccountMessage;
    if (told.type === 'reservation-answered') this.#exposure?.answered(told.answer);
  }

  /** Everybody waits for the next bar: what else is still to come was left behind by the dead. */
  auditTheTimers(): void {
    this.#lookForTimers(restingTimersMax);
  }

  #lookForTimers(most = timersMax): void {
    for (const [name, { worker, residents }] of this.#threads) {
      const { thread } = worker;
      if (thread.isOver || thread.timers <= most * Math.max(1, residents.length)) continue;
      const detail = `${name} has ${thread.timers}`;
      this.report({ rule: 'timers were left behind', account: '', detail });
    }
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

function newestTrace(terminal: Terminal): Trace {
  return traceOf('BTCUSD', 'M15', terminal.simulationState().lastBarTime);
}

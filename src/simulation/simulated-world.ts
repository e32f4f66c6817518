/** One simulated world: brokers, a disk, and an engine on a host that may die and is started again. */
import type { ObserverMessage } from '../actors/observer.ts';
import { assert, unreachable } from '../domain/assert.ts';
import { traceOf } from '../domain/bar.ts';
import { accountId } from '../domain/units.ts';
import { Engine } from '../engine/engine.ts';
import { equityOf } from '../exchange/valuation.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { SeededScheduler } from '../runtime/simulation/seeded-scheduler.ts';
import { SimulatedNetwork } from '../runtime/simulation/simulated-network.ts';
import type { Delay } from '../runtime/simulation/simulated-port.ts';
import { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';
import type { SimulatedWorker } from '../runtime/simulation/simulated-worker.ts';
import { AccountAudit, type Violation } from './account-audit.ts';
import type { Scenario, Trouble } from './scenario.ts';
import { SimulatedBroker } from './simulated-broker.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { isCent, simulatedPlan, simulatedPolicy, terminalOf } from './simulated-plan.ts';
import { simulatedHost } from './simulated-threads.ts';
import type { Stage } from './stages.ts';

/** How long whoever watches the engine takes to start it again, as systemd does. */
const startAgainMs = 5_000;
/** A person looks after an account that was given up. */
const personComesMs = 60_000;
const longDelayMs = 3_000;

/** The newest order that left, by step of the scheduler. */
type Order = { readonly bar: number; readonly steps: number };
type Life = { readonly main: SimulatedThread; readonly engine: Engine };

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
  readonly #givenUp = new Set<string>();
  #life: Life | undefined;
  #isFinished = false;
  #order: Order | undefined;

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
    });
    for (const [index, account] of scenario.accounts.entries()) this.#open(account, index);
    this.#startEngine();
  }

  /** All bars are decided. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  get order(): Order | undefined {
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
    return `bar ${this.step}; ${accounts.join('; ')}`;
  }

  happen(trouble: Trouble): void {
    this.#say(`trouble ${JSON.stringify(trouble)}`);
    switch (trouble.kind) {
      case 'crash-actor':
        return this.#ask(({ engine }) => engine.crash(trouble.actor, 'the simulation asks'));
      case 'kill-thread':
        void this.#workers.get(trouble.thread)?.terminate(trouble.lossShare);
        return;
      case 'kill-engine':
        return this.#engineIsGone();
      case 'cut-power':
        this.#engineIsGone();
        return this.#disk.cutPower();
      case 'broker':
        return this.#broker(trouble.account).inject(trouble.fault);
      case 'broker-down':
        return this.#broker(trouble.account).goDown(trouble.forMs);
      case 'disk-full':
        return this.#disk.fillUp(trouble.account, trouble.appends);
      case 'crash-after-write':
        return this.#disk.crashAfterWrite(trouble.account);
      case 'clock-jump':
        return this.scheduler.jump(trouble.ms);
      case 'command':
        return this.#ask((life) => this.#command(life, trouble));
      case 'policy':
        this.#life?.engine.changePolicy(simulatedPolicy(accountId(trouble.account), trouble.risk));
        return;
      default:
        return unreachable(trouble);
    }
  }

  /** Asks the engine to stop, as a signal does. Settles when everything is down. */
  async stop(): Promise<void> {
    await this.#life?.engine.stop(15_000);
  }

  /** What must be true when all is over. */
  auditTheEnd(): void {
    for (const account of this.#scenario.accounts) {
      const { terminal } = this.#broker(account);
      const broker = {
        balance: terminal.account.balance,
        equity: equityOf(terminal.account, terminal.terms),
      };
      const bars = this.#givenUp.has(account) ? undefined : this.#scenario.bars;
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
    const audit = new AccountAudit({ account, report: (violation) => this.report(violation) });
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
      onOrderSent: (orderId) => {
        this.#order = { bar: this.step, steps: this.scheduler.steps };
        audit.orderLeaves(orderId, this.#disk.durableFacts(account));
      },
      onChange: (state) => audit.brokerStands(state),
      onAdvance: () => this.#barIsDone(account),
    });
    this.#brokers.set(terminalOf(account), broker);
  }

  #barIsDone(account: string): void {
    const { terminal } = this.#broker(account);
    if (this.#givenUp.has(account) || terminal.books.progress.step === 0) return;
    const trace = traceOf('BTCUSD', 'M15', terminal.simulationState().lastBarTime);
    this.#audit(account).barIsDone(trace, terminal.account);
  }

  #startEngine(): void {
    const main = new SimulatedThread('main', this.scheduler);
    const { seed, signalShare, portDelayMs } = this.#scenario;
    const engine = new Engine({
      plan: simulatedPlan(this.#scenario, this.#stage),
      clock: main.clock,
      host: simulatedHost({
        ...{ scheduler: this.scheduler, main, disk: this.#disk, brokers: this.#brokers },
        delay: this.#delay(portDelayMs),
        stage: this.#stage,
        model: { seed, signalShare },
        workers: this.#workers,
      }),
      edges: [],
      observe: (message) => main.enter(() => this.#observe(message)),
      onLatency: () => {},
      onRestart: ({ actor, reason }) => this.#say(`restart ${actor}: ${reason}`),
      onFinished: () => {
        this.#isFinished = true;
      },
      onAccountGivenUp: (account, left) => {
        this.#takeCareOf(account);
        // Nothing is left to trade: the process ends, as `run` does.
        if (left === 0) this.#engineIsGone();
      },
    });
    const life = { main, engine };
    this.#life = life;
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
    this.#givenUp.add(account);
    const life = this.#life;
    life?.main.clock.after(personComesMs, () =>
      this.#ask(({ engine }) => engine.restart(account, 'a person looked after it')),
    );
  }

  /** The engine may refuse or not answer in time: people read that. */
  #ask(what: (life: Life) => Promise<void>): void {
    const life = this.#life;
    if (life === undefined || life.main.isOver) return;
    what(life).catch((error: unknown) => this.#say(`refused: ${String(error)}`));
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

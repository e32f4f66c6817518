/** One replay from its beginning: brokers, an engine that is kept running, and a watch on every account. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineEvent } from '../actors/observer.ts';
import { httpSimulationControl } from '../brokers/simulation/http-control.ts';
import { ConsoleClient } from '../cli/console-client.ts';
import { assert } from '../domain/assert.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import type { CommandName } from '../protocol/message.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { openDatabase } from '../sqlite/sqlite.ts';
import type { FaultRequest } from '../terminal-simulator/fault.ts';
import type { Terminal } from '../terminal-simulator/terminal.ts';
import type { TerminalWatch } from '../terminal-simulator/terminal-simulator.ts';
import { AccountWatch } from './account-watch.ts';
import type { ChaosAccount, ChaosConfig } from './chaos-config.ts';
import { EngineKeeper } from './engine-keeper.ts';
import type { EngineEnd } from './engine-process.ts';
import type { EngineSettings, FromEngine } from './engine-protocol.ts';
import type { Judge } from './judge.ts';
import { startTerminals, type Terminals } from './terminals.ts';

/** After any trouble everybody decides bars again before this is over: some wait 30 s between two looks at a broker that failed. */
const aliveMs = 90_000;
const lookEveryMs = 100;
/** A person who is refused says it again, for so long. */
const commandMs = 30_000;

export type RoundOptions = {
  readonly plan: RunPlan;
  readonly accounts: readonly ChaosAccount[];
  readonly config: ChaosConfig;
  readonly settings: Omit<EngineSettings, 'terminals'>;
  readonly clock: Clock;
  readonly judge: Judge;
  readonly say: (line: string) => void;
  readonly engineLine: (line: string) => void;
};

type Seat = {
  readonly account: ChaosAccount;
  readonly journalPath: string;
  readonly watch: AccountWatch;
  terminal: Terminal | undefined;
  hasEnded: boolean;
};

export class Round {
  readonly #options: RoundOptions;
  readonly #seats = new Map<string, Seat>();
  readonly #events: EngineEvent[] = [];
  readonly #failure: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  #terminals: Terminals | undefined;
  #keeper: EngineKeeper | undefined;
  #hosts: ReadonlyMap<string, string> = new Map();
  /** Those that are right to begin a new life now. */
  #excused: ReadonlySet<string> = new Set();
  readonly #quarantined = new Set<string>();
  #isClosing = false;
  #isOver = false;
  #isFinished = false;
  #onOrder = () => {};

  private constructor(options: RoundOptions) {
    this.#options = options;
    const { clock, judge } = options;
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failure.catch(() => undefined); // raced with whatever is waited for
    for (const account of options.accounts) {
      const { id } = account;
      const journalPath = join(options.settings.stateFolder, `${id}.db`);
      const onStarted = (epoch: number) => this.#started(id, epoch);
      const watch = new AccountWatch({
        ...{ account: id, journalPath, judge, onStarted },
        now: () => clock.now(),
        elapsed: () => clock.elapsed(),
      });
      this.#seats.set(id, { account, journalPath, watch, terminal: undefined, hasEnded: false });
    }
  }

  static async open(options: RoundOptions): Promise<Round> {
    const round = new Round(options);
    const { plan, settings, clock, judge, engineLine } = options;
    round.#terminals = await startTerminals(plan, clock, (key) => round.#watchOf(key));
    round.#keeper = new EngineKeeper({
      settings: { ...settings, terminals: round.#terminals.outer },
      ...{ clock, judge, line: engineLine },
      heard: (word) => round.#heard(word),
      starting: () => round.excuse(round.accounts),
      over: (end, isAsked) => round.#engineIsOver(end, isAsked),
    });
    return round;
  }

  get accounts(): readonly string[] {
    return [...this.#seats.keys()];
  }

  get config(): ChaosConfig {
    return this.#options.config;
  }

  get keeper(): EngineKeeper {
    assert(this.#keeper, 'an open round has an engine');
    return this.#keeper;
  }

  /** The replay has come to its end. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Bars that have closed at the foremost broker. */
  get step(): number {
    return Math.max(
      0,
      ...[...this.#seats.values()].map(({ terminal }) => terminal?.books.progress.step ?? 0),
    );
  }

  get watches(): readonly AccountWatch[] {
    return [...this.#seats.values()].map(({ watch }) => watch);
  }

  watch(account: string): AccountWatch {
    return this.#seat(account).watch;
  }

  /** How many stand open at the account's broker. */
  brokerPositions(account: string): number {
    return this.#seat(account).terminal?.account.positions.length ?? 0;
  }

  journalPath(account: string): string {
    return this.#seat(account).journalPath;
  }

  /** The thread or process that an account lives in now. */
  hostOf(account: string): string {
    return this.#hosts.get(account) ?? `account:${account}`;
  }

  /** Everybody who lives in the same thread. */
  neighboursOf(account: string): readonly string[] {
    return this.accounts.filter((each) => this.hostOf(each) === this.hostOf(account));
  }

  /** From now on only these may begin a new life. */
  excuse(accounts: readonly string[]): void {
    this.#look();
    this.#excused = new Set(accounts);
  }

  /** What the engine has said since: the newest first that `matches`. */
  heardSince(count: number, matches: (event: EngineEvent) => boolean): boolean {
    return this.#events.slice(count).some(matches);
  }

  get heard(): number {
    return this.#events.length;
  }

  /** Settles when the next order arrives at a broker, or after a while. */
  async nextOrder(withinMs: number): Promise<void> {
    let hasCome = false;
    this.#onOrder = () => {
      hasCome = true;
    };
    await this.until(withinMs, () => hasCome, 1);
  }

  /** Settles with whether the condition became true in time. */
  async until(withinMs: number, isTrue: () => boolean, everyMs = lookEveryMs): Promise<boolean> {
    const { clock } = this.#options;
    const until = clock.elapsed() + withinMs;
    while (!isTrue()) {
      if (clock.elapsed() > until) return false;
      await Promise.race([sleep(everyMs, clock), this.#failure]);
    }
    return true;
  }

  /**
   * Waits until every account has decided two bars from now on: whatever went wrong is over then. Takes back those that
   * the engine has given up, as a person does. False when it takes too long.
   */
  async alive(): Promise<boolean> {
    const before = new Map(
      [...this.#seats].map(([id, { watch }]) => [id, watch.quietPoints] as const),
    );
    const isBack = ([id, { watch }]: [string, Seat]) =>
      !watch.isLost && watch.quietPoints >= (before.get(id) ?? 0) + 2;
    const reviving = new Set<string>();
    return this.until(aliveMs, () => {
      this.#look();
      for (const id of this.#seats.keys()) {
        if (this.#quarantined.has(id) && !reviving.has(id)) {
          reviving.add(id);
          void this.command(id, 'revive').finally(() => reviving.delete(id));
        }
      }
      return this.#isFinished || [...this.#seats].every(isBack);
    });
  }

  async inject(account: string, fault: FaultRequest): Promise<void> {
    const { clock } = this.#options;
    const terminal = this.#terminals?.outer.find(({ key }) => key === this.#terminalOf(account));
    assert(terminal, `${account} has a terminal`);
    const { controlUrl: url, controlToken: token } = terminal;
    const control = httpSimulationControl({ url, token, clock });
    await control.inject(fault, new AbortController().signal);
  }

  /** Says something to an account over the console, again until it is taken. False when it never was. */
  async command(account: string, command: CommandName): Promise<boolean> {
    const { clock } = this.#options;
    const until = clock.elapsed() + commandMs;
    for (;;) {
      const refusal = await this.#sayOnce(account, command);
      if (refusal === undefined) return true;
      if (this.#isOver || clock.elapsed() > until) {
        this.#options.say(`refused ${command} ${account}: ${refusal}`);
        return false;
      }
      await Promise.race([sleep(500, clock), this.#failure]);
    }
  }

  /** Waits for a quiet point of every account, holds all books against each other, and stops the engine in order. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const seats = [...this.#seats.values()];
    const isDone = () =>
      this.#isFinished || seats.every(({ hasEnded, watch }) => hasEnded || watch.isLost);
    if (!(await this.until(aliveMs, isDone))) {
      this.#options.judge.violated('every account is back in time', 'no quiet point at the end');
    }
    if (!this.#isFinished) await this.keeper.stop();
    await this.end();
  }

  /** Lets go of everything, whatever state it is in. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#keeper?.close();
    await this.#terminals?.close();
  }

  #watchOf(key: string): TerminalWatch {
    const seat = [...this.#seats.values()].find(
      ({ account }) => this.#terminalOf(account.id) === key,
    );
    assert(seat, `terminal ${key} has an account`);
    const { watch } = seat;
    return {
      arrived: (request) =>
        this.#guarded(() => {
          const before = watch.orders;
          watch.arrived(request);
          if (watch.orders > before) this.#onOrder();
        }),
      advancing: (terminal) =>
        this.#guarded(() => {
          seat.terminal = terminal;
          watch.barIsDone(terminal);
          if (this.#isClosing && !seat.hasEnded && terminal.books.progress.step > 0) {
            seat.hasEnded = true;
            watch.ended(terminal);
          }
        }),
      executed: (terminal) =>
        this.#guarded(() => {
          seat.terminal = terminal;
          watch.brokerStands(terminal);
        }),
    };
  }

  /** A fault of the watch itself must end the run, not fail the request that it looked at. */
  #guarded(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#fail(error);
    }
  }

  #heard(word: Exclude<FromEngine, { type: 'done' }>): void {
    this.#guarded(() => {
      if (word.type === 'hosts') this.#hosts = word.hosts;
      if (word.type === 'account-changed') this.#seat(word.snapshot.id).watch.shown(word.snapshot);
      if (word.type === 'engine-event') this.#happened(word.event);
    });
  }

  #happened(event: EngineEvent): void {
    this.#events.push(event);
    if (event.type === 'account-isolated') {
      this.#options.say(`  ${event.account} is isolated: ${event.reason}`);
    }
    if (event.type === 'account-revived') this.#quarantined.delete(event.account);
    if (event.type !== 'account-quarantined') return;
    this.#quarantined.add(event.account);
    this.#options.say(`  ${event.account} is quarantined: ${event.reason}`);
    this.#seat(event.account).watch.lost();
    this.keeper.lost();
  }

  #started(account: string, epoch: number): void {
    const { judge } = this.#options;
    const invariant = 'no account is disturbed by the trouble of another';
    judge.checked(invariant);
    if (this.#excused.has(account)) return;
    const reasons = this.#events
      .slice(-6)
      .flatMap((event) => ('reason' in event ? event.reason : []));
    judge.violated(invariant, `${account} began life ${epoch}; ${reasons.join('; ')}`);
  }

  #engineIsOver(end: EngineEnd, isAsked: boolean): boolean {
    this.#guarded(() => {
      this.#look();
      this.#judgeJournals();
    });
    const seats = [...this.#seats.values()];
    const isAtEnd = seats.every(({ terminal }) => {
      const { step } = terminal?.books.progress ?? { step: 0 };
      return terminal?.source.stepsMax === step;
    });
    if (isAsked || typeof end !== 'number' || !isAtEnd) return false;
    this.#isFinished = true;
    for (const { terminal, watch, hasEnded } of seats) {
      if (terminal !== undefined && !hasEnded) this.#guarded(() => watch.ended(terminal));
    }
    return true;
  }

  #judgeJournals(): void {
    const { judge } = this.#options;
    for (const { journalPath, account } of this.#seats.values()) {
      if (!existsSync(journalPath)) continue;
      const database = openDatabase(journalPath, { synchronous: 'NORMAL', isReadonly: true });
      try {
        const result = String(database.pragma('integrity_check', { simple: true }));
        judge.checked('journals are whole');
        if (result !== 'ok') judge.violated('journals are whole', `${account.id}: ${result}`);
      } finally {
        database.close();
      }
    }
  }

  #look(): void {
    for (const { watch } of this.#seats.values()) watch.look();
  }

  /** Undefined: taken. Otherwise why not. */
  async #sayOnce(account: string, command: CommandName): Promise<string | undefined> {
    const { clock, settings } = this.#options;
    const tokenPath = join(settings.stateFolder, 'console.token');
    if (!existsSync(tokenPath)) return 'there is no console yet';
    const client = new ConsoleClient(`ws://127.0.0.1:${settings.consolePort}`, clock);
    try {
      await client.login(readFileSync(tokenPath, 'utf8').trim());
      const result = await client.command(command, account);
      return result.ok ? undefined : result.error;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      client.close();
    }
  }

  #terminalOf(account: string): string {
    return `at-${account}`;
  }

  #seat(account: string): Seat {
    const seat = this.#seats.get(account);
    assert(seat, `there is no account ${account}`);
    return seat;
  }
}

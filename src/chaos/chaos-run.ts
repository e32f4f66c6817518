/** A chaos run from beginning to end: rounds of one replay, blow after blow, and the verdict. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayOf } from '../cli/replay-of.ts';
import { environment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import type { EpochMs } from '../domain/units.ts';
import { planRun } from '../engine/run-plan.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { type ChaosAccount, ChaosConfig, chaosAccounts } from './chaos-config.ts';
import { freePort } from './free-port.ts';
import { Judge, type Verdict } from './judge.ts';
import { Round } from './round.ts';
import { disturbedBy, strike } from './strike.ts';
import { type Blow, blowsOf, type Trouble, type TroubleKind } from './trouble.ts';

export type ChaosOptions = {
  readonly minutes: number;
  /** It ends earlier after so many; undefined: time alone ends it. */
  readonly blowsMax: number | undefined;
  /** A file of bars; undefined: a generated market, without end. */
  readonly replay: string | undefined;
  readonly symbol: string;
  readonly from: EpochMs | undefined;
  readonly bars: number | undefined;
  readonly seed: number;
  readonly accounts: number;
  readonly modelsFolder: string;
  readonly kinds: readonly TroubleKind[];
  readonly barsPerSecond: number;
  readonly clock: Clock;
  readonly say: (line: string) => void;
  /** Told every line of the engine. */
  readonly engineLine: (line: string) => void;
};

export type ChaosReport = {
  readonly seed: number;
  readonly minutes: number;
  readonly accounts: readonly ChaosAccount[];
  readonly inference: 'thread' | 'process';
  /** Replays that were begun, engines that were started. */
  readonly rounds: number;
  readonly engineStarts: number;
  readonly bars: number;
  readonly decisions: number;
  readonly orders: number;
  /** Signals that guards did not let through. */
  readonly denials: number;
  readonly facts: number;
  readonly troubles: Readonly<Record<string, TroubleTally>>;
  /** Where the system tells it. */
  readonly rssMaxMb: number;
  readonly verdicts: readonly Verdict[];
  readonly violations: number;
  /** Where everything lies that the run has written; undefined: removed. */
  readonly kept: string | undefined;
};

/** How often it was done, how often it was refused, and until everybody was back. */
export type TroubleTally = {
  readonly times: number;
  readonly refused: number;
  readonly backMs: readonly number[];
};

const statusEveryMs = 15_000;
const orderMs = 4_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const run = new ChaosRun(options);
  return run.play();
}

class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #folder: string;
  readonly #startedAt: number;
  readonly #judge: Judge;
  readonly #accounts: readonly ChaosAccount[];
  readonly #inference: 'thread' | 'process';
  readonly #tally = new Map<string, { times: number; refused: number; backMs: number[] }>();
  readonly #total = {
    engineStarts: 0,
    bars: 0,
    decisions: 0,
    orders: 0,
    denials: 0,
    facts: 0,
    rssMaxMb: 0,
  };
  #rounds = 0;
  #blows = 0;

  constructor(options: ChaosOptions) {
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), 'novosky-chaos-'));
    this.#startedAt = options.clock.elapsed();
    this.#judge = new Judge((line) => this.#say(line));
    this.#accounts = chaosAccounts(options.accounts);
    // Both ways are played, half of all seeds each; only a process can be killed.
    this.#inference = options.seed % 2 === 1 ? 'process' : 'thread';
  }

  async play(): Promise<ChaosReport> {
    const { seed, minutes } = this.#options;
    const places = this.#accounts.map(({ id, isolation }) => `${id} (${isolation})`).join(', ');
    this.#say(`seed ${seed}, ${minutes} min, ${places}, inference (${this.#inference})`);
    this.#say(`everything is in ${this.#folder}`);
    const blows = blowsOf({
      seed,
      accounts: this.#accounts.map(({ id }) => id),
      symbol: this.#options.symbol,
      kinds: this.#possibleKinds(),
    });
    while (!this.#isOver || this.#rounds === 0) await this.#playRound(blows);
    return this.#report();
  }

  get #isOver(): boolean {
    const { clock, minutes, blowsMax = Number.POSITIVE_INFINITY } = this.#options;
    return clock.elapsed() > this.#startedAt + minutes * 60_000 || this.#blows >= blowsMax;
  }

  /** The inference thread is only ever asked to stop: ending it would end the process. */
  #possibleKinds(): readonly TroubleKind[] {
    const { kinds } = this.#options;
    return kinds.filter((kind) => kind !== 'inference-killed' || this.#inference === 'process');
  }

  /** From the start of the replay to its end, or to that of the run. */
  async #playRound(blows: Iterator<Blow, never>): Promise<void> {
    this.#rounds += 1;
    const round = await this.#openRound();
    try {
      this.#say(`round ${this.#rounds}: the engine starts`);
      if (await this.#untilAlive(round, 'start')) round.keeper.weigh();
      let statusAt = this.#options.clock.elapsed() + statusEveryMs;
      while (!this.#isOver && !round.isFinished) {
        await this.#blow(blows.next().value, round);
        if (this.#options.clock.elapsed() < statusAt) continue;
        statusAt = this.#options.clock.elapsed() + statusEveryMs;
        this.#sayStatus(round);
      }
      this.#say(round.isFinished ? 'the replay is over' : 'all books are compared');
      await round.close();
    } finally {
      await round.end();
      this.#add(round);
    }
  }

  async #openRound(): Promise<Round> {
    const { symbol, seed, barsPerSecond, modelsFolder, clock, from, bars } = this.#options;
    const folder = join(this.#folder, `round-${this.#rounds}`);
    mkdirSync(folder);
    const config = new ChaosConfig({
      folder: join(folder, 'config'),
      accounts: this.#accounts,
      source: this.#options.replay ?? 'generator',
      inference: this.#inference,
      ...{ symbol, seed, barsPerSecond },
    });
    const loaded = loadConfig(config.folder, environment, { replay: false });
    const where = { config: config.folder, state: folder, models: modelsFolder, symbol };
    const range = { ...(from !== undefined && { from }), ...(bars !== undefined && { bars }) };
    const replay = await replayOf({ ...where, ...range }, loaded, () => undefined);
    const plan = await planRun({
      config: loaded,
      stateFolder: join(folder, 'brokers'),
      modelsFolder,
      ...(replay !== undefined && { replay }),
      seed,
    });
    return Round.open({
      ...{ plan, config, clock },
      accounts: this.#accounts,
      settings: {
        ...{ configFolder: config.folder, modelsFolder, symbol, from, bars, seed },
        stateFolder: join(folder, 'state'),
        consolePort: await freePort(),
      },
      judge: this.#judge,
      say: (line) => this.#say(line),
      engineLine: this.#options.engineLine,
    });
  }

  async #blow({ trouble, beside, calmMs, atOrder, afterMs }: Blow, round: Round): Promise<void> {
    const { clock } = this.#options;
    await sleep(calmMs, clock);
    if (round.isFinished) return;
    this.#blows += 1;
    const all = beside === undefined ? [trouble] : [beside, trouble];
    round.excuse(all.flatMap((each) => disturbedBy(each, round)));
    if (beside !== undefined) await this.#strike(beside, round);
    if (atOrder) await round.nextOrder(orderMs);
    if (afterMs > 0) await sleep(afterMs, clock);
    const startedAt = clock.elapsed();
    if (!(await this.#strike(trouble, round))) return;
    await round.keeper.running();
    if (!(await this.#untilAlive(round, trouble.kind))) return;
    this.#tallyOf(trouble.kind).backMs.push(clock.elapsed() - startedAt);
    round.keeper.mayNotDie();
    round.keeper.weigh();
    round.excuse([]);
  }

  /** False when the engine refused to harm itself: it may have ended a moment before. */
  async #strike(trouble: Trouble, round: Round): Promise<boolean> {
    this.#say(textOf(trouble));
    const { clock } = this.#options;
    const say = (line: string) => this.#say(line);
    const tally = this.#tallyOf(trouble.kind);
    tally.times += 1;
    try {
      await strike(trouble, { round, judge: this.#judge, clock, say });
      return true;
    } catch (error) {
      tally.refused += 1;
      this.#say(`  not done: ${error instanceof Error ? error.message : String(error)}`);
      return true;
    }
  }

  async #untilAlive(round: Round, after: string): Promise<boolean> {
    this.#judge.checked('every account is back in time');
    if (await round.alive()) return true;
    const late = round.watches.filter(({ isLost }) => isLost).length;
    const said = round.keeper.process.lines.slice(-8).join('\n    ');
    this.#judge.violated(
      'every account is back in time',
      `after ${after}, bar ${round.step}, ${late} given up; the engine said last:\n    ${said}`,
    );
    return false;
  }

  #tallyOf(kind: string) {
    const known = this.#tally.get(kind);
    if (known !== undefined) return known;
    const begun = { times: 0, refused: 0, backMs: [] };
    this.#tally.set(kind, begun);
    return begun;
  }

  #add(round: Round): void {
    const { watches, keeper, step } = round;
    const sum = (of: (watch: (typeof watches)[number]) => number) =>
      watches.reduce((total, watch) => total + of(watch), 0);
    this.#total.engineStarts += keeper.starts;
    this.#total.bars += step;
    this.#total.decisions += sum(({ quietPoints }) => quietPoints);
    this.#total.orders += sum(({ orders }) => orders);
    this.#total.denials += sum(({ denials }) => denials);
    this.#total.facts += sum(({ facts }) => facts);
    this.#total.rssMaxMb = Math.max(this.#total.rssMaxMb, keeper.rssMaxMb);
  }

  #sayStatus(round: Round): void {
    const { step, watches, keeper } = round;
    const troubles = [...this.#tally.values()].reduce((sum, { times }) => sum + times, 0);
    const orders = watches.reduce((sum, watch) => sum + watch.orders, 0);
    const money = watches.map(({ balance }) => balance.toFixed(2)).join(' ');
    this.#say(
      `status  round ${this.#rounds}, ${step} bars, ${orders} orders, balances ${money}, ${troubles} troubles, ` +
        `${keeper.starts} engine starts, ${this.#judge.violations} violations`,
    );
  }

  #say(line: string): void {
    const seconds = (this.#options.clock.elapsed() - this.#startedAt) / 1_000;
    this.#options.say(`${seconds.toFixed(1).padStart(7)} ${line}`);
  }

  #report(): ChaosReport {
    const { violations } = this.#judge;
    if (violations === 0) rmSync(this.#folder, { recursive: true, force: true });
    return {
      seed: this.#options.seed,
      minutes: this.#options.minutes,
      accounts: this.#accounts,
      inference: this.#inference,
      rounds: this.#rounds,
      ...this.#total,
      troubles: Object.fromEntries(this.#tally),
      verdicts: this.#judge.verdicts(),
      violations,
      kept: violations === 0 ? undefined : this.#folder,
    };
  }
}

function textOf({ kind, ...facts }: Trouble): string {
  const values = Object.entries(facts).map(([key, value]) =>
    typeof value === 'object' ? JSON.stringify(value) : `${key} ${value}`,
  );
  return [kind, ...values].join('  ');
}

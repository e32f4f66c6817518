/** Keeps an engine running: starts it, ends it as it is told, starts it again, and looks at what it leaves behind. */
import { type Clock, sleep } from '../runtime/clock.ts';
import { type EngineEnd, EngineProcess } from './engine-process.ts';
import type { EngineSettings, FromEngine } from './engine-protocol.ts';
import type { Judge } from './judge.ts';
import { processTree, runningOf } from './process-tree.ts';

/** What the engine promises, and a second for the process to go. */
const orderlyMs = 16_000;
/** A process that lost its parent is gone after this. */
const leftoverMs = 5_000;
const rssEveryMs = 2_000;

export type KeeperOptions = {
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly judge: Judge;
  readonly heard: (word: Exclude<FromEngine, { type: 'done' }>) => void;
  readonly line: (line: string) => void;
  /** Called before it is started: whoever it runs begins a new life. */
  readonly starting: () => void;
  /**
   * Called when all that it left behind is gone. True: that was the end, and it is not started again.
   *
   * @param isAsked whether something was done to it that ends it, or may
   */
  readonly over: (end: EngineEnd, isAsked: boolean) => boolean;
};

/** What was done to it that ends it, or may. */
type Wish = 'nothing' | 'in-order' | 'at-once' | 'may-die';

type Life = {
  readonly process: EngineProcess;
  wish: Wish;
  pids: readonly number[];
  /** It has said that it does not run an account any more: its exit code tells that. */
  hasLost: boolean;
  /** When everybody was up for the first time. */
  firstRssMb: number | undefined;
};

export class EngineKeeper {
  readonly #options: KeeperOptions;
  #life: Life;
  #starts = 0;
  #isClosed = false;
  #rssMaxMb = 0;
  #next: Promise<void> = Promise.resolve();
  #cancelRss = () => {};

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#life = this.#start();
    this.#sampleRss();
  }

  get process(): EngineProcess {
    return this.#life.process;
  }

  get starts(): number {
    return this.#starts;
  }

  get rssMaxMb(): number {
    return this.#rssMaxMb;
  }

  /** Settles when an engine runs that was not told to end. */
  async running(): Promise<void> {
    await this.#next;
  }

  lost(): void {
    this.#life.hasLost = true;
  }

  /** What was done to it may abort its process. */
  mayDie(): void {
    if (this.#life.wish === 'nothing') this.#life.wish = 'may-die';
  }

  /** That is over. */
  mayNotDie(): void {
    if (this.#life.wish === 'may-die') this.#life.wish = 'nothing';
  }

  /** SIGTERM: it has to be down in time, with everything in order. Resolves with how long it took. */
  async stop(): Promise<number> {
    const { clock, judge } = this.#options;
    const life = this.#life;
    const startedAt = clock.elapsed();
    this.#wish(life, 'in-order');
    life.process.signal('SIGTERM');
    const end = await this.#endWithin(life, orderlyMs);
    judge.checked('the engine stops in order');
    if (end === undefined) {
      judge.violated('the engine stops in order', `SIGTERM: still running after ${orderlyMs} ms`);
      life.process.signal('SIGKILL');
      await life.process.ended;
    } else if (end !== (life.hasLost ? 1 : 0)) {
      judge.violated('the engine stops in order', `SIGTERM: ended with ${end}${said(life)}`);
    }
    return clock.elapsed() - startedAt;
  }

  /** Two Ctrl-C: the second one ends it at once, unless it comes so soon that it is the same. */
  async interruptTwice(apartMs: number): Promise<void> {
    const { clock, judge } = this.#options;
    const life = this.#life;
    this.#wish(life, 'at-once');
    life.process.signal('SIGINT');
    await sleep(apartMs, clock);
    life.process.signal('SIGINT');
    const end = await this.#endWithin(life, orderlyMs);
    judge.checked('the engine stops in order');
    // Down in order already, Node itself may be on its way out when the second one comes.
    const isDown =
      end === 'SIGINT' && life.process.lines.some((line) => line.startsWith('stopped'));
    if (end === 0 || end === 'SIGKILL' || isDown || (life.hasLost && end === 1)) return;
    judge.violated(
      'the engine stops in order',
      `two SIGINT: ${end ?? 'still running'}${said(life)}`,
    );
    life.process.signal('SIGKILL');
  }

  async kill(): Promise<void> {
    const life = this.#life;
    this.#wish(life, 'at-once');
    life.process.signal('SIGKILL');
    await life.process.ended;
  }

  async freeze(forMs: number): Promise<void> {
    const { process } = this.#life;
    process.signal('SIGSTOP');
    await sleep(forMs, this.#options.clock);
    process.signal('SIGCONT');
  }

  /** Everybody is up and calm: what is held now is what it needs. */
  weigh(): void {
    const life = this.#life;
    const rssMb = this.#look(life);
    if (rssMb === undefined) return;
    life.firstRssMb ??= rssMb;
    const { judge } = this.#options;
    judge.checked('memory stays bounded');
    const allowedMb = life.firstRssMb * 1.5 + 200;
    if (rssMb <= allowedMb) return;
    judge.violated(
      'memory stays bounded',
      `${rssMb.toFixed(0)} MB, ${life.firstRssMb.toFixed(0)} MB when everybody was up first`,
    );
  }

  /** It is not started again. Settles when nothing of it is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRss();
    const life = this.#life;
    if (!life.process.isOver) await this.kill();
    await this.#next;
  }

  #start(): Life {
    const { settings, clock, heard, line, starting } = this.#options;
    starting();
    this.#starts += 1;
    const life: Life = {
      process: new EngineProcess({ settings, clock, heard, line }),
      ...{ wish: 'nothing', pids: [], hasLost: false, firstRssMb: undefined },
    };
    void life.process.ended.then((end) => {
      this.#next = this.#goOn(life, end);
    });
    return life;
  }

  async #goOn(life: Life, end: EngineEnd): Promise<void> {
    await this.#judgeLeftovers(life);
    const isLast = this.#options.over(end, life.wish !== 'nothing');
    if (life.wish === 'nothing' && !isLast) {
      this.#options.judge.violated(
        'the engine ends only when it is made to',
        `it ended with ${end}${said(life)}`,
      );
    }
    this.#options.judge.checked('the engine ends only when it is made to');
    if (!isLast && !this.#isClosed) this.#life = this.#start();
  }

  async #judgeLeftovers({ pids }: Life): Promise<void> {
    if (pids.length === 0) return;
    const { clock, judge } = this.#options;
    const until = clock.elapsed() + leftoverMs;
    let left = runningOf(pids);
    while (left.length > 0 && clock.elapsed() < until) {
      await sleep(50, clock);
      left = runningOf(pids);
    }
    judge.checked('no process is left over');
    if (left.length === 0) return;
    judge.violated(
      'no process is left over',
      `${left} ${leftoverMs} ms after the engine has ended`,
    );
  }

  #wish(life: Life, wish: Wish): void {
    this.#look(life);
    life.wish = wish;
  }

  async #endWithin(life: Life, ms: number): Promise<EngineEnd | undefined> {
    const stop = new AbortController();
    const late = sleep(ms, this.#options.clock, stop.signal).then(
      () => undefined,
      () => undefined,
    );
    const end = await Promise.race([life.process.ended, late]);
    stop.abort(new Error('it has ended'));
    return end;
  }

  #sampleRss(): void {
    if (!this.#life.process.isOver) this.#look(this.#life);
    this.#cancelRss = this.#options.clock.after(rssEveryMs, () => this.#sampleRss());
  }

  #look(life: Life): number | undefined {
    const tree = processTree(life.process.pid);
    if (tree === undefined || tree.rssMb === 0) return undefined;
    life.pids = tree.pids;
    this.#rssMaxMb = Math.max(this.#rssMaxMb, tree.rssMb);
    return tree.rssMb;
  }
}

function said({ process }: Life): string {
  return `; it said last:\n    ${process.lines.slice(-5).join('\n    ')}`;
}

/** The engine's process, as the world around it sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import { bootOf } from '../runtime/thread.ts';
import type { Deed, EngineSettings, FromEngine, ToEngine } from './engine-protocol.ts';

/** The newest lines are kept: what it said last explains most. */
const linesMax = 200;
const deedMs = 10_000;
const program = new URL('./chaos-engine.ts', import.meta.url);

export type EngineEnd = number | NodeJS.Signals;

export type EngineProcessOptions = {
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly heard: (word: Exclude<FromEngine, { type: 'done' }>) => void;
  readonly line: (line: string) => void;
};

/** The engine refused, or did not answer in time. */
class DeedNotDoneError extends Error {
  override readonly name = 'DeedNotDoneError';
}

export class EngineProcess {
  readonly pid: number;
  /** Settles with the exit code, or the signal that ended it. */
  readonly ended: Promise<EngineEnd>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, (error: string | undefined) => void>();
  readonly #lines: string[] = [];
  #number = 0;
  #isOver = false;

  constructor({ settings, clock, heard, line }: EngineProcessOptions) {
    this.#clock = clock;
    this.#child = fork(bootOf(program), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.pid = this.#child.pid ?? 0;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#take(text, line));
    }
    this.#child.on('message', (word: FromEngine) => {
      if (word.type === 'done') this.#waiting.get(word.number)?.(word.error);
      else heard(word);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#isOver = true;
        for (const settle of this.#waiting.values()) settle('the engine has ended');
        resolve(code ?? signal ?? 1);
      });
    });
    this.#say({ type: 'start', settings });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What it wrote last. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when the engine has done it. Rejects with `DeedNotDoneError`. */
  async do(deed: Deed): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    const answered = new Promise<void>((resolve, reject) => {
      this.#waiting.set(number, (error) =>
        error === undefined ? resolve() : reject(new DeedNotDoneError(error)),
      );
    });
    this.#say({ type: 'do', number, deed });
    try {
      await within(deedMs, this.#clock, undefined, (signal) =>
        Promise.race([answered, lateAnswer(signal)]),
      );
    } finally {
      this.#waiting.delete(number);
    }
  }

  #say(message: ToEngine): void {
    // It may have died a moment ago: then its end says so.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #take(text: string, line: (line: string) => void): void {
    for (const each of text.split('\n').filter((part) => part !== '')) {
      this.#lines.push(each);
      line(each);
    }
    this.#lines.splice(0, this.#lines.length - linesMax);
  }
}

function lateAnswer(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(new DeedNotDoneError('the engine did not answer', { cause: signal.reason })),
    );
  });
}

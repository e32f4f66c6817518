import type { Clock } from '../runtime/clock.ts';

/** Between two lines where they cannot be written over. */
const linesEveryMs = 10_000;

/** How far long work has come, on the error output: one line that is written over on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  readonly #clock: Clock;
  readonly #stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;
  #writtenAt: number;

  constructor(clock: Clock, stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr) {
    this.#clock = clock;
    this.#stream = stream;
    this.#writtenAt = clock.elapsed();
  }

  show(text: string): void {
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001b[K${text}`);
      return;
    }
    const now = this.#clock.elapsed();
    if (now - this.#writtenAt < linesEveryMs) return;
    this.#writtenAt = now;
    this.#stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }
}

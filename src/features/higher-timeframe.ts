import { type Bar, type Timeframe, timeframeMs } from '../domain/bar.ts';
import { Ema } from './indicators/ema.ts';
import { Macd } from './indicators/macd.ts';
import { Rsi } from './indicators/rsi.ts';
import type { StateTape } from './state-tape.ts';

const baseMs = timeframeMs.M15;
const firstMondayMs = 4 * timeframeMs.D1;
const noBucket = Number.NEGATIVE_INFINITY;

/**
 * Indicators on the closes of completed bars of a higher timeframe, built from M15 bars. A bucket is completed by the
 * M15 bar that reaches its end, or, where that one is missing, by the first bar of a later bucket; the forming one
 * is seen by nobody. Buckets are cut in UTC, weeks start on Monday; a bucket without bars does not exist.
 */
export class HigherTimeframe {
  readonly ema10 = new Ema(10);
  readonly ema20 = new Ema(20);
  readonly ema50 = new Ema(50);
  readonly rsi = new Rsi();
  readonly macd = new Macd();
  readonly #lengthMs: number;
  readonly #originMs: number;
  readonly #needed: number;
  #bucket = noBucket;
  #latestClose = 0;
  #close = 0;
  #completed = 0;

  /** @param needed completed buckets after which every indicator that is used on this timeframe is ready */
  constructor(timeframe: Timeframe, needed: number) {
    this.#lengthMs = timeframeMs[timeframe];
    this.#originMs = timeframe === 'W1' ? firstMondayMs : 0;
    this.#needed = needed;
  }

  update({ openTime, close }: Bar): void {
    const sinceOrigin = openTime - this.#originMs;
    const bucket = Math.floor(sinceOrigin / this.#lengthMs);
    if (this.#bucket !== noBucket && this.#bucket !== bucket) this.#complete();
    this.#bucket = bucket;
    this.#latestClose = close;
    if (sinceOrigin + baseMs >= (bucket + 1) * this.#lengthMs) this.#complete();
  }

  get isReady(): boolean {
    return this.#completed >= this.#needed;
  }

  /** Close of the last completed bucket. */
  get close(): number {
    return this.#close;
  }

  #complete(): void {
    this.#bucket = noBucket;
    this.#close = this.#latestClose;
    this.#completed++;
    this.ema10.update(this.#close);
    this.ema20.update(this.#close);
    this.ema50.update(this.#close);
    this.rsi.update(this.#close);
    this.macd.update(this.#close);
  }

  transfer(tape: StateTape): void {
    for (const block of [this.ema10, this.ema20, this.ema50, this.rsi, this.macd]) {
      block.transfer(tape);
    }
    this.#bucket = tape.number(this.#bucket);
    this.#latestClose = tape.number(this.#latestClose);
    this.#close = tape.number(this.#close);
    this.#completed = tape.number(this.#completed);
  }
}

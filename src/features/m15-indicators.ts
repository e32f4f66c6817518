import type { Bar } from '../domain/bar.ts';
import { Atr } from './indicators/atr.ts';
import { Bollinger } from './indicators/bollinger.ts';
import { CandleRun } from './indicators/candle-run.ts';
import { Dmi } from './indicators/dmi.ts';
import { Ema } from './indicators/ema.ts';
import { Macd } from './indicators/macd.ts';
import { RollingMaximum } from './indicators/rolling-maximum.ts';
import { RollingRank } from './indicators/rolling-rank.ts';
import { Rsi } from './indicators/rsi.ts';
import { Window } from './indicators/window.ts';
import type { Stateful, StateTape } from './state-tape.ts';

const bandsPeriod = 20;

/** Every indicator on the M15 bars themselves, after the newest of them. */
export class M15Indicators {
  readonly closes = new Window(21);
  readonly volumes = new Window(20);
  /** Volumes with the sign of their candle. */
  readonly signedVolumes = new Window(20);
  readonly signs = new Window(10);
  readonly ema20 = new Ema(20);
  readonly ema20Past = new Window(6);
  readonly ema50 = new Ema(50);
  readonly ema200 = new Ema(200);
  readonly rsi = new Rsi();
  readonly rsiPast = new Window(6);
  readonly macd = new Macd();
  readonly atr = new Atr();
  readonly atrRank = new RollingRank(100);
  readonly atrRankLong = new RollingRank(500);
  readonly dmi = new Dmi();
  /** Of the newest 20 closes. */
  readonly bands = new Bollinger();
  readonly bandWidthRank = new RollingRank(100);
  readonly run = new CandleRun();
  readonly #highest = new RollingMaximum(96);
  readonly #lowestNegated = new RollingMaximum(96);
  #count = 0;

  update(bar: Bar): void {
    this.#updateCandle(bar);
    this.#updateTrend(bar.close);
    this.#updateRange(bar);
    if (this.#count < bandsPeriod) this.#count++;
    if (this.#count === bandsPeriod) this.#updateBands();
  }

  /** The longest of the windows is full, and with it all others. */
  get isReady(): boolean {
    return this.atrRankLong.isReady;
  }

  /** Highest high of 96 bars: a day around the clock. */
  get highest(): number {
    return this.#highest.value;
  }

  get lowest(): number {
    return -this.#lowestNegated.value;
  }

  #updateCandle({ open, close, volume }: Bar): void {
    const sign = Math.sign(close - open);
    this.closes.push(close);
    this.volumes.push(volume);
    this.signedVolumes.push(sign * volume);
    this.signs.push(sign);
    this.run.update(sign);
  }

  #updateTrend(close: number): void {
    this.ema20.update(close);
    this.ema20Past.push(this.ema20.value);
    this.ema50.update(close);
    this.ema200.update(close);
    this.macd.update(close);
    this.rsi.update(close);
    this.rsiPast.push(this.rsi.value / 100);
  }

  #updateRange(bar: Bar): void {
    this.#highest.update(bar.high);
    this.#lowestNegated.update(-bar.low);
    this.atr.update(bar);
    this.dmi.update(bar, this.atr.trueRange);
    if (!this.atr.isReady) return;
    this.atrRank.update(this.atr.value);
    this.atrRankLong.update(this.atr.value);
  }

  #updateBands(): void {
    this.bands.update(this.closes);
    this.bandWidthRank.update(this.bands.width);
  }

  transfer(tape: StateTape): void {
    for (const block of this.#blocks()) block.transfer(tape);
    this.#count = tape.number(this.#count);
  }

  #blocks(): Stateful[] {
    return [
      ...[this.closes, this.volumes, this.signedVolumes, this.signs],
      ...[this.ema20, this.ema20Past, this.ema50, this.ema200, this.macd],
      ...[this.rsi, this.rsiPast, this.atr, this.atrRank, this.atrRankLong, this.dmi],
      ...[this.bands, this.bandWidthRank, this.run, this.#highest, this.#lowestNegated],
    ];
  }
}

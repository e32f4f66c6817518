import type { Bar } from '../domain/bar.ts';
import { DaySoFar } from './day-so-far.ts';
import { HigherTimeframe } from './higher-timeframe.ts';
import { M15Indicators } from './m15-indicators.ts';
import type { StateTape } from './state-tape.ts';

/** Everything that is remembered of one symbol's bars. Bounded: windows and recursions only. */
export class IndicatorSet {
  readonly m15 = new M15Indicators();
  readonly day = new DaySoFar();
  readonly m30 = new HigherTimeframe('M30', 50);
  readonly h1 = new HigherTimeframe('H1', 34);
  readonly h4 = new HigherTimeframe('H4', 34);
  readonly d1 = new HigherTimeframe('D1', 20);
  readonly w1 = new HigherTimeframe('W1', 15);

  update(bar: Bar): void {
    this.m15.update(bar);
    this.day.update(bar);
    this.m30.update(bar);
    this.h1.update(bar);
    this.h4.update(bar);
    this.d1.update(bar);
    this.w1.update(bar);
  }

  /** Whether every column is defined. Stays true once it is. */
  get isReady(): boolean {
    const { m15, m30, h1, h4, d1, w1 } = this;
    return m15.isReady && w1.isReady && d1.isReady && h4.isReady && h1.isReady && m30.isReady;
  }

  transfer(tape: StateTape): void {
    const { m15, day, m30, h1, h4, d1, w1 } = this;
    for (const block of [m15, day, m30, h1, h4, d1, w1]) block.transfer(tape);
  }
}

import { timeframeMs } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { EquityRow } from './equity-log.ts';

type Reading = { readonly at: EpochMs; readonly balance: number; readonly equity: number };

/** What an hour, a day or more of readings come to. */
export type EquityPeriod = {
  readonly from: EpochMs;
  /** At the end of the period. */
  readonly balance: number;
  readonly equity: number;
  readonly low: number;
  readonly high: number;
  /** Change of equity since the end of the period before; of the first, since its first reading. */
  readonly result: number;
};

type EquitySummary = {
  readonly first: Reading;
  readonly last: Reading;
  readonly currency: string;
  /** Largest share of a peak that was lost before the next one. */
  readonly drawdownMax: number;
};

const periodsMs = [
  timeframeMs.H1,
  timeframeMs.H4,
  timeframeMs.D1,
  timeframeMs.W1,
  4 * timeframeMs.W1,
  52 * timeframeMs.W1,
];

/** Collects readings, oldest first, and shows them at a glance. */
export class EquityCurve {
  readonly #readings: Reading[] = [];
  #currency = '';
  #peak = 0;
  #drawdownMax = 0;

  add({ time, balance, equity, currency }: EquityRow): void {
    this.#readings.push({ at: epochMs(Date.parse(time)), balance, equity });
    this.#currency = currency;
    this.#peak = Math.max(this.#peak, equity);
    if (this.#peak > 0) this.#drawdownMax = Math.max(this.#drawdownMax, 1 - equity / this.#peak);
  }

  /** Undefined without a reading. */
  get summary(): EquitySummary | undefined {
    const [first] = this.#readings;
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined) return undefined;
    return { first, last, currency: this.#currency, drawdownMax: this.#drawdownMax };
  }

  /** In at most `countMax` periods of equal length, hours if they are enough. Those without a reading are left out. */
  periods(countMax: number): readonly EquityPeriod[] {
    const [first] = this.#readings;
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined) return [];
    const fits = (ms: number) => Math.floor(last.at / ms) - Math.floor(first.at / ms) < countMax;
    const lengthMs = periodsMs.find(fits) ?? last.at + 1;
    const periods = new Map<number, EquityPeriod>();
    let before = first.equity;
    let current: EquityPeriod | undefined;
    for (const { at, balance, equity } of this.#readings) {
      const from = epochMs(Math.floor(at / lengthMs) * lengthMs);
      if (current !== undefined && current.from !== from) before = current.equity;
      const same = current?.from === from ? current : undefined;
      current = {
        ...{ from, balance, equity, result: equity - before },
        low: Math.min(equity, same?.low ?? equity),
        high: Math.max(equity, same?.high ?? equity),
      };
      periods.set(from, current);
    }
    return [...periods.values()];
  }

  /** Equity over time, drawn with `*`: the last reading of each column, time going to the right. */
  chart({ width, height }: { readonly width: number; readonly height: number }): readonly string[] {
    const values = this.#columns(width);
    if (values.length === 0) return [];
    const low = Math.min(...values);
    const high = Math.max(...values);
    const row = (value: number) =>
      high === low ? 0 : Math.round(((value - low) / (high - low)) * (height - 1));
    const labels = [high, low].map((value) => value.toFixed(2));
    const margin = Math.max(...labels.map(({ length }) => length));
    const rows = high === low ? 1 : height;
    return Array.from({ length: rows }, (_, index) => {
      const level = rows - 1 - index;
      const line = values.map((value) => (row(value) === level ? '*' : ' ')).join('');
      const label = level === rows - 1 ? labels[0] : level === 0 ? labels[1] : '';
      return `${(label ?? '').padStart(margin)} |${line}`.trimEnd();
    });
  }

  /** Equity at the end of each of `width` equal stretches of time; a stretch without a reading repeats the one before. */
  #columns(width: number): readonly number[] {
    const [first] = this.#readings;
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined) return [];
    const span = Math.max(1, last.at - first.at);
    const columns: number[] = [];
    for (const { at, equity } of this.#readings) {
      const column = Math.min(width - 1, Math.floor(((at - first.at) / span) * width));
      const before = columns.at(-1) ?? equity;
      while (columns.length < column) columns.push(before);
      columns[column] = equity;
    }
    return columns;
  }
}

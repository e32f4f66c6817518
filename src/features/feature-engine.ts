import { assert } from '../domain/assert.ts';
import type { Bar } from '../domain/bar.ts';
import type { EpochMs } from '../domain/units.ts';
import { writeClock } from './clock-columns.ts';
import { checkBar } from './feature-input-error.ts';
import { IndicatorSet } from './indicator-set.ts';
import { writeMarket } from './market-columns.ts';
import { NewsCalendar } from './news-calendar.ts';
import { featureCount, featureSchemaHash } from './schema.ts';
import { StateReader, StateRecorder } from './state-tape.ts';

const snapshotVersion = 1;
const newsBlockMinutesDefault = 30;

/**
 * The features of one symbol, bar by bar: the same code for live trading, training and backtest. Two engines agree on
 * a bar, bit for bit, when they were fed the same bars from the same first one on, or restored from a snapshot of
 * one that was: recursions remember where a series began.
 */
export type FeatureEngine = {
  /**
   * Takes the next closed M15 bar. Gives its vector (62 float64 values in the order of the schema, all finite, a new
   * array each time), or undefined before the first bar on which every column is defined.
   * Throws `FeatureInputError`, and is then as before, when the bar is impossible, off the grid or out of order.
   */
  update(bar: Bar): Float64Array | undefined;
  /** The whole state, as plain JSON. */
  snapshot(): FeatureSnapshot;
  /** Open time of the last bar that was taken. */
  readonly lastOpenTime: EpochMs | undefined;
};

export type FeatureSnapshot = {
  readonly version: number;
  readonly schemaHash: string;
  /** Open time of the last bar in it; absent before the first. */
  readonly lastOpenTime?: EpochMs;
  /** Every number of the state with all its bits: little-endian float64 in base64. */
  readonly state: string;
};

export type FeatureOptions = {
  /** Distance between two round prices, in price units, see `roundStepOf`. */
  readonly roundStep: number;
  /** Scheduled news events, past and future, in any order. Without any, the news columns are 0. */
  readonly newsTimes?: readonly EpochMs[];
  /** How near, in minutes, an event has to be to count as near; default 30. */
  readonly newsBlockMinutes?: number;
};

/** A snapshot of another program, or a damaged one. The way out is to feed the bars again from the first one. */
export class FeatureSnapshotError extends Error {
  override readonly name = 'FeatureSnapshotError';
}

/** Throws `FeatureSnapshotError` when the snapshot is not one of this version and schema. */
export function createFeatureEngine(
  options: FeatureOptions & { readonly snapshot?: FeatureSnapshot },
): FeatureEngine {
  const columns = new FeatureColumns(options);
  if (options.snapshot) columns.restore(options.snapshot);
  return {
    update(bar) {
      if (!columns.advance(bar)) return undefined;
      const vector = new Float64Array(featureCount);
      columns.write(vector, 0);
      return vector;
    },
    snapshot: () => columns.snapshot(),
    get lastOpenTime() {
      return columns.lastOpenTime;
    },
  };
}

/** What an engine and a matrix are made of: takes bars one by one and writes vectors where they are wanted. */
export class FeatureColumns {
  readonly #roundStep: number;
  readonly #news: NewsCalendar;
  readonly #set = new IndicatorSet();
  #bar: Bar | undefined;
  #lastOpenTime = Number.NEGATIVE_INFINITY;

  constructor({ roundStep, newsTimes = [], newsBlockMinutes }: FeatureOptions) {
    assert(
      Number.isFinite(roundStep) && roundStep > 0,
      `round step must be positive: ${roundStep}`,
    );
    this.#roundStep = roundStep;
    this.#news = new NewsCalendar(newsTimes, newsBlockMinutes ?? newsBlockMinutesDefault);
  }

  /** Takes the next bar; whether its vector can be written. */
  advance(bar: Bar): boolean {
    checkBar(bar, this.#lastOpenTime);
    this.#set.update(bar);
    this.#bar = bar;
    this.#lastOpenTime = bar.openTime;
    return this.#set.isReady;
  }

  /** Writes the vector of the bar just taken into `out`, from `at` on. */
  write(out: Float64Array, at: number): void {
    assert(this.#bar !== undefined && this.#set.isReady, 'a vector needs a bar with all columns');
    const { openTime } = this.#bar;
    writeMarket(out, at, { bar: this.#bar, set: this.#set, roundStep: this.#roundStep });
    writeClock(out, at, openTime);
    this.#news.write(out, at, openTime);
  }

  get lastOpenTime(): EpochMs | undefined {
    return Number.isFinite(this.#lastOpenTime) ? (this.#lastOpenTime as EpochMs) : undefined;
  }

  snapshot(): FeatureSnapshot {
    const tape = new StateRecorder();
    this.#set.transfer(tape);
    const { lastOpenTime } = this;
    return {
      version: snapshotVersion,
      schemaHash: featureSchemaHash,
      ...(lastOpenTime === undefined ? {} : { lastOpenTime }),
      state: tape.text(),
    };
  }

  restore(snapshot: FeatureSnapshot): void {
    const { version, schemaHash, lastOpenTime, state } = snapshot;
    if (version !== snapshotVersion || schemaHash !== featureSchemaHash) {
      throw new FeatureSnapshotError(
        `snapshot is of version ${version} and schema ${schemaHash}, this program needs ${snapshotVersion} and ${featureSchemaHash}: feed the bars again`,
      );
    }
    const tape = new StateReader(state);
    this.#set.transfer(tape);
    if (!tape.isExhausted)
      throw new FeatureSnapshotError('snapshot is damaged: feed the bars again');
    this.#lastOpenTime = lastOpenTime ?? Number.NEGATIVE_INFINITY;
  }
}

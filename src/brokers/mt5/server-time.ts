import { type EpochMs, epochMs } from '../../domain/units.ts';
import { type Clock, sleep } from '../../runtime/clock.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import { type DaylightSaving, summerTimeMs } from './daylight-saving.ts';

/**
 * What is left between the server's times and UTC after the shift that the server itself applies. `measure` compares
 * ticks with our own clock: for terminals that trade in real time. A replay has its own market time: `{ ms: 0 }`.
 */
export type ServerOffset = 'measure' | { readonly ms: number };

type ServerTimeOptions = {
  readonly offset: ServerOffset;
  readonly daylightSaving: DaylightSaving;
  /** How far our clock may be from the server's, apart from whole quarters of an hour. */
  readonly skewMaxMs: number;
  readonly clock: Clock;
  /** Server time of the newest tick of all symbols. */
  readonly newestTick: (signal: AbortSignal) => Promise<number>;
};

/** An offset, without summer time, and the server time from which it holds. */
type Segment = { readonly fromServerMs: number; readonly offsetMs: number };

const quarterMs = 15 * 60_000;
const hourMs = 60 * 60_000;
/** A moved clock is noticed within this time. */
const checkEveryMs = 60_000;
/** A market that trades has a new tick within ten seconds. */
const measuring = { ticksMax: 20, everyMs: 500 };
const segmentsMax = 8;

/**
 * The server's clock. The server shifts times by one constant (contract §6), which is wrong for half the year at
 * brokers with summer time, and by nothing when nobody configured it. So the rest is measured, and measured again:
 * when it changes while we run, times from then on have the new offset and older ones keep theirs.
 */
export class ServerTime {
  readonly #options: ServerTimeOptions;
  /** Oldest first; empty until it was measured. */
  #segments: readonly Segment[];
  #checkedAt: number | undefined;
  #lastTick: number | undefined;
  #newest: number | undefined;

  constructor(options: ServerTimeOptions) {
    this.#options = options;
    const { offset } = options;
    this.#segments = offset === 'measure' ? [] : [{ fromServerMs: -Infinity, offsetMs: offset.ms }];
  }

  /** To be awaited before times are converted. Rejects while the clock cannot be measured. */
  async ready(signal: AbortSignal): Promise<void> {
    if (!this.#isReady) await this.#check(signal);
  }

  /** What was asked for, when its times can be converted: what that needs is asked beside it. */
  readyFor<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#isReady) return asked;
    return Promise.all([asked, this.#check(signal)]).then(([answer]) => answer);
  }

  get #isReady(): boolean {
    const { offset, clock } = this.#options;
    if (offset !== 'measure') return true;
    return this.#checkedAt !== undefined && clock.elapsed() - this.#checkedAt < checkEveryMs;
  }

  toUtc(serverMs: number): EpochMs {
    const segment = this.#segments.findLast(({ fromServerMs }) => fromServerMs <= serverMs);
    return epochMs(this.#withoutSummer(serverMs - offsetOf(segment)));
  }

  toServer(utcMs: number): number {
    const summer = summerTimeMs(this.#options.daylightSaving, utcMs);
    const segment = this.#segments.findLast(
      ({ fromServerMs, offsetMs }) => fromServerMs <= utcMs + offsetMs + summer,
    );
    return utcMs + offsetOf(segment) + summer;
  }

  /** Told of every tick, so that it knows how far market time has come. */
  observe(serverMs: number): void {
    this.#newest = Math.max(this.#newest ?? serverMs, serverMs);
  }

  /** The newest server time that is known; asks for a tick when none is. */
  async newest(signal: AbortSignal): Promise<number> {
    return this.#newest ?? (await this.#tick(signal));
  }

  async #check(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const before = this.#lastTick;
    const tick = await this.#tick(signal);
    const isStale = tick === before; // A closed market says nothing about the clock.
    if (this.#segments.length === 0 || (!isStale && !this.#fits(tick))) await this.#measure(signal);
    this.#checkedAt = clock.elapsed();
  }

  /** Whether a tick is as old as one would expect with the offset that is known. */
  #fits(tick: number): boolean {
    const rest = this.#residual(tick) - offsetOf(this.#segments.at(-1));
    return Math.abs(rest) <= this.#options.skewMaxMs;
  }

  /** Only a tick that has just moved tells the time; any other may be hours old. */
  async #measure(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const first = await this.#tick(signal);
    for (let count = 1; count < measuring.ticksMax; count += 1) {
      await sleep(measuring.everyMs, clock, signal).catch(unavailable);
      const tick = await this.#tick(signal);
      if (tick !== first) return this.#adopt(tick);
    }
    if (this.#segments.length > 0) return; // The market has just closed: what was measured still holds.
    throw new BrokerUnavailableError(
      'the clock of the terminal cannot be measured: no new tick came; wait until its market trades',
    );
  }

  #adopt(tick: number): void {
    const residual = this.#residual(tick);
    const offsetMs = Math.round(residual / quarterMs) * quarterMs;
    const skewMs = Math.abs(residual - offsetMs);
    const { skewMaxMs } = this.#options;
    if (skewMs > skewMaxMs) {
      throw new BrokerProtocolError(
        `the clock of the terminal is ${Math.round(skewMs / 1_000)} s off ours, at most ${Math.round(skewMaxMs / 1_000)} s are allowed; set the host's clock`,
      );
    }
    if (this.#segments.length === 0) {
      this.#segments = [{ fromServerMs: -Infinity, offsetMs }];
    } else if (offsetMs !== offsetOf(this.#segments.at(-1))) {
      const fromServerMs = Math.floor(tick / hourMs) * hourMs; // Clocks change on the hour.
      this.#segments = [...this.#segments, { fromServerMs, offsetMs }].slice(-segmentsMax);
    }
  }

  /** Server time minus ours and minus summer time: the offset, plus the age of the tick. */
  #residual(tick: number): number {
    const now = this.#options.clock.now();
    return tick - now - summerTimeMs(this.#options.daylightSaving, now);
  }

  async #tick(signal: AbortSignal): Promise<number> {
    const tick = await this.#options.newestTick(signal);
    this.#lastTick = tick;
    this.observe(tick);
    return tick;
  }

  /** `shifted` is UTC plus summer time. In the hour that occurs twice, the first of the two is meant. */
  #withoutSummer(shifted: number): number {
    const rule = this.#options.daylightSaving;
    const asSummer = shifted - hourMs;
    return summerTimeMs(rule, asSummer) > 0 ? asSummer : shifted;
  }
}

function offsetOf(segment: Segment | undefined): number {
  return segment?.offsetMs ?? 0;
}

function unavailable(cause: unknown): never {
  throw new BrokerUnavailableError('stopped while the clock of the terminal was measured', {
    cause,
  });
}

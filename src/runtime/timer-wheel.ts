import { AsyncResource } from 'node:async_hooks';
import { assert } from '../domain/assert.ts';
import type { Clock } from './clock.ts';

/** Each level has 64 slots, and a slot of one is as wide as the whole level below. The lowest counts milliseconds. */
const slotsPerLevel = 64;
/** Seven levels reach 139 years: everything that is finite has a slot. */
const levels = 7;
const widths = Array.from({ length: levels + 1 }, (_, level) => slotsPerLevel ** level);
const reachMs = widths[levels] as number;
/** What a timer of Node takes at most. One that is armed for later looks on the way. */
const farthestMs = 2 ** 31 - 1;
/** The level of a timer whose turn it is. */
const dueLevel = levels;

/** Something that a wheel rings once. Its links are the wheel's: it is set in one wheel at a time. */
export abstract class WheelTimer {
  next: WheelTimer = this;
  previous: WheelTimer = this;
  tick = 0;
  level = 0;

  /** Its time has come. */
  abstract ring(): void;
}

class Task extends WheelTimer {
  readonly #task: () => void;

  constructor(task: () => void) {
    super();
    this.#task = task;
  }

  override ring(): void {
    this.#task();
  }
}

/** The beginning and end of those that share a slot. */
class Head extends WheelTimer {
  override ring(): void {
    assert(false, 'the head of a slot is no timer');
  }
}

/**
 * All timers of a thread on one timer of a clock (Varghese and Lauck, hierarchical timing wheels). To set and to cancel takes
 * constant time. A timer never runs early, and at most a millisecond later than the clock lets it; those of one millisecond run in
 * the order in which they were set, one after the other, with no promise in between. One that throws fails as a timer of the clock
 * does, and the rest run all the same.
 */
export class TimerWheel implements Clock {
  readonly #clock: Clock;
  /** What `tick` 0 is, on `Clock.elapsed`. */
  readonly #startMs: number;
  readonly #slots: readonly WheelTimer[];
  readonly #due = new Head();
  /** Timers by level; those whose turn it is are the last. */
  readonly #counts = new Array<number>(levels + 1).fill(0);
  #size = 0;
  /** Everything up to this tick has run. */
  #position = 0;
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: () => void = () => {};
  #isRunning = false;
  /** Whoever happens to set the next timer is not who runs all others. */
  readonly #nobody = new AsyncResource('TimerWheel');

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = Math.floor(clock.elapsed());
    this.#slots = Array.from({ length: levels * slotsPerLevel }, () => new Head());
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = new Task(task);
    this.set(delayMs, timer);
    return () => this.cancel(timer);
  }

  /** As `after`, for a timer that is something else as well. It must not be set already. */
  set(delayMs: number, timer: WheelTimer): void {
    const atMs = this.#clock.elapsed() - this.#startMs;
    if (this.#size === 0 && !this.#isRunning) this.#position = Math.floor(atMs);
    const dueMs = atMs + Math.max(0, delayMs);
    assert(dueMs < reachMs, `a timer is at most 139 years away, was set for ${delayMs} ms`);
    timer.tick = Math.max(Math.ceil(dueMs), this.#position + 1);
    this.#size += 1;
    this.#place(timer);
    if (timer.tick < this.#armedFor && !this.#isRunning) this.#arm(timer.tick);
  }

  /** It will not run. Nothing happens when it has, or was cancelled before. */
  cancel(timer: WheelTimer): void {
    if (timer.next === timer) return;
    this.#remove(timer);
    if (this.#size === 0 && !this.#isRunning) this.#rest();
  }

  /** Timers that have neither run nor been cancelled. */
  get size(): number {
    return this.#size;
  }

  /** Into the slot of its tick, on the lowest level on which that lies ahead in the same turn of the wheel. */
  #place(timer: WheelTimer): void {
    const { tick } = timer;
    let level = 0;
    while (turnOf(tick, level) !== turnOf(this.#position, level)) level += 1;
    this.#append(
      timer,
      this.#slots[level * slotsPerLevel + slotOf(tick, level)] as WheelTimer,
      level,
    );
  }

  #append(timer: WheelTimer, ring: WheelTimer, level: number): void {
    timer.level = level;
    timer.next = ring;
    timer.previous = ring.previous;
    ring.previous.next = timer;
    ring.previous = timer;
    this.#counts[level] = (this.#counts[level] as number) + 1;
  }

  #remove(timer: WheelTimer): void {
    this.#unlink(timer);
    this.#size -= 1;
  }

  #unlink(timer: WheelTimer): void {
    timer.previous.next = timer.next;
    timer.next.previous = timer.previous;
    timer.next = timer;
    timer.previous = timer;
    this.#counts[timer.level] = (this.#counts[timer.level] as number) - 1;
  }

  #wake(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#isRunning = true;
    try {
      this.#runUntil(Math.floor(this.#clock.elapsed() - this.#startMs));
    } finally {
      this.#isRunning = false;
      this.#armForNext();
    }
  }

  #runUntil(now: number): void {
    for (;;) {
      this.#runDue();
      const start = this.#nextSlot();
      if (start > now) break;
      this.#enter(start);
    }
    this.#position = Math.max(this.#position, now);
  }

  #runDue(): void {
    const ring = this.#due;
    for (let timer = ring.next; timer !== ring; timer = ring.next) {
      this.#remove(timer);
      timer.ring();
    }
  }

  /** Time has come to a slot: those of its first moment are due, the others go one level down or more. */
  #enter(start: number): void {
    const level = this.#lowestLevel();
    const ring = this.#slots[level * slotsPerLevel + slotOf(start, level)] as WheelTimer;
    this.#position = start;
    for (let timer = ring.next; timer !== ring; timer = ring.next) {
      this.#unlink(timer);
      if (timer.tick === start) this.#append(timer, this.#due, dueLevel);
      else this.#place(timer);
    }
  }

  /** The first tick of the next slot that holds somebody; Infinity when none does. */
  #nextSlot(): number {
    const level = this.#lowestLevel();
    if (level === levels) return Number.POSITIVE_INFINITY;
    const width = widths[level] as number;
    const turn = turnOf(this.#position, level) * (widths[level + 1] as number);
    for (let slot = slotOf(this.#position, level) + 1; slot < slotsPerLevel; slot += 1) {
      const ring = this.#slots[level * slotsPerLevel + slot] as WheelTimer;
      if (ring.next !== ring) return turn + slot * width;
    }
    assert(false, `level ${level} of a timer wheel counts timers that are in none of its slots`);
  }

  /** What waits on a lower level is sooner. */
  #lowestLevel(): number {
    let level = 0;
    while (level < levels && this.#counts[level] === 0) level += 1;
    return level;
  }

  #armForNext(): void {
    if (this.#size === 0) this.#rest();
    else this.#arm(this.#counts[dueLevel] === 0 ? this.#nextSlot() : this.#position);
  }

  #arm(tick: number): void {
    this.#disarm();
    this.#armedFor = tick;
    const leftMs = this.#startMs + tick - this.#clock.elapsed();
    const delayMs = Math.min(farthestMs, Math.max(0, leftMs));
    this.#disarm = this.#nobody.runInAsyncScope(() =>
      this.#clock.after(delayMs, () => this.#wake()),
    );
  }

  #rest(): void {
    this.#disarm();
    this.#disarm = () => {};
    this.#armedFor = Number.POSITIVE_INFINITY;
  }
}

function slotOf(tick: number, level: number): number {
  return Math.floor(tick / (widths[level] as number)) % slotsPerLevel;
}

/** Which turn of this level a tick lies in. */
function turnOf(tick: number, level: number): number {
  return Math.floor(tick / (widths[level + 1] as number));
}

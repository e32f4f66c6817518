import type { Clock } from '../runtime/clock.ts';

type Tries = { count: number; readonly since: number };

/**
 * Counts wrong tokens per address. After `triesMax` of them within `windowMs`, the address is refused until the window
 * of its first one is over. Remembers at most `addressesMax` addresses, the oldest goes first.
 */
export class LoginLimiter {
  readonly #tries = new Map<string, Tries>();
  readonly #clock: Clock;
  readonly #triesMax: number;
  readonly #windowMs: number;
  readonly #addressesMax: number;

  constructor(options: { clock: Clock; triesMax: number; windowMs: number; addressesMax: number }) {
    this.#clock = options.clock;
    this.#triesMax = options.triesMax;
    this.#windowMs = options.windowMs;
    this.#addressesMax = options.addressesMax;
  }

  /** Milliseconds until the address may try again; 0 when it may now. */
  blockedMs(address: string): number {
    const tries = this.#fresh(address);
    if (tries === undefined || tries.count < this.#triesMax) return 0;
    return tries.since + this.#windowMs - this.#clock.elapsed();
  }

  failed(address: string): void {
    const tries = this.#fresh(address);
    if (tries !== undefined) {
      tries.count += 1;
      return;
    }
    this.#forgetOldest();
    this.#tries.set(address, { count: 1, since: this.#clock.elapsed() });
  }

  #fresh(address: string): Tries | undefined {
    const tries = this.#tries.get(address);
    if (tries === undefined || this.#clock.elapsed() - tries.since < this.#windowMs) return tries;
    this.#tries.delete(address);
    return undefined;
  }

  #forgetOldest(): void {
    if (this.#tries.size < this.#addressesMax) return;
    const [oldest] = this.#tries.keys();
    if (oldest !== undefined) this.#tries.delete(oldest);
  }
}

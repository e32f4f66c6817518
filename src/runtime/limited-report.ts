import type { Clock } from './clock.ts';

type LimitedReportOptions<Fact> = {
  /** So many facts are told within one window. */
  readonly toldMax: number;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly tell: (fact: Fact) => void;
  /** How many were kept back, when a window is over that had too many. */
  readonly tellKeptBack: (count: number) => void;
};

/** Tells facts as they come, but no flood of them: what is too much in a window is only counted. */
export class LimitedReport<Fact> {
  readonly #options: LimitedReportOptions<Fact>;
  #told = 0;
  #keptBack = 0;
  #cancel: (() => void) | undefined;

  constructor(options: LimitedReportOptions<Fact>) {
    this.#options = options;
  }

  readonly report = (fact: Fact): void => {
    const { toldMax, windowMs, clock, tell } = this.#options;
    this.#cancel ??= clock.after(windowMs, () => this.#windowOver());
    if (this.#told >= toldMax) {
      this.#keptBack += 1;
      return;
    }
    this.#told += 1;
    tell(fact);
  };

  /** Ends the window that runs. */
  close(): void {
    this.#cancel?.();
    if (this.#cancel) this.#windowOver();
  }

  #windowOver(): void {
    const keptBack = this.#keptBack;
    this.#cancel = undefined;
    this.#told = 0;
    this.#keptBack = 0;
    if (keptBack > 0) this.#options.tellKeptBack(keptBack);
  }
}

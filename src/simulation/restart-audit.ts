import type { ReportViolation } from './account-audit.ts';

/**
 * An actor has a budget in each life of its thread, and the thread has one of its own: 5 restarts and 10, and each time
 * the one that is too many.
 */
const restartsMax = 6 * 11;
const windowMs = 60_000;

/** Holds one engine to its restart intensity. */
export class RestartAudit {
  readonly #report: ReportViolation;
  readonly #restarts = new Map<string, readonly number[]>();

  constructor(report: ReportViolation) {
    this.#report = report;
  }

  restarts(actor: string, at: number): void {
    const former = this.#restarts.get(actor) ?? [];
    const recent = [...former.filter((each) => each > at - windowMs), at];
    this.#restarts.set(actor, recent);
    if (recent.length <= restartsMax) return;
    const detail = `${actor}: ${recent.length} times in ${windowMs / 1_000} s`;
    this.#report({ rule: 'it was restarted too often', account: '', detail });
  }
}

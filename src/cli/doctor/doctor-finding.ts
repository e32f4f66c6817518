/** What a person should know before going live: `warn` works, `fail` does not, or puts money at risk. */
export type DoctorFinding = {
  /** What was looked at: host, configuration, models, a terminal, an account. */
  readonly area: string;
  readonly check: string;
  readonly verdict: 'pass' | 'warn' | 'fail';
  readonly found: string;
  /** The next step, wherever it did not pass. */
  readonly next?: string;
};

type Judged = Pick<DoctorFinding, 'verdict' | 'found' | 'next'>;

export const pass = (found: string): Judged => ({ verdict: 'pass', found });

export const warn = (found: string, next: string): Judged => ({ verdict: 'warn', found, next });

export const fail = (found: string, next: string): Judged => ({ verdict: 'fail', found, next });

/** Findings of one area. */
export function about(area: string) {
  return (check: string, judged: Judged): DoctorFinding => ({ area, check, ...judged });
}

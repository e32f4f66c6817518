/** `warn`: it trades, and a person should know. `fail`: money would be at risk, or every order be refused. */
export type AuditVerdict = 'pass' | 'warn' | 'fail';

/** One check of an audit: what the broker says beside what is expected. */
export type AuditRow = {
  readonly check: string;
  /** The logical name, for a check of one symbol. */
  readonly symbol?: string;
  readonly verdict: AuditVerdict;
  readonly observed: string;
  readonly reference: string;
  /** What to do about it, where it did not pass. */
  readonly next?: string;
};

export type Finding = Omit<AuditRow, 'symbol' | 'check'>;

export const passed = (observed: string, reference: string): Finding => ({
  ...{ verdict: 'pass', observed, reference },
});

export const warned = (observed: string, reference: string, next: string): Finding => ({
  ...{ verdict: 'warn', observed, reference, next },
});

export const failed = (observed: string, reference: string, next: string): Finding => ({
  ...{ verdict: 'fail', observed, reference, next },
});

/** The worst of all rows. */
export function verdictOf(rows: readonly AuditRow[]): AuditVerdict {
  if (rows.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return rows.some(({ verdict }) => verdict === 'warn') ? 'warn' : 'pass';
}

/** At most six digits that count: 0.01, 15.3, 100000. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}

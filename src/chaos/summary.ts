import type { ChaosReport, TroubleTally } from './chaos-run.ts';

/** A report for people: what was done, what it cost, and a verdict per invariant. */
export function summaryLines(report: ChaosReport): readonly string[] {
  const { rounds, engineStarts, bars, decisions, orders, denials, facts, rssMaxMb, verdicts } =
    report;
  return [
    '',
    ...table([
      ['trouble', 'times', 'refused', 'back p50 s', 'back max s'],
      ...Object.entries(report.troubles)
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([kind, tally]) => [kind, ...tallyCells(tally)]),
    ]),
    '',
    ...table([
      ['invariant', 'checks', 'violations', 'verdict'],
      ...verdicts.map(({ invariant, checks, violations }) => [
        invariant,
        `${checks}`,
        `${violations.length}`,
        verdictOf(checks, violations.length),
      ]),
    ]),
    '',
    `${rounds} rounds, ${engineStarts} engine starts, ${bars} bars, ${decisions} decisions held against the brokers, ` +
      `${orders} orders, ${denials} signals denied, ${facts} facts, engine at most ${rssMaxMb.toFixed(0)} MB`,
    ...closing(report),
  ];
}

function closing({ violations, kept, seed }: ChaosReport): readonly string[] {
  if (violations === 0) return [`sound: nothing was violated (seed ${seed})`];
  return [
    `NOT SOUND: ${violations} violations (seed ${seed})`,
    `kept: ${kept} (configuration, journals and the brokers' books of each round)`,
  ];
}

function verdictOf(checks: number, violations: number): string {
  if (violations > 0) return 'VIOLATED';
  return checks === 0 ? 'not checked' : 'holds';
}

function tallyCells({ times, refused, backMs }: TroubleTally): readonly string[] {
  const sorted = backMs.toSorted((one, other) => one - other);
  const seconds = (ms: number | undefined) => (ms === undefined ? '' : (ms / 1_000).toFixed(1));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  return [`${times}`, `${refused}`, seconds(middle), seconds(sorted.at(-1))];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

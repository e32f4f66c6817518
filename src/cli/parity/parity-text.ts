import { kinds, type Value } from '../../backtest/parity/statements.ts';
import { leftTable, table } from '../table.ts';
import type { ParityReport } from './parity-report.ts';

/** How much was the same, then each difference with both numbers and its cause. */
export function parityLines(report: ParityReport): readonly string[] {
  const { account, day, series, bars, equal, differences, unexplained } = report;
  const rows = kinds.flatMap((kind) => {
    const count = equal[kind];
    return count ? [[kind, String(count.equal), String(count.of)]] : [];
  });
  return [
    `${account}, ${day} UTC: ${bars} bars of ${series}`,
    '',
    ...table([['what', 'equal', 'of'], ...rows]),
    '',
    ...(differences.length === 0
      ? ['The backtester says the same.']
      : [
          ...leftTable([
            ['bar', 'what', 'of', 'engine', 'backtester', 'cause'],
            ...differences.map(rowOf),
          ]),
          '',
          `${differences.length} differences, ${differences.length - unexplained} explained`,
        ]),
  ];
}

function rowOf({
  bar,
  kind,
  name,
  subject,
  live,
  tested,
  cause,
}: ParityReport['differences'][number]) {
  const what = name === 'all' ? kind : `${kind} ${name}`;
  const because = cause ? `${cause.type}: ${cause.text}` : 'UNEXPLAINED';
  return [bar.slice(11, 16), what, subject, valueText(live), valueText(tested), because];
}

function valueText(value: Value): string {
  return value === undefined ? '-' : String(value);
}

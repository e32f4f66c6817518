/** A sweep as a person reads it in a terminal. */

import { tradesMin } from '../backtest/metrics/score.ts';
import { changeText, groupedText, percentText } from '../backtest/report/figure-text.ts';
import { changeColumns, type SweepReport } from '../backtest/sweep/sweep-report.ts';
import type { SweepRow } from '../backtest/sweep/sweep-rows.ts';
import { judgedFigures } from '../backtest/sweep/worse-column.ts';
import { momentText } from '../protocol/amount-text.ts';
import { table } from './table.ts';

const rowsShown = 10;

/** @param best the arguments that make `novosky backtest` play the best set, but for its period */
export function sweepLines(report: SweepReport, best: string): readonly string[] {
  const { symbol, target, fromMs, toMs, holdoutMs, bars, barsWithDetail } = report;
  const { rows, tried, baseKey } = report;
  const shown = rows.filter(({ rank, key }) => rank <= rowsShown || key === baseKey);
  const keys = changeColumns(report).map(({ head }) => head);
  const heads = ['rank', 'Score', '%', 'trades', 'WR', 'PF', 'MaxDD', 'return', 'DSR', ...keys];
  const finer = barsWithDetail === 0 ? '' : ` (${groupedText(barsWithDetail, 0)} in finer ones)`;
  const period = `${momentText(fromMs)} to ${momentText(toMs)}, ${groupedText(bars, 0)} bars${finer}`;
  return [
    `${symbol} ${target} sweep · ${period} · ${groupedText(rows.length, 0)} sets`,
    ...(target === 'regime'
      ? ['(one weight changed at a time: keep the best, and sweep again)']
      : []),
    '',
    ...table([heads, ...shown.map((row) => cells(row, report))]),
    '',
    'Each set by the order of prices inside a bar that came out worse for it.',
    ...warnings(report),
    `The best of ${groupedText(tried, 0)} is lucky, too. From ${momentText(holdoutMs)} on nothing was looked at: judge one set there, once:`,
    `  novosky backtest ${best} --from ${new Date(holdoutMs).toISOString()} --trials ${tried}`,
  ];
}

function warnings({ rows }: SweepReport): readonly string[] {
  const trades = rows[0] ? judgedFigures(rows[0].result).trades : 0;
  return trades < tradesMin ? [`! no set has the ${tradesMin} trades that a Score needs`] : [];
}

function cells(row: SweepRow, report: SweepReport): readonly string[] {
  const { rank, key, override, deflatedSharpe } = row;
  const { scoreWeekly, scorePercent, trades, winRate, profitFactor, drawdownMax, totalReturn } =
    judgedFigures(row.result);
  const share = (value: number | undefined) => (value === undefined ? '–' : percentText(value));
  return [
    key === report.baseKey ? `${rank}*` : String(rank),
    groupedText(scoreWeekly, 2),
    groupedText(scorePercent, 2),
    groupedText(trades, 0),
    share(winRate),
    profitFactor === undefined ? '–' : groupedText(profitFactor, 2),
    percentText(drawdownMax),
    changeText(totalReturn),
    share(deflatedSharpe),
    ...changeColumns(report).map(({ short }) => short(override)),
  ];
}

import { epochMs } from '../../domain/units.ts';
import { momentText } from '../../protocol/amount-text.ts';
import { type FigureDefinition, figureGroups } from '../metrics/figure-definitions.ts';
import type { BacktestMetrics } from '../metrics/metrics.ts';
import type { MonthFigures } from '../metrics/months.ts';
import type { Headline, PathFigures } from '../metrics/path-figures.ts';
import type { ShuffledTrades } from '../metrics/shuffled-trades.ts';
import type { SplitRow } from '../metrics/split.ts';
import type { BacktestOutcome, DecisionCounts } from '../outcome.ts';
import { changeText, figureText, groupedText, percentText, rangeText } from './figure-text.ts';
import { sparkline } from './sparkline.ts';

const lineWidth = 100;
const sparkWidth = 64;

/** What a summary leaves to the report. */
const leftOut = new Set<keyof Headline>([
  ...(['equityEnd', 'winRateLow', 'winRateHigh', 'winMean', 'lossMean', 'streakWinning'] as const),
  ...([
    'streakLosingAmount',
    'maeRMedian',
    'mfeRMedian',
    'openPositions',
    'wins',
    'losses',
  ] as const),
]);

/** A backtest at a glance, in lines for a terminal: what to beware of first, then every figure as a range. */
export function backtestSummary(
  outcome: BacktestOutcome,
  metrics: BacktestMetrics,
): readonly string[] {
  const { pessimistic, optimistic } = metrics;
  return [
    titleOf(outcome),
    ...metrics.warnings.flatMap(({ text }) => wrapped(`! ${text}`, '  ')),
    '',
    ...equityLines(outcome, pessimistic),
    '',
    ...figureLines(outcome, metrics),
    '',
    ...listed('months', monthTexts(pessimistic.months, optimistic.months)),
    ...listed('closes', splitTexts(pessimistic.byCloseType, optimistic.byCloseType)),
    ...listed('sides', splitTexts(pessimistic.bySide, optimistic.bySide)),
    ...listed('regimes', splitTexts(pessimistic.byRegime, optimistic.byRegime)),
    ...listed('sessions', splitTexts(pessimistic.bySession, optimistic.bySession)),
    ...listed(
      'decisions',
      decisionTexts(outcome.pessimistic.decisions, outcome.optimistic.decisions),
    ),
    ...shuffledLines(pessimistic, optimistic),
  ];
}

function titleOf({
  symbol,
  timeframe,
  fromMs,
  toMs,
  bars,
  barsWithDetail,
  modelHash,
  isInSample,
}: BacktestOutcome) {
  const period = `${momentText(epochMs(fromMs))} to ${momentText(epochMs(toMs))} UTC`;
  const model = modelHash === undefined ? 'no model' : `model ${modelHash.slice(0, 8)}`;
  const sample = isInSample ? 'IN-SAMPLE' : 'out of sample';
  const finer = barsWithDetail === 0 ? '' : ` (${groupedText(barsWithDetail, 0)} in finer ones)`;
  return `${symbol} ${timeframe}  ${period}, ${groupedText(bars, 0)} bars${finer}  ${model}, ${sample}`;
}

function equityLines(
  { startingBalance, currency }: BacktestOutcome,
  { days, headline }: PathFigures,
) {
  const line = sparkline([startingBalance, ...days.map(({ equity }) => equity)], sparkWidth);
  const [from, to] = [startingBalance, headline.equityEnd].map((amount) => groupedText(amount, 2));
  return [`equity  ${line}  ${from} to ${to} ${currency}`];
}

/** Both columns; where they are equal, the second says so by a sign. */
function figureLines(
  { currency }: BacktestOutcome,
  { pessimistic, optimistic, trials }: BacktestMetrics,
) {
  const rows = figureGroups.flatMap(({ title, figures }) => [
    [title, '', ''],
    ...figures
      .filter(({ key }) => !leftOut.has(key))
      .map((figure) => {
        const [low, high] = [pessimistic, optimistic].map(({ headline }) =>
          cellOf(figure, headline, currency),
        ) as [string, string];
        const of = figure.key === 'deflatedSharpe' ? ` (N = ${groupedText(trials, 0)})` : '';
        return [`  ${figure.label}${of}`, low, low === high ? '=' : high];
      }),
  ]);
  return columns([['', 'pessimistic', 'optimistic'], ...rows]);
}

function cellOf({ key, unit }: FigureDefinition, headline: Headline, currency: string): string {
  const text = figureText(headline[key], unit, currency);
  const { winRateLow, winRateHigh } = headline;
  if (key !== 'winRate' || winRateLow === undefined || winRateHigh === undefined) return text;
  return `${text} (${percentText(winRateLow, 0)} to ${percentText(winRateHigh, 0)})`;
}

/** The first column stands left, the others right. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Both paths have the same months. */
function monthTexts(
  pessimistic: readonly MonthFigures[],
  optimistic: readonly MonthFigures[],
): readonly string[] {
  return pessimistic.map(({ month, monthReturn }, index) => {
    const other = optimistic[index]?.monthReturn ?? 0;
    return `${month} ${rangeText(changeText(monthReturn), changeText(other))}`;
  });
}

function splitTexts(
  pessimistic: readonly SplitRow[],
  optimistic: readonly SplitRow[],
): readonly string[] {
  const kinds = new Set([...pessimistic, ...optimistic].map(({ kind }) => kind));
  const range = (kind: string, text: (row: SplitRow | undefined) => string) => {
    const of = (rows: readonly SplitRow[]) => text(rows.find((row) => row.kind === kind));
    return rangeText(of(pessimistic), of(optimistic));
  };
  return [...kinds].map((kind) => {
    const trades = range(kind, (row) => groupedText(row?.trades ?? 0, 0));
    const winRate = range(kind, (row) => percentText(row?.winRate ?? 0, 0));
    const profit = range(kind, (row) => groupedText(row?.profit ?? 0, 2));
    return `${kind} ${trades} (${winRate}, ${profit})`;
  });
}

function decisionTexts(pessimistic: DecisionCounts, optimistic: DecisionCounts): readonly string[] {
  const range = (low = 0, high = 0) => rangeText(groupedText(low, 0), groupedText(high, 0));
  const reasons = (name: 'held' | 'denied') => {
    const [low, high] = [pessimistic[name], optimistic[name]];
    return Object.entries({ ...high, ...low })
      .sort(([, a], [, b]) => b - a)
      .map(([reason]) => `${name} by ${reason} ${range(low[reason], high[reason])}`);
  };
  const entered = `entered ${range(pessimistic.entered, optimistic.entered)}`;
  return [entered, ...reasons('held'), ...reasons('denied')];
}

function shuffledLines(
  { shuffled }: PathFigures,
  { shuffled: other }: PathFigures,
): readonly string[] {
  if (!shuffled) return [];
  const range = (text: (of: ShuffledTrades) => string) =>
    rangeText(text(shuffled), other ? text(other) : '–');
  return listed(`shuffled`, [
    `${groupedText(shuffled.runs, 0)} runs`,
    `MaxDD ${range(({ drawdownMax }) => percentText(drawdownMax.p50))} (95 %: ${range(({ drawdownMax }) => percentText(drawdownMax.p95))})`,
    `losses in a row ${range(({ losingStreak }) => groupedText(losingStreak.p50, 0))} (95 %: ${range(({ losingStreak }) => groupedText(losingStreak.p95, 0))})`,
    `return at 5 % ${range(({ totalReturn }) => changeText(totalReturn.p5))}, at 95 % ${range(({ totalReturn }) => changeText(totalReturn.p95))}`,
    `loses in ${range(({ lossProbability }) => percentText(lossProbability))} of them`,
  ]);
}

function listed(name: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  return wrapped(`${name.padEnd(10)}${items.join(' · ')}`, ' '.repeat(10));
}

/** Lines of at most `lineWidth`, broken between words; all but the first begin with `indent`. */
function wrapped(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ (?! )/)) {
    if (line !== '' && line.length + 1 + word.length > lineWidth) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

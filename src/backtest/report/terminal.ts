import { epochMs } from '../../domain/units.ts';
import { momentText } from '../../protocol/amount-text.ts';
import { type FigureDefinition, figureGroups } from '../metrics/figure-definitions.ts';
import type { BacktestMetrics } from '../metrics/metrics.ts';
import type { Headline, PathFigures } from '../metrics/path-figures.ts';
import type { SplitRow } from '../metrics/split.ts';
import type { BacktestOutcome, DecisionCounts } from '../outcome.ts';
import { changeText, figureText, groupedText, percentText } from './figure-text.ts';
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
  const { pessimistic } = metrics;
  return [
    titleOf(outcome),
    ...metrics.warnings.flatMap(({ text }) => wrapped(`! ${text}`, '  ')),
    '',
    ...equityLines(outcome, pessimistic),
    '',
    ...figureLines(outcome, metrics),
    '',
    ...listed(
      'months',
      pessimistic.months.map(({ month, monthReturn }) => `${month} ${changeText(monthReturn)}`),
    ),
    ...listed('closes', splitTexts(pessimistic.byCloseType)),
    ...listed('sides', splitTexts(pessimistic.bySide)),
    ...listed('regimes', splitTexts(pessimistic.byRegime)),
    ...listed('sessions', splitTexts(pessimistic.bySession)),
    ...listed('decisions', decisionTexts(outcome.pessimistic.decisions)),
    ...shuffledLines(pessimistic),
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

function splitTexts(rows: readonly SplitRow[]): readonly string[] {
  return rows.map(
    ({ kind, trades, winRate = 0, profit }) =>
      `${kind} ${trades} (${percentText(winRate, 0)}, ${groupedText(profit, 2)})`,
  );
}

function decisionTexts({ entered, held, denied }: DecisionCounts): readonly string[] {
  const reasons = (name: string, counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => `${name} by ${reason} ${groupedText(count, 0)}`);
  return [
    `entered ${groupedText(entered, 0)}`,
    ...reasons('held', held),
    ...reasons('denied', denied),
  ];
}

function shuffledLines({ shuffled }: PathFigures): readonly string[] {
  if (!shuffled) return [];
  const { runs, drawdownMax, losingStreak, lossProbability, totalReturn } = shuffled;
  return listed(`shuffled`, [
    `${groupedText(runs, 0)} runs`,
    `MaxDD ${percentText(drawdownMax.p50)} (95 %: ${percentText(drawdownMax.p95)})`,
    `losses in a row ${groupedText(losingStreak.p50, 0)} (95 %: ${groupedText(losingStreak.p95, 0)})`,
    `return ${changeText(totalReturn.p5)} to ${changeText(totalReturn.p95)} (90 %)`,
    `loses in ${percentText(lossProbability)} of them`,
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

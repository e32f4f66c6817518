import type { Bar } from '../../domain/bar.ts';
import { figureGroups } from '../metrics/figure-definitions.ts';
import type { BacktestMetrics } from '../metrics/metrics.ts';
import type { Headline } from '../metrics/path-figures.ts';
import type { BacktestOutcome } from '../outcome.ts';
import { equityCharts } from './equity-charts.ts';
import { changeText, figureText, groupedText, percentText } from './figure-text.ts';
import { monthMap, rChart, toneOf } from './html-parts.ts';
import { reportStyle } from './html-style.ts';
import {
  decisionTable,
  figureTables,
  settingsTable,
  shuffledTable,
  splitTable,
  tradeTable,
} from './html-tables.ts';
import { Markup, markup } from './markup.ts';
import { priceChart } from './price-chart.ts';
import { readingData, readingScript } from './reading-script.ts';
import type { RunStamp } from './run-stamp.ts';

type HtmlReport = {
  readonly outcome: BacktestOutcome;
  readonly metrics: BacktestMetrics;
  /** Those of the period; more at its ends do no harm. */
  readonly bars: readonly Bar[];
  readonly stamp: RunStamp;
};

/**
 * A backtest as one page that needs nothing else: its policy lets it load nothing. Everything that comes from outside
 * (names, settings) is escaped.
 */
export function backtestHtml({ outcome, metrics, bars, stamp }: HtmlReport): string {
  const { symbol, timeframe } = outcome;
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${symbol} ${timeframe} backtest</title>
<style>${new Markup(reportStyle)}</style></head>
<body>${head(outcome, metrics)}
<main>${tiles(outcome, metrics)}
<section class="panel">${equityCharts(outcome)}</section>
<section class="panel">${priceChart(outcome, bars)}</section>
${sections(outcome, metrics)}</main>
<footer>Generated ${new Date(stamp.generatedAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC in ${groupedText(stamp.wallMs / 1_000, 1)} s. Amounts in ${outcome.currency}, moments in UTC.</footer>
<script type="application/json" id="readings">${new Markup(readingData(outcome, bars))}</script>
<script>${new Markup(readingScript)}</script></body></html>
`;
  return page.text;
}

function head(outcome: BacktestOutcome, { warnings }: BacktestMetrics): Markup {
  const { symbol, timeframe, fromMs, toMs, bars, barsWithDetail, isInSample, modelHash } = outcome;
  const model = modelHash === undefined ? 'No model' : `Model ${modelHash.slice(0, 12)}`;
  const trained =
    outcome.trainedUntilMs === undefined ? '' : `, trained to ${dateOf(outcome.trainedUntilMs)}`;
  const detail = `${percentText(barsWithDetail / Math.max(bars, 1), 0)} of them known in finer bars`;
  return markup`<header><h1>${symbol} ${timeframe} backtest <span class="badge ${isInSample && 'in'}">${isInSample ? 'IN-SAMPLE' : 'out of sample'}</span></h1>
<p class="about">${dateOf(fromMs)} to ${dateOf(toMs)}, ${groupedText(bars, 0)} bars, ${detail}. ${model}${trained}. Figures are those of the pessimistic order of prices inside a bar, beside them those of the optimistic one.</p>
${warnings.length > 0 && markup`<ul class="warnings" role="alert">${warnings.map(({ type, text }) => markup`<li class="${type}">${text}</li>`)}</ul>`}</header>`;
}

const tileKeys = [
  'totalReturn',
  'winRate',
  'profitFactor',
  'drawdownMax',
  'sharpe',
  'scoreWeekly',
] as const;

/** The six figures that people look for first. */
function tiles({ currency }: BacktestOutcome, metrics: BacktestMetrics): Markup {
  const definitions = figureGroups.flatMap(({ figures }) => figures);
  return markup`<dl class="tiles">${tileKeys.map((key) => {
    const { label, unit } = definitions.find((figure) => figure.key === key) ?? unknownFigure(key);
    const [low, high] = [metrics.pessimistic, metrics.optimistic].map(({ headline }) =>
      key === 'totalReturn' ? changeText(headline[key]) : figureText(headline[key], unit, currency),
    );
    const tone = key === 'totalReturn' && toneOf(metrics.pessimistic.headline[key]);
    return markup`<div><dt>${label}</dt><dd class="${tone}">${low}<small>${low === high ? 'either way' : `to ${high}`}</small><small>${besides(key, metrics)}</small></dd></div>`;
  })}</dl>`;
}

function unknownFigure(key: string): never {
  throw new Error(`no definition of ${key}`);
}

function besides(
  key: (typeof tileKeys)[number],
  { pessimistic: { headline } }: BacktestMetrics,
): string {
  switch (key) {
    case 'totalReturn':
      return `${groupedText(headline.trades, 0)} trades`;
    case 'winRate':
      return intervalText(headline);
    case 'sharpe':
      return `${groupedText(headline.sharpeDays, 0)} days`;
    default:
      return '';
  }
}

function intervalText({ winRateLow, winRateHigh }: Headline): string {
  if (winRateLow === undefined || winRateHigh === undefined) return '';
  return `95 %: ${groupedText(100 * winRateLow, 0)} to ${percentText(winRateHigh, 0)}`;
}

function sections(outcome: BacktestOutcome, metrics: BacktestMetrics): Markup {
  const { currency } = outcome;
  return markup`<section class="panel"><h2>Months</h2>${monthMap(metrics)}</section>
<div class="two"><section class="panel"><h2>Results in R</h2>${rChart(metrics)}</section>
<section class="panel"><h2>Trades in another order</h2>${shuffledTable(metrics)}</section></div>
<section class="panel"><h2>All figures</h2><p class="note">Open a name for its definition, and for what it does not say. The deflated Sharpe ratio takes it that ${metrics.trials === 1 ? 'nothing else was tried (N = 1)' : `this is the best of N = ${groupedText(metrics.trials, 0)} that were tried`}.</p><div class="groups">${figureTables(metrics, currency)}</div></section>
<div class="two"><section class="panel">${splitTable('How they closed', ({ byCloseType }) => byCloseType, metrics, currency)}</section>
<section class="panel">${splitTable('Side', ({ bySide }) => bySide, metrics, currency)}</section>
<section class="panel">${splitTable('Regime at entry', ({ byRegime }) => byRegime, metrics, currency)}</section>
<section class="panel">${splitTable('Session at entry', ({ bySession }) => bySession, metrics, currency)}</section>
<section class="panel">${decisionTable(outcome)}</section>
<section class="panel">${settingsTable(outcome)}</section></div>
<section class="panel"><details class="all"><summary>All ${groupedText(outcome.pessimistic.trades.length, 0)} trades, pessimistic</summary>${tradeTable(outcome.pessimistic.trades, currency)}</details></section>`;
}

function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

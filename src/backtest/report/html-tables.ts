import { type FigureDefinition, figureGroups } from '../metrics/figure-definitions.ts';
import type { BacktestMetrics } from '../metrics/metrics.ts';
import type { PathFigures } from '../metrics/path-figures.ts';
import type { ShuffledTrades, Spread } from '../metrics/shuffled-trades.ts';
import type { SplitRow } from '../metrics/split.ts';
import type { BacktestOutcome, BacktestTrade } from '../outcome.ts';
import { figureText, groupedText, percentText } from './figure-text.ts';
import { rangeCell, toneOf } from './html-parts.ts';
import { type Markup, markup } from './markup.ts';

/** Every figure as a range, each with its definition under its name. */
export function figureTables(metrics: BacktestMetrics, currency: string): readonly Markup[] {
  return figureGroups.map(
    ({ title, figures }) => markup`<table class="figures">
<thead><tr><th scope="col">${title}</th><th scope="col">pessimistic</th><th scope="col">optimistic</th></tr></thead>
<tbody>${figures.map((figure) => figureRow(figure, metrics, currency))}</tbody></table>`,
  );
}

function figureRow(figure: FigureDefinition, metrics: BacktestMetrics, currency: string): Markup {
  const { label, formula, limit } = figure;
  return markup`<tr><th scope="row"><details><summary>${label}</summary><p>${formula}.</p><p><em>It does not say:</em> ${limit}</p></details></th>
${figureCell(figure, metrics, 'pessimistic', currency)}${figureCell(figure, metrics, 'optimistic', currency)}</tr>`;
}

function figureCell(
  { key, unit }: FigureDefinition,
  metrics: BacktestMetrics,
  path: 'pessimistic' | 'optimistic',
  currency: string,
): Markup {
  const value = metrics[path].headline[key];
  const exact = value === undefined ? '' : String(value);
  return markup`<td><data value="${exact}" data-figure="${key}" data-path="${path}">${figureText(value, unit, currency)}</data></td>`;
}

type Split = (figures: PathFigures) => readonly SplitRow[];

/** The trades by one of their kinds, both paths in each cell. */
export function splitTable(
  title: string,
  split: Split,
  metrics: BacktestMetrics,
  currency: string,
): Markup {
  const rows = split(metrics.pessimistic);
  const others = split(metrics.optimistic);
  const kinds = [...new Set([...rows, ...others].map(({ kind }) => kind))];
  const cells = kinds.map((kind) => {
    const [low, high] = [rows, others].map((each) => each.find((row) => row.kind === kind));
    const of = (figure: 'trades' | 'winRate' | 'profitFactor' | 'expectancyR' | 'profit') =>
      [low?.[figure], high?.[figure]] as const;
    return markup`<tr><th scope="row">${kind}</th>${rangeCell(of('trades'), 'count', '')}${rangeCell(of('winRate'), 'share', '')}${rangeCell(of('profitFactor'), 'ratio', '')}${rangeCell(of('expectancyR'), 'ratio', '')}${rangeCell(of('profit'), 'money', '')}</tr>`;
  });
  return markup`<div class="wide"><table><thead><tr><th scope="col">${title}</th><th scope="col">trades</th><th scope="col">WR</th><th scope="col">PF</th><th scope="col">R</th><th scope="col">${currency}</th></tr></thead><tbody>${cells}</tbody></table></div>`;
}

export function shuffledTable({ pessimistic, optimistic }: BacktestMetrics): Markup {
  const [low, high] = [pessimistic.shuffled, optimistic.shuffled];
  if (!low) return markup`<p class="note">Fewer than two trades: there is no other order.</p>`;
  const spread = (label: string, of: (each: ShuffledTrades) => Spread, unit: 'share' | 'count') => {
    const cell = (part: keyof Spread) =>
      rangeCell([of(low)[part], high && of(high)[part]], unit, '');
    return markup`<tr><th scope="row">${label}</th>${cell('p5')}${cell('p50')}${cell('p95')}</tr>`;
  };
  return markup`<table class="shuffled"><thead><tr><th scope="col">at or below, in share of runs</th><th scope="col">5 %</th><th scope="col">half</th><th scope="col">95 %</th></tr></thead>
<tbody>${spread('Max drawdown, other order', ({ drawdownMax }) => drawdownMax, 'share')}${spread('Losses in a row, other order', ({ losingStreak }) => losingStreak, 'count')}${spread('Return, trades drawn anew', ({ totalReturn }) => totalReturn, 'share')}</tbody></table>
<p class="note">${groupedText(low.runs, 0)} runs, seed ${low.seed}. In ${percentText(low.quarterLost)} of the orders a quarter of the highest balance was gone at some time, in ${percentText(low.halfLost)} a half; as many trades drawn anew lose money in ${percentText(low.lossProbability)} of the runs. Falls are those between closes, and trades are taken as independent: real markets are worse.</p>`;
}

export function decisionTable({ pessimistic, optimistic, bars }: BacktestOutcome): Markup {
  const [low, high] = [pessimistic.decisions, optimistic.decisions];
  const row = (name: string, counts: readonly [number, number]) => {
    const shares = counts.map((count) => count / Math.max(bars, 1)) as [number, number];
    return markup`<tr><th scope="row">${name}</th>${rangeCell(counts, 'count', '')}${rangeCell(shares, 'share', '')}</tr>`;
  };
  const reasons = (name: 'held' | 'denied') =>
    Object.entries({ ...high[name], ...low[name] })
      .sort(([, a], [, b]) => b - a)
      .map(([reason]) =>
        row(`${name} by ${reason}`, [low[name][reason] ?? 0, high[name][reason] ?? 0]),
      );
  return markup`<div class="wide"><table><thead><tr><th scope="col">Decision</th><th scope="col">bars</th><th scope="col">share</th></tr></thead><tbody>${row('entered', [low.entered, high.entered])}${reasons('held')}${reasons('denied')}</tbody></table></div>`;
}

export function settingsTable({ settings }: BacktestOutcome): Markup {
  const rows = Object.entries(settings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${String(value)}</td></tr>`);
  return markup`<table class="settings"><thead><tr><th scope="col">Setting</th><th scope="col">value</th></tr></thead><tbody>${rows}</tbody></table>`;
}

export function tradeTable(trades: readonly BacktestTrade[], currency: string): Markup {
  const heads = `opened|side|lots|entry|closed|exit|close|R|profit, ${currency}`.split('|');
  return markup`<div class="wide"><table class="trades"><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead><tbody>${trades.map(tradeRow)}</tbody></table></div>`;
}

function tradeRow(trade: BacktestTrade): Markup {
  const { side, lots, entryPrice, exitPrice, closeType, closeDetail, rMultiple, profit } = trade;
  const close = closeDetail === undefined ? closeType : `${closeType} (${closeDetail})`;
  return markup`<tr><td>${moment(trade.openedAtMs)}</td><td>${side}</td><td>${lots}</td><td>${entryPrice}</td><td>${moment(trade.closedAtMs)}</td><td>${exitPrice}</td><td>${close}${trade.dependsOnPath && markup` <abbr title="Ends otherwise under the other order inside the bar">±</abbr>`}</td><td>${groupedText(rMultiple, 2)}</td><td class="${toneOf(profit)}">${groupedText(profit, 2)}</td></tr>`;
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

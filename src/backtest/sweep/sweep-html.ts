import { tradesMin } from '../metrics/score.ts';
import { changeText, groupedText, percentText } from '../report/figure-text.ts';
import { toneOf } from '../report/html-parts.ts';
import { reportStyle } from '../report/html-style.ts';
import { Markup, markup } from '../report/markup.ts';
import type { RunStamp } from '../report/run-stamp.ts';
import type { HeatMap } from './heat-map.ts';
import type { Surface } from './surface.ts';
import {
  changeColumns,
  keyName,
  overrideArguments,
  type SweepReport,
  valueText,
} from './sweep-report.ts';
import type { SweepRow } from './sweep-rows.ts';
import { judgedFigures } from './worse-column.ts';

/** Rows beyond are in the database: a page of more cannot be read on a phone. */
const rowsMax = 300;
/** Columns of the surface: more are thinned out. */
const columnsMax = 60;

const style = `
.heat td, .heat th { text-align: center; white-space: nowrap; padding: 5px 4px; }
.heat td { background: color-mix(in srgb, var(--main) calc(var(--heat) * 0.6), var(--panel)); }
.heat th:first-child { text-align: left; }
.wide + .note { margin-top: 8px; }
.heat td.none { background: none; color: var(--muted); }
.heat td.gain { background: color-mix(in srgb, var(--gain) calc(var(--heat) * 0.5), var(--panel)); color: inherit; }
.heat td.loss { background: color-mix(in srgb, var(--loss) calc(var(--heat) * 0.5), var(--panel)); color: inherit; }
.heat .turned { writing-mode: vertical-rl; padding: 4px 0; }
.sets tr.base td { font-weight: 650; }
code { overflow-wrap: anywhere; font-size: 12.5px; }
`;

/** A sweep as one page that needs nothing else; its policy lets it load nothing. */
export function sweepHtml(report: SweepReport, stamp: RunStamp): string {
  const { symbol, target, heat, surface } = report;
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${symbol} ${target} sweep</title>
<style>${new Markup(reportStyle)}${new Markup(style)}</style></head>
<body>${head(report)}
<main>${surface && markup`<section class="panel"><h2>Return of 90 days, by least confidence and last day</h2>${surfaceTable(surface)}</section>`}
${heat && !surface && markup`<section class="panel"><h2>Score by ${keyName(heat.rowKey)}${heat.columnKey !== undefined && markup` and ${keyName(heat.columnKey)}`}</h2>${heatTable(heat)}</section>`}
<section class="panel"><h2>Sets</h2>${setTable(report)}</section></main>
<footer>Generated ${minuteOf(stamp.generatedAtMs)} UTC in ${groupedText(stamp.wallMs / 1_000, 1)} s. Moments in UTC.</footer></body></html>
`.text;
}

function head(report: SweepReport): Markup {
  const { symbol, target, fromMs, toMs, holdoutMs, bars, barsWithDetail, tried, rows } = report;
  const account = report.settings['account'] ?? '';
  const [best] = rows;
  return markup`<header><h1>${symbol} ${target} sweep</h1>
<p class="about">Account ${String(account)}, ${groupedText(bars, 0)} bars decided${barsWithDetail > 0 && ` (${groupedText(barsWithDetail, 0)} known in finer bars)`}, ${minuteOf(fromMs)} to ${minuteOf(toMs)}: the first 70 % of those after the training data. Figures of a set are those of the order of prices inside a bar that came out worse for it.</p>
<ul class="warnings" role="alert">
<li>The best of ${groupedText(tried, 0)} sets is lucky, too${best?.deflatedSharpe !== undefined && markup`: the chance that its true Sharpe ratio is above what the best of so many worthless ones would show is ${percentText(best.deflatedSharpe)}`}. Nothing from ${minuteOf(holdoutMs)} on was looked at: judge the set that you choose there, once.</li>
${best !== undefined && judgedFigures(best.result).trades < tradesMin && markup`<li class="too-few-trades">No set has the ${tradesMin} trades that a Score needs.</li>`}
${target === 'regime' && markup`<li>Each set changes one weight of one model in one regime. The values are ours, for want of published ones. Keep the best, and sweep again with it.</li>`}</ul></header>`;
}

function heatTable({ rows, columns, columnKey, scores, rowKey }: HeatMap): Markup {
  const found = scores.flat().filter((score) => score !== undefined);
  const [least, most] = [Math.min(...found), Math.max(...found)];
  const heatOf = (score: number) =>
    most > least ? Math.round((100 * (score - least)) / (most - least)) : 50;
  const cell = (score: number | undefined) =>
    score === undefined
      ? markup`<td class="none">–</td>`
      : markup`<td style="--heat:${heatOf(score)}%">${groupedText(score, 2)}</td>`;
  const heads = columnKey === undefined ? ['Score'] : columns.map(valueText);
  return markup`<div class="wide"><table class="heat"><thead><tr><th scope="col">${keyName(rowKey)}</th>${heads.map((each) => markup`<th scope="col">${each}</th>`)}</tr></thead>
<tbody>${rows.map((value, index) => markup`<tr><th scope="row">${valueText(value)}</th>${(scores[index] ?? []).map(cell)}</tr>`)}</tbody></table></div>
<p class="note">Each cell is the best of the sets with these values; the two keys are those that move the mean Score most.</p>`;
}

function surfaceTable({ thresholds, days, returns }: Surface): Markup {
  const step = Math.ceil(days.length / columnsMax);
  const shown = days.map((_, index) => index).filter((index) => index % step === 0);
  const most = Math.max(1e-9, ...returns.flat().map(Math.abs));
  const cell = (value: number, day: string) =>
    markup`<td class="${toneOf(value)}" style="--heat:${Math.round((100 * Math.abs(value)) / most)}%" title="${day}: ${changeText(value)}"></td>`;
  return markup`<div class="wide"><table class="heat"><thead><tr><th scope="col">min_confidence</th>${shown.map((index) => markup`<th scope="col" class="turned">${days[index]?.slice(5)}</th>`)}<th scope="col">last</th></tr></thead>
<tbody>${thresholds.map((threshold, row) => markup`<tr><th scope="row">${valueText(threshold)}</th>${shown.map((index) => cell(returns[row]?.[index] ?? 0, days[index] ?? ''))}<td class="none">${changeText(returns[row]?.at(-1) ?? 0)}</td></tr>`)}</tbody></table></div>
<p class="note">The full colour is ${percentText(most)}. Neighbouring windows share all but a day.</p>`;
}

function setTable(report: SweepReport): Markup {
  const { rows } = report;
  const heads = [
    '',
    'Score',
    ...changeColumns(report).map(({ head: each }) => each),
    ...'%|trades|WR|PF|MaxDD|return|DSR'.split('|'),
  ];
  const more = rows.length - rowsMax;
  return markup`<div class="wide"><table class="trades sets"><thead><tr>${heads.map((each) => markup`<th scope="col">${each}</th>`)}</tr></thead>
<tbody>${rows.slice(0, rowsMax).map((row) => setRow(row, report))}</tbody></table></div>
<p class="note">${more > 0 && markup`${groupedText(more, 0)} more are in the database. `}Bold is the configuration as it stands. Score is WR × PF × (1 + return) / √MaxDD, % is WR × PF / √MaxDD in percent: the scale of the product’s sweeps. DSR: the deflated Sharpe ratio.</p>
${rows[0] !== undefined && markup`<p class="note">The best set: <code>${overrideArguments(rows[0].override) || 'as configured'}</code></p>`}`;
}

function setRow(
  { rank, key, override, result, deflatedSharpe }: SweepRow,
  report: SweepReport,
): Markup {
  const { scoreWeekly, scorePercent, trades, winRate, profitFactor, drawdownMax, totalReturn } =
    judgedFigures(result);
  const values = changeColumns(report).map(
    ({ short, exact }) => markup`<td title="${exact(override)}">${short(override)}</td>`,
  );
  const share = (value: number | undefined) => (value === undefined ? '–' : percentText(value));
  return markup`<tr class="${key === report.baseKey && 'base'}"><td>${rank}</td><td>${groupedText(scoreWeekly, 2)}</td>${values}<td>${groupedText(scorePercent, 2)}</td><td>${groupedText(trades, 0)}</td><td>${share(winRate)}</td><td>${profitFactor === undefined ? '–' : groupedText(profitFactor, 2)}</td><td>${percentText(drawdownMax)}</td><td class="${toneOf(totalReturn)}">${changeText(totalReturn)}</td><td>${share(deflatedSharpe)}</td></tr>`;
}

function minuteOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

import type { FigureUnit } from '../metrics/figure-definitions.ts';
import type { MonthFigures } from '../metrics/months.ts';
import type { RDistribution } from '../metrics/r-histogram.ts';
import { changeText, figureText, groupedText } from './figure-text.ts';
import { type Markup, markup } from './markup.ts';

/** One figure of both paths, in a table: the second only where it differs. */
export function rangeCell(
  [pessimistic, optimistic]: readonly [number | undefined, number | undefined],
  unit: FigureUnit,
  currency: string,
): Markup {
  const [low, high] = [pessimistic, optimistic].map((value) => figureText(value, unit, currency));
  return markup`<td>${low}${low !== high && markup` <small><i>to </i>${high}</small>`}</td>`;
}

const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
/** A month of this much, up or down, has the full colour. */
const fullMonth = 0.1;

/** A row for each year, a cell for each month: what it earned, and how strong its colour is. */
export function monthMap(months: readonly MonthFigures[]): Markup {
  const years = [...new Set(months.map(({ month }) => month.slice(0, 4)))];
  return markup`<div class="months">${years.map((year) => yearOf(year, months))}</div>`;
}

function yearOf(year: string, months: readonly MonthFigures[]): Markup {
  const ofYear = monthNames.map((name, index) => ({
    name,
    figures: months.find(({ month }) => month === `${year}-${String(index + 1).padStart(2, '0')}`),
  }));
  const whole = ofYear.reduce(
    (product, { figures }) => product * (1 + (figures?.monthReturn ?? 0)),
    1,
  );
  return markup`<section><h3>${year} <span class="${toneOf(whole - 1)}">${changeText(whole - 1)}</span></h3>
<ol>${ofYear.map(({ name, figures }) => monthCell(name, figures))}</ol></section>`;
}

function monthCell(name: string, figures: MonthFigures | undefined): Markup {
  if (!figures) return markup`<li class="none"><b>${name}</b><span>–</span></li>`;
  const { monthReturn, trades } = figures;
  const heat = Math.round(100 * Math.min(1, Math.abs(monthReturn) / fullMonth));
  return markup`<li class="${toneOf(monthReturn)}" style="--heat:${heat}%"><b>${name}</b><span>${changeText(monthReturn)}</span><small>${trades} tr.</small></li>`;
}

export function toneOf(value: number): string {
  if (value === 0) return 'even';
  return value > 0 ? 'gain' : 'loss';
}

/** How often each quarter of an R came out. */
export function rChart({ bins, quantiles }: RDistribution): Markup {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const bars = bins.map(({ from, to, count }) => {
    const range =
      from === undefined
        ? `under ${to} R`
        : to === undefined
          ? `${from} R and more`
          : `${from} to ${to} R`;
    const tone = (to ?? 1) <= 0 ? 'loss' : 'gain';
    return markup`<i class="${tone}" style="height:${((100 * count) / most).toFixed(1)}%" title="${range}: ${count}"></i>`;
  });
  const marks = [-2, -1, 0, 1, 2, 3, 4].map(
    (value) =>
      markup`<span style="left:${(((value + 2.25) / 6.5) * 100).toFixed(2)}%">${groupedText(value, 0)}</span>`,
  );
  const text = quantiles
    ? `5 % of the trades came out at or below ${groupedText(quantiles.p5, 2)} R, half at ${groupedText(quantiles.p50, 2)} R, 95 % at ${groupedText(quantiles.p95, 2)} R. The fullest bar holds ${groupedText(most, 0)} trades.`
    : 'No trade was closed.';
  return markup`<div class="histogram" role="img" aria-label="Distribution of results in R. ${text}">${bars}</div>
<div class="marks" aria-hidden="true">${marks}</div><p class="note">${text}</p>`;
}

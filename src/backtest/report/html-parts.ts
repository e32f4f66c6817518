import type { FigureUnit } from '../metrics/figure-definitions.ts';
import type { BacktestMetrics } from '../metrics/metrics.ts';
import type { MonthFigures } from '../metrics/months.ts';
import { changeText, figureText, groupedText, rangeText } from './figure-text.ts';
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

/** Of one month or one year, by either path. */
type Returns = { readonly pessimistic: number; readonly optimistic: number };

type Month = { readonly figures: MonthFigures; readonly optimistic: number };

/** A row for each year, a cell for each month: what it earned by either path, and how strong its colour is. */
export function monthMap({ pessimistic, optimistic }: BacktestMetrics): Markup {
  const months = new Map<string, Month>();
  for (const figures of pessimistic.months) {
    const other = optimistic.months.find(({ month }) => month === figures.month);
    months.set(figures.month, { figures, optimistic: other?.monthReturn ?? 0 });
  }
  const years = [...new Set([...months.keys()].map((month) => month.slice(0, 4)))];
  return markup`<div class="months">${years.map((year) => yearOf(year, months))}</div>`;
}

function yearOf(year: string, months: ReadonlyMap<string, Month>): Markup {
  const ofYear = monthNames.map((name, index) => ({
    name,
    month: months.get(`${year}-${String(index + 1).padStart(2, '0')}`),
  }));
  const whole = (of: (month: Month) => number) =>
    ofYear.reduce((product, { month }) => product * (1 + (month ? of(month) : 0)), 1) - 1;
  const returns = {
    pessimistic: whole(({ figures }) => figures.monthReturn),
    optimistic: whole(({ optimistic }) => optimistic),
  };
  return markup`<section><h3>${year} <span class="${toneOf(returns.pessimistic)}">${changeText(returns.pessimistic)}</span>${otherReturn(returns)}</h3>
<ol>${ofYear.map(({ name, month }) => monthCell(name, month))}</ol></section>`;
}

function monthCell(name: string, month: Month | undefined): Markup {
  if (!month) return markup`<li class="none"><b>${name}</b><span>–</span></li>`;
  const { monthReturn: pessimistic, trades } = month.figures;
  const heat = Math.round(100 * Math.min(1, Math.abs(pessimistic) / fullMonth));
  return markup`<li class="${toneOf(pessimistic)}" style="--heat:${heat}%"><b>${name}</b><span>${changeText(pessimistic)}</span>${otherReturn({ pessimistic, optimistic: month.optimistic })}<small>${trades} tr.</small></li>`;
}

function otherReturn({ pessimistic, optimistic }: Returns): Markup {
  const [low, high] = [changeText(pessimistic), changeText(optimistic)];
  return markup`${low !== high && markup` <small>to ${high}</small> `}`;
}

export function toneOf(value: number): string {
  if (value === 0) return 'even';
  return value > 0 ? 'gain' : 'loss';
}

/** How often each quarter of an R came out; what the optimistic path says beside it. */
export function rChart({ pessimistic, optimistic }: BacktestMetrics): Markup {
  const { bins, quantiles } = pessimistic.rDistribution;
  const others = optimistic.rDistribution;
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const bars = bins.map(({ from, to, count }, index) => {
    const range =
      from === undefined
        ? `under ${to} R`
        : to === undefined
          ? `${from} R and more`
          : `${from} to ${to} R`;
    const tone = (to ?? 1) <= 0 ? 'loss' : 'gain';
    const counts = rangeText(String(count), String(others.bins[index]?.count ?? 0));
    return markup`<i class="${tone}" style="height:${((100 * count) / most).toFixed(1)}%" title="${range}: ${counts}"></i>`;
  });
  const marks = [-2, -1, 0, 1, 2, 3, 4].map(
    (value) =>
      markup`<span style="left:${(((value + 2.25) / 6.5) * 100).toFixed(2)}%">${groupedText(value, 0)}</span>`,
  );
  const at = (of: 'p5' | 'p50' | 'p95') => {
    const text = (value: number | undefined) => figureText(value, 'r', '');
    return rangeText(text(quantiles?.[of]), text(others.quantiles?.[of]));
  };
  const text = quantiles
    ? `5 % of the trades came out at or below ${at('p5')}, half at ${at('p50')}, 95 % at ${at('p95')}. The fullest bar holds ${groupedText(most, 0)} trades.`
    : 'No trade was closed.';
  return markup`<div class="histogram" role="img" aria-label="Distribution of results in R. ${text}">${bars}</div>
<div class="marks" aria-hidden="true">${marks}</div><p class="note">${text}</p>`;
}

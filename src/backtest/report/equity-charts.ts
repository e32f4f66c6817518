import type { BacktestOutcome, EquityPoint } from '../outcome.ts';
import {
  chartHeight,
  chartMarkup,
  chartWidth,
  coordinate,
  lineOf,
  type Scale,
  scaleOf,
} from './chart.ts';
import { downsample, type Sample, type Span } from './downsample.ts';
import { groupedText, percentText } from './figure-text.ts';
import { type Markup, markup } from './markup.ts';
import { axisTextOf } from './ticks.ts';

type Curve = { readonly equity: readonly Sample[]; readonly fall: readonly Sample[] };

/** Equity of both paths, and below it how far each stood under its highest point. */
export function equityCharts(outcome: BacktestOutcome): readonly Markup[] {
  const { fromMs, toMs } = outcome;
  const span = { fromMs, toMs };
  const pessimistic = curveOf(outcome, outcome.pessimistic.equity, span);
  const optimistic = curveOf(outcome, outcome.optimistic.equity, span);
  return [equityChart(outcome, pessimistic, optimistic), fallChart(span, pessimistic, optimistic)];
}

function equityChart(
  { fromMs, toMs, startingBalance, currency }: BacktestOutcome,
  pessimistic: Curve,
  optimistic: Curve,
): Markup {
  const range = rangeOf([...pessimistic.equity, ...optimistic.equity], startingBalance);
  const scale = scaleOf({ fromMs, toMs }, range);
  const end = pessimistic.equity.at(-1)?.value ?? startingBalance;
  return chartMarkup({
    kind: 'equity',
    title: `Equity, ${currency}`,
    description: `Equity from ${groupedText(startingBalance, 2)} to ${groupedText(end, 2)} ${currency}, between ${groupedText(range.low, 2)} and ${groupedText(range.high, 2)}`,
    scale,
    legend: [
      { tone: 'pessimistic', text: 'pessimistic' },
      { tone: 'optimistic', text: 'optimistic' },
      { tone: 'start', text: 'start' },
    ],
    axisText: axisTextOf(scale),
    shapes: [
      markup`<path class="area" d="${areaOf(pessimistic.equity, scale, startingBalance)}"/>`,
      markup`<path class="start" d="M0 ${coordinate(scale.y(startingBalance))}H${chartWidth}"/>`,
      markup`<path class="optimistic" d="${pathOf(optimistic.equity, scale)}"/>`,
      markup`<path class="pessimistic" d="${pathOf(pessimistic.equity, scale)}"/>`,
    ],
  });
}

function fallChart(span: Span, pessimistic: Curve, optimistic: Curve): Markup {
  const { low } = rangeOf([...pessimistic.fall, ...optimistic.fall], 0);
  const scale = scaleOf(span, { low, high: 0 });
  return chartMarkup({
    kind: 'drawdown',
    title: 'Drawdown',
    description: `Equity below its highest point before: at worst ${percentText(-low)}`,
    scale,
    legend: [],
    axisText: (value) => percentText(value, Math.abs(low) < 0.04 ? 1 : 0),
    shapes: [
      markup`<path class="area" d="${areaOf(pessimistic.fall, scale, 0)}"/>`,
      markup`<path class="optimistic" d="${pathOf(optimistic.fall, scale)}"/>`,
      markup`<path class="pessimistic" d="${pathOf(pessimistic.fall, scale)}"/>`,
    ],
  });
}

function curveOf(
  { startingBalance, fromMs }: BacktestOutcome,
  points: readonly EquityPoint[],
  span: Span,
): Curve {
  let peak: number = startingBalance;
  const equity: Sample[] = [{ atMs: fromMs, value: startingBalance }];
  const fall: Sample[] = [{ atMs: fromMs, value: 0 }];
  for (const point of points) {
    peak = Math.max(peak, point.equity);
    equity.push({ atMs: point.atMs, value: point.equity });
    fall.push({ atMs: point.atMs, value: point.equity / peak - 1 });
  }
  return {
    equity: downsample(equity, span, chartWidth),
    fall: downsample(fall, span, chartWidth),
  };
}

function rangeOf(samples: readonly Sample[], always: number): { low: number; high: number } {
  let [low, high] = [always, always];
  for (const { value } of samples) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

function pathOf(samples: readonly Sample[], scale: Scale): string {
  return lineOf(samples.map(({ atMs, value }) => [scale.x(atMs), scale.y(value)]));
}

/** Between the line and a base. */
function areaOf(samples: readonly Sample[], scale: Scale, base: number): string {
  if (samples.length === 0) return '';
  const at = coordinate(Math.min(Math.max(scale.y(base), 0), chartHeight));
  const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
  return `${pathOf(samples, scale)}L${coordinate(scale.x(last.atMs))} ${at}L${coordinate(scale.x(first.atMs))} ${at}Z`;
}

import type { Span } from './downsample.ts';
import { type Markup, markup } from './markup.ts';
import { roundTicks, type Tick, timeTicks } from './ticks.ts';

/** Drawing units of every chart across; a chart is as wide as its page, and its lines keep their thickness. */
export const chartWidth = 1_000;
export const chartHeight = 300;

/** From moments and values to drawing units. */
export type Scale = {
  readonly span: Span;
  readonly low: number;
  readonly high: number;
  readonly x: (atMs: number) => number;
  readonly y: (value: number) => number;
};

/** A twentieth of air above and below. Where all values are equal, the line runs through the middle. */
export function scaleOf(
  span: Span,
  { low, high }: { readonly low: number; readonly high: number },
): Scale {
  const room = high > low ? (high - low) / 20 : Math.max(Math.abs(high) / 20, 1e-9);
  const [bottom, top] = [low - room, high + room];
  const lengthMs = Math.max(span.toMs - span.fromMs, 1);
  return {
    span,
    low: bottom,
    high: top,
    x: (atMs) => ((atMs - span.fromMs) / lengthMs) * chartWidth,
    y: (value) => ((top - value) / (top - bottom)) * chartHeight,
  };
}

export type Chart = {
  readonly title: string;
  /** What is seen, for those who do not see it. */
  readonly description: string;
  readonly scale: Scale;
  readonly shapes: readonly Markup[];
  readonly legend: readonly { readonly tone: string; readonly text: string }[];
  readonly axisText: (value: number) => string;
  readonly kind: string;
};

const valueTicksMax = 5;
const timeTicksMax = 5;

/** A figure of the page: shapes stretch with it, words do not. */
export function chartMarkup({
  title,
  description,
  scale,
  shapes,
  legend,
  axisText,
  kind,
}: Chart): Markup {
  const values = roundTicks(scale.low, scale.high, valueTicksMax).map((value) => ({
    value,
    label: axisText(value),
  }));
  const times = timeTicks(scale.span, timeTicksMax);
  return markup`<figure class="chart ${kind}">
<figcaption><strong>${title}</strong><span class="legend">${legend.map(
    ({ tone, text }) => markup`<span class="key ${tone}">${text}</span>`,
  )}</span><output></output></figcaption>
<div class="plot"><svg viewBox="0 0 ${chartWidth} ${chartHeight}" preserveAspectRatio="none" role="img" aria-label="${description}">
<path class="grid" d="${gridOf(scale, values, times)}"/>
${shapes}</svg>
${values.map((tick) => valueLabel(scale, tick))}<i class="cursor" hidden></i></div>
<div class="times">${times.map((tick) => timeLabel(scale, tick))}</div>
</figure>`;
}

function gridOf(scale: Scale, values: readonly Tick[], times: readonly Tick[]): string {
  const across = values.map(({ value }) => `M0 ${coordinate(scale.y(value))}H${chartWidth}`);
  const down = times.map(({ value }) => `M${coordinate(scale.x(value))} 0V${chartHeight}`);
  return [...across, ...down].join('');
}

function valueLabel(scale: Scale, { value, label }: Tick): Markup {
  return markup`<span class="value" style="top:${share(scale.y(value), chartHeight)}">${label}</span>`;
}

function timeLabel(scale: Scale, { value, label }: Tick): Markup {
  const at = scale.x(value) / chartWidth;
  const side = at < 0.04 ? 'first' : at > 0.93 ? 'last' : '';
  return markup`<span class="time ${side}" style="left:${share(scale.x(value), chartWidth)}">${label}</span>`;
}

function share(at: number, whole: number): string {
  return `${((100 * at) / whole).toFixed(2)}%`;
}

/** The corners of a line as the `d` of a path. */
export function lineOf(points: readonly (readonly [x: number, y: number])[]): string {
  return points
    .map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${coordinate(x)} ${coordinate(y)}`)
    .join('');
}

/** A drawing unit is about a pixel: a tenth of it is enough. */
export function coordinate(value: number): string {
  return String(Number(value.toFixed(1)));
}

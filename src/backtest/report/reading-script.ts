import { type Bar, timeframeMs } from '../../domain/bar.ts';
import type { BacktestOutcome, EquityPoint } from '../outcome.ts';
import { columnOf, type Sample, type Span } from './downsample.ts';

const readings = 720;

/** What the page's script reads out under the pointer: even steps over the period, numbers alone. */
export function readingData(outcome: BacktestOutcome, bars: readonly Bar[]): string {
  const { fromMs, toMs, startingBalance, timeframe } = outcome;
  const span = { fromMs, toMs };
  const equityOf = (points: readonly EquityPoint[]) =>
    stepsOf(
      points.map(({ atMs, equity }) => ({ atMs, value: equity })),
      span,
      startingBalance,
    );
  const barMs = timeframeMs[timeframe];
  const closes = bars.map(({ openTime, close }) => ({ atMs: openTime + barMs, value: close }));
  return JSON.stringify({
    ...span,
    pessimistic: equityOf(outcome.pessimistic.equity),
    optimistic: equityOf(outcome.optimistic.equity),
    drawdown: stepsOf(fallsOf(outcome.pessimistic.equity, startingBalance), span, 0),
    price: stepsOf(
      closes.filter(({ atMs }) => atMs > fromMs && atMs <= toMs),
      span,
      null,
    ),
  });
}

/** The last value of each step, held where a step has none. */
function stepsOf<T>(
  samples: readonly Sample[],
  span: Span,
  before: number | T,
): readonly (number | T)[] {
  const steps = new Array<number | undefined>(readings).fill(undefined);
  for (const { atMs, value } of samples) {
    steps[columnOf(atMs - 1, span, readings)] = Number(value.toPrecision(8));
  }
  let held = before;
  return steps.map((value) => {
    held = value ?? held;
    return held;
  });
}

function fallsOf(points: readonly EquityPoint[], startingBalance: number): readonly Sample[] {
  let peak = startingBalance;
  return points.map(({ atMs, equity }) => {
    peak = Math.max(peak, equity);
    return { atMs, value: equity / peak - 1 };
  });
}

/** Follows the pointer over any chart: a line on all of them, and what each shows at that moment. */
export const readingScript = `
const data = JSON.parse(document.getElementById('readings').textContent);
const plots = [...document.querySelectorAll('.plot')];
const number = (value, digits) => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace('-', '−');
function reading(kind, at) {
  if (kind === 'drawdown') return number(100 * data.drawdown[at], 1) + ' %';
  if (kind === 'price') return data.price[at] === null ? '' : String(data.price[at]);
  const [low, high] = [data.pessimistic[at], data.optimistic[at]];
  return number(low, 2) + (low === high ? '' : ' to ' + number(high, 2));
}
function show(share) {
  const at = Math.min(data.pessimistic.length - 1, Math.floor(share * data.pessimistic.length));
  const moment = new Date(data.fromMs + share * (data.toMs - data.fromMs)).toISOString().slice(0, 16).replace('T', ' ');
  for (const plot of plots) {
    const kind = plot.parentElement.classList[1];
    const cursor = plot.querySelector('.cursor');
    cursor.hidden = false;
    cursor.style.left = 100 * share + '%';
    plot.parentElement.querySelector('output').textContent = moment + ' · ' + reading(kind, at);
  }
}
function hide() {
  for (const plot of plots) {
    plot.querySelector('.cursor').hidden = true;
    plot.parentElement.querySelector('output').textContent = '';
  }
}
for (const plot of plots) {
  const follow = (event) => {
    const { left, width } = plot.getBoundingClientRect();
    show(Math.min(1, Math.max(0, (event.clientX - left) / width)));
  };
  plot.addEventListener('pointermove', follow);
  plot.addEventListener('pointerdown', follow);
  plot.addEventListener('pointerleave', hide);
}
`;

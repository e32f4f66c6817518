import type { Bar } from '../../domain/bar.ts';
import { direction } from '../../domain/order.ts';
import type { BacktestOutcome, BacktestTrade } from '../outcome.ts';
import { chartMarkup, chartWidth, coordinate, lineOf, type Scale, scaleOf } from './chart.ts';
import { type PriceColumn, priceColumns } from './downsample.ts';
import { type Markup, markup } from './markup.ts';
import { axisTextOf } from './ticks.ts';

/** From here on, marks are smaller. */
const denseTrades = 250;
/** Of a mark from the price, in drawing units. */
const markDistance = 9;

/** The market with every trade of the pessimistic path on it: entry, exit, and what came of it. */
export function priceChart(
  { fromMs, toMs, symbol, pessimistic }: BacktestOutcome,
  bars: readonly Bar[],
): Markup {
  const span = { fromMs, toMs };
  const inside = bars.filter(({ openTime }) => openTime >= fromMs && openTime < toMs);
  const columns = priceColumns(inside, span, chartWidth);
  const scale = scaleOf(span, rangeOf(columns, pessimistic.trades));
  return chartMarkup({
    kind: 'price',
    title: `${symbol} and its trades`,
    description: `Price of ${symbol} with ${pessimistic.trades.length} trades from entry to exit`,
    scale,
    legend: [
      { tone: 'gain', text: 'gain' },
      { tone: 'loss', text: 'loss' },
      { tone: 'word', text: 'below the price a buy, above it a sell' },
    ],
    axisText: axisTextOf(scale),
    shapes: [
      markup`<path class="range" d="${rangesOf(columns, scale)}"/>`,
      markup`<path class="close" d="${closesOf(columns, scale)}"/>`,
      ...tradeShapes(pessimistic.trades, scale),
    ],
  });
}

function tradeShapes(trades: readonly BacktestTrade[], scale: Scale): readonly Markup[] {
  const density = trades.length > denseTrades ? 'dense' : '';
  const gains = trades.filter(({ profit }) => profit > 0);
  const losses = trades.filter(({ profit }) => profit <= 0);
  const drawn = (each: readonly BacktestTrade[], draw: typeof wayOf) =>
    each.map((trade) => draw(trade, scale)).join('');
  return [
    markup`<path class="way loss ${density}" d="${drawn(losses, wayOf)}"/>`,
    markup`<path class="way gain ${density}" d="${drawn(gains, wayOf)}"/>`,
    markup`<path class="entry loss ${density}" d="${drawn(losses, entryOf)}"/>`,
    markup`<path class="entry gain ${density}" d="${drawn(gains, entryOf)}"/>`,
  ];
}

function wayOf(trade: BacktestTrade, { x, y }: Scale): string {
  return lineOf([
    [x(trade.openedAtMs), y(trade.entryPrice)],
    [x(trade.closedAtMs), y(trade.exitPrice)],
  ]);
}

/**
 * A line of no length with round or square ends: a mark that does not stretch with the chart. Beside the price, so
 * that both are seen: a buy pushes from below, a sell from above.
 */
function entryOf({ openedAtMs, entryPrice, side }: BacktestTrade, { x, y }: Scale): string {
  const at = y(entryPrice) + direction[side] * markDistance;
  return `M${coordinate(x(openedAtMs))} ${coordinate(at)}h0`;
}

function rangesOf(columns: readonly (PriceColumn | undefined)[], { y }: Scale): string {
  return columns
    .map((column, index) =>
      column ? `M${index + 0.5} ${coordinate(y(column.high))}V${coordinate(y(column.low))}` : '',
    )
    .join('');
}

function closesOf(columns: readonly (PriceColumn | undefined)[], { y }: Scale): string {
  const points = columns.flatMap((column, index) =>
    column ? [[index + 0.5, y(column.close)] as const] : [],
  );
  return lineOf(points);
}

/** A trade may lie outside the bars by its spread. */
function rangeOf(
  columns: readonly (PriceColumn | undefined)[],
  trades: readonly BacktestTrade[],
): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const include = (value: number) => {
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const column of columns) if (column) [column.low, column.high].forEach(include);
  for (const { entryPrice, exitPrice } of trades) [entryPrice, exitPrice].forEach(include);
  return low <= high ? { low, high } : { low: 0, high: 1 };
}

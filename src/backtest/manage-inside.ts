/**
 * A live account looks at its broker every few seconds, also between bars, and manages its positions there. Here it looks
 * where the price gets to on its way through the bar, as soon as something is to be done.
 */
import { isManagementDue } from '../account/manage.ts';
import type { Bar } from '../domain/bar.ts';
import { type Instrument, roundPrice } from '../domain/instrument.ts';
import { epochMs, price } from '../domain/units.ts';
import { type Intrabar, isLowFirst } from '../exchange/touch.ts';
import type { AccountRun } from './account-run.ts';
import type { ExchangeBroker } from './exchange-broker.ts';

/** Each of the three legs of a way through a bar, from vertex to vertex, is gone in so many steps. */
const stepsPerLeg = 20;

export type ManagedWay = {
  readonly account: AccountRun;
  readonly broker: ExchangeBroker;
  readonly symbol: string;
  readonly instrument: Instrument;
  readonly intrabar: Intrabar;
};

/**
 * Plays a bar up to the open of the next one, the account managing its positions on the way. Where nothing is to be done,
 * or where positions of both sides see the bar in different orders, the bar is played as a whole.
 */
export function playManaged(
  { account, broker, symbol, instrument, intrabar }: ManagedWay,
  {
    bar,
    next,
    barMs,
  }: { readonly bar: Bar; readonly next: Bar | undefined; readonly barMs: number },
): void {
  const [side, ...others] = new Set(broker.positions.map((position) => position.side));
  const whole = () => broker.play(bar, next, { barMs, bars: [bar] });
  if (side === undefined || others.length > 0) {
    whole();
    return;
  }
  const steps = stepsOf(bar, { barMs, instrument, lowFirst: isLowFirst(side, bar, intrabar) });
  const spread = (bar.spreadPoints ?? instrument.spreadPoints) * instrument.point;
  let played = 0;
  for (const [index, step] of steps.slice(1).entries()) {
    const ask = roundPrice(instrument, step.open + spread);
    const quotes = { [symbol]: { bid: step.open, ask, at: step.openTime } };
    if (!isManagementDue(account.state, { at: step.openTime, quotes })) continue;
    const part = steps.slice(played, index + 1);
    played = index + 1;
    broker.play(bar, step, { barMs: barMs / steps.length, bars: part });
    account.look();
  }
  if (played === 0) whole();
  else broker.play(bar, next, { barMs: barMs / steps.length, bars: steps.slice(played) });
}

/** The way through a bar in short bars, each of which goes one way. */
function stepsOf(
  bar: Bar,
  {
    barMs,
    instrument,
    lowFirst,
  }: { readonly barMs: number; readonly instrument: Instrument; readonly lowFirst: boolean },
): readonly Bar[] {
  const { open, high, low, close } = bar;
  const vertices = lowFirst ? [open, low, high, close] : [open, high, low, close];
  const points = vertices.slice(1).flatMap((to, leg) => {
    const from = vertices[leg] as number;
    return Array.from({ length: stepsPerLeg }, (_, step) =>
      roundPrice(instrument, from + ((to - from) * step) / stepsPerLeg),
    );
  });
  return points.map((from, step) => {
    const to = points[step + 1] ?? close;
    return {
      ...bar,
      openTime: epochMs(bar.openTime + Math.floor((step * barMs) / points.length)),
      ...{ open: from, high: price(Math.max(from, to)), low: price(Math.min(from, to)), close: to },
    };
  });
}

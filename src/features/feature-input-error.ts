import { type Bar, timeframeMs } from '../domain/bar.ts';

/** A bar that no feature can be computed from. The engine that refused it is as it was before. */
export class FeatureInputError extends Error {
  override readonly name = 'FeatureInputError';
  readonly openTime: number;
  readonly reason: string;
  constructor(openTime: number, reason: string) {
    super(`bar ${utc(openTime)}: ${reason}`);
    this.openTime = openTime;
    this.reason = reason;
  }
}

/** Refuses a bar that is impossible, off the M15 grid or not after `previous` (the open time of the last one). */
export function checkBar(bar: Bar, previous: number): void {
  if (bar.openTime % timeframeMs.M15 !== 0 || !(bar.openTime >= 0)) {
    throw new FeatureInputError(bar.openTime, 'does not open on a quarter of an hour');
  }
  if (bar.openTime <= previous) {
    throw new FeatureInputError(bar.openTime, `must open after the last one, ${utc(previous)}`);
  }
  const problem = priceProblem(bar);
  if (problem !== undefined) throw new FeatureInputError(bar.openTime, problem);
}

function priceProblem({ open, high, low, close, volume }: Bar): string | undefined {
  const isOrdered = low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close);
  if (!isOrdered || !(high < Number.POSITIVE_INFINITY)) {
    return `prices must satisfy 0 < low <= open, close <= high, were open ${open}, high ${high}, low ${low}, close ${close}`;
  }
  if (!(volume >= 0 && volume < Number.POSITIVE_INFINITY)) {
    return `volume must be finite and not negative, was ${volume}`;
  }
  return undefined;
}

function utc(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
}

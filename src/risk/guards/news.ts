import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';
import type { NewsEvents } from './guard-policy.ts';

/**
 * No entry within `blockMs` before or after a high-impact event. Observed is the distance to the nearest one in
 * milliseconds, allowed the least distance. Where the calendar does not reach, the configuration decides; denied like
 * that, observed is 0.
 */
export function news({ at, limits }: EntryRisk): Denial | undefined {
  const policy = limits.guards?.news;
  if (policy === undefined) return undefined;
  const { blockMs, failsClosed, calendar } = policy;
  const observed = distanceToNearest(calendar, at);
  if (observed <= blockMs) return { limit: 'news', observed, allowed: blockMs };
  const isCovered = at >= calendar.from && at <= calendar.to;
  return failsClosed && !isCovered ? { limit: 'news', observed: 0, allowed: blockMs } : undefined;
}

function distanceToNearest({ times }: NewsEvents, at: number): number {
  return times.reduce((nearest, time) => Math.min(nearest, Math.abs(time - at)), Infinity);
}

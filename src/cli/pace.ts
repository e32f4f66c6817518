import { timeframeMs } from '../domain/bar.ts';

export function speedOf(paceMs: number): number {
  return Math.round(timeframeMs.M15 / paceMs);
}

export function paceText(paceMs: number): string {
  if (paceMs === 0) return 'as fast as it goes';
  return `${Math.round(timeframeMs.M15 / 60 / paceMs)} market minutes per second`;
}

import type { EpochMs } from '../domain/units.ts';
import type { AbsenceSearch } from './account-state.ts';
import type { AbsenceProof } from './input.ts';
import { omit } from './omit.ts';

/** Two reads further apart prove no more than this share of the proof: a host's clock may jump, an engine may sleep. */
const searchStepMax = 1 / 6;

/** One more healthy answer without what is looked for. A clock that went back proves nothing; the search goes on from there. */
export function searched(
  { sinceCallMs }: AbsenceProof,
  search: AbsenceSearch | undefined,
  ioAt: EpochMs,
): AbsenceSearch {
  if (search && ioAt < search.lastIoAt) return { ...omit(search, 'emptyMs'), lastIoAt: ioAt };
  const stepMaxMs = sinceCallMs * searchStepMax;
  const stepMs = Math.min(stepMaxMs, Math.max(0, ioAt - (search?.lastIoAt ?? ioAt)));
  return {
    lastIoAt: ioAt,
    waitedMs: (search?.waitedMs ?? 0) + stepMs,
    emptyMs: search?.emptyMs === undefined ? 0 : search.emptyMs + stepMs,
  };
}

/** Absence has to be seen without a break: a read that failed begins it anew. */
export function searchBroken<T extends { readonly search?: AbsenceSearch }>(searching: T): T {
  const { search } = searching;
  return search ? { ...searching, search: omit(search, 'emptyMs') } : searching;
}

export function isProvenAbsent(
  search: AbsenceSearch | undefined,
  { sinceCallMs, emptyForMs }: AbsenceProof,
): boolean {
  if (search?.emptyMs === undefined) return false;
  return search.waitedMs >= sinceCallMs && search.emptyMs >= emptyForMs;
}

import type { AccountConfig, Config } from '../config/config.ts';

export type NewsCoverage = {
  readonly isCovered: boolean;
  /** From when to when the calendar knows all events, in words. */
  readonly text: string;
};

/**
 * Whether the calendar of events covers a moment; undefined where no account at a real terminal is kept from entering by
 * events. Built-in and simulated markets have a time of their own.
 */
export function newsCoverage(
  { accounts, terminals }: Pick<Config, 'accounts' | 'terminals'>,
  now: number,
): NewsCoverage | undefined {
  const blocked = Object.values(accounts).filter(
    ({ isEnabled, terminalKey, guards }) =>
      isEnabled && guards.news !== undefined && terminals[terminalKey]?.kind === 'mt5',
  );
  const calendar = blocked[0]?.guards.news?.calendar; // one file for all of them
  if (calendar === undefined) return undefined;
  const [from, to] = [calendar.from, calendar.to].map(dayText);
  const isCovered = now >= calendar.from && now <= calendar.to;
  const span = `the news calendar covers ${from} to ${to}`;
  return { isCovered, text: isCovered ? span : `${span}, and not now: ${withoutIt(blocked)}` };
}

function withoutIt(blocked: readonly AccountConfig[]): string {
  return blocked
    .map(({ id, guards }) => `${id} enters ${guards.news?.failClosed ? 'nothing' : 'through news'}`)
    .join(', ');
}

function dayText(at: number | undefined): string {
  return new Date(at ?? 0).toISOString().slice(0, 10);
}

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { JsonSyntaxError, parseStrictJson } from './strict-json.ts';

/** High-impact events of the wanted currencies, and from when to when the file knows all of them. Unix milliseconds. */
export type NewsCalendarFile = {
  readonly from: number;
  readonly to: number;
  /** Rising. */
  readonly times: readonly number[];
};

/** What is wrong with a file of events, and where. */
export class NewsFileError extends Error {
  override readonly name = 'NewsFileError';
}

const eventsMax = 5_000;
const bytesMax = 4 * 1024 * 1024;
const csvHeader = 'time,currency,impact,title';

const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const event = z.strictObject({
  time: moment,
  currency: z.string().regex(/^[A-Z]{3}$/),
  impact: z.enum(['low', 'medium', 'high', 'holiday']),
  title: z.string().max(200).optional(),
});
const jsonFile = z.strictObject({ from: moment, to: moment, events: z.array(event) });
type NewsEvent = z.output<typeof event>;
type Content = z.output<typeof jsonFile>;

/** @throws NewsFileError */
export function readNewsFile(path: string, currencies: readonly string[]): NewsCalendarFile {
  const text = textOf(path);
  const { from, to, events } = /\.csv$/i.test(path) ? fromCsv(text) : fromJson(text);
  if (events.length > eventsMax) {
    throw new NewsFileError(`holds ${events.length} events, at most ${eventsMax} are allowed`);
  }
  if (to <= from) throw new NewsFileError('covers no time: "to" must be after "from"');
  const stray = events.find(({ time }) => time < from || time > to);
  if (stray) {
    const at = new Date(stray.time).toISOString();
    throw new NewsFileError(`has an event at ${at}, outside of what it says to cover`);
  }
  const counting = events.filter(
    ({ impact, currency }) => impact === 'high' && currencies.includes(currency),
  );
  return { from, to, times: [...new Set(counting.map(({ time }) => time))].sort((a, b) => a - b) };
}

function textOf(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new NewsFileError(`cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (bytes.length > bytesMax) throw new NewsFileError(`is larger than ${bytesMax} bytes`);
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

function fromJson(text: string): Content {
  let value: unknown;
  try {
    ({ value } = parseStrictJson(text));
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw new NewsFileError(`is not valid JSON: ${cause.message}`, { cause });
  }
  const parsed = jsonFile.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new NewsFileError(firstIssue(parsed.error, 'at '));
}

/** Rows in any order. The file covers the time from its first event to its last. */
function fromCsv(text: string): Content {
  const [header, ...rows] = text.split(/\r?\n/);
  if (header !== csvHeader) throw new NewsFileError(`must begin with the line ${csvHeader}`);
  const events = rows.flatMap((row, index) => (row === '' ? [] : [eventOf(row, index + 2)]));
  const times = events.map(({ time }) => time).sort((a, b) => a - b);
  const [from, to] = [times[0], times.at(-1)];
  if (from === undefined || to === undefined) throw new NewsFileError('holds no event');
  return { from, to, events };
}

/** A title may hold commas: it is the rest of the line. */
function eventOf(row: string, line: number): NewsEvent {
  const [time, currency, impact, ...title] = row.split(',');
  const parsed = event.safeParse({ time, currency, impact, title: title.join(',') });
  if (parsed.success) return parsed.data;
  throw new NewsFileError(firstIssue(parsed.error, `in line ${line}, `));
}

function firstIssue({ issues }: z.ZodError, place: string): string {
  const [issue] = issues;
  return `is wrong ${place}${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}

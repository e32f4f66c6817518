import { InvalidArgumentError } from 'commander';
import { timeframeMs } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';

const date = /^\d{4}-\d{2}-\d{2}$/;
const dateAndTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{3})?)?Z?$/;

/** A moment from the command line, always UTC: `2025-01-01` (its midnight) or `2025-01-01T06:30`. */
export function parseMoment(text: string): EpochMs {
  const time = date.test(text) || text.endsWith('Z') ? Date.parse(text) : Date.parse(`${text}Z`);
  const isKnown = (date.test(text) || dateAndTime.test(text)) && !Number.isNaN(time);
  // A day that no month has, like February 30, is read as one of the next month.
  if (!isKnown || !new Date(time).toISOString().startsWith(text.slice(0, 10))) {
    throw new InvalidArgumentError(
      'It must be a UTC date (2025-01-01) or time (2025-01-01T06:30).',
    );
  }
  return epochMs(time);
}

/** The last moment that is meant: of a plain date the end of its day, else the moment itself. */
export function parseLastMoment(text: string): EpochMs {
  const moment = parseMoment(text);
  return date.test(text) ? epochMs(moment + timeframeMs.D1 - 1) : moment;
}

import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { parseLastMoment, parseMoment } from './moment.ts';

describe('a moment on the command line', () => {
  test.each([
    ['2025-01-01', Date.UTC(2025, 0, 1)],
    ['2025-01-01T06:30', Date.UTC(2025, 0, 1, 6, 30)],
    ['2025-01-01T06:30:15', Date.UTC(2025, 0, 1, 6, 30, 15)],
    ['2025-01-01T06:30:15Z', Date.UTC(2025, 0, 1, 6, 30, 15)],
    ['2025-01-01T06:30:15.000Z', Date.UTC(2025, 0, 1, 6, 30, 15)],
  ])('%s is UTC wherever the machine stands', (text, expected) => {
    expect(parseMoment(text)).toBe(expected);
  });

  test('as the last one means the whole day where no time is given', () => {
    expect(parseLastMoment('2025-01-01')).toBe(Date.UTC(2025, 0, 2) - 1);
    expect(parseLastMoment('2025-01-01T06:30')).toBe(Date.UTC(2025, 0, 1, 6, 30));
  });

  test.each(['', 'now', '2025', '2025-13-01', '2025-02-30', '1735689600', '2025-01-01T25:00'])(
    'is not %j',
    (text) => {
      expect(() => parseMoment(text)).toThrow(InvalidArgumentError);
    },
  );
});

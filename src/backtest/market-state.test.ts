import { describe, expect, test } from 'vitest';
import { tradingHoursOf } from './market-state.ts';

describe('the open sessions', () => {
  test.each([
    [0, 0, 1, 'asian'],
    [1, 0, 1, 'asian-london'],
    [1, 0, 0, 'london'],
    [1, 1, 0, 'london-ny'],
    [0, 1, 0, 'ny'],
    [0, 0, 0, 'none'],
  ])('with London %d, New York %d and Asia %d are %s', (london, ny, asian, expected) => {
    const flags = { is_london_session: london, is_ny_session: ny, is_asian_session: asian };
    expect(tradingHoursOf(flags)).toBe(expected);
  });
});

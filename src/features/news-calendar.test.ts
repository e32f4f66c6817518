import { describe, expect, test } from 'vitest';
import { NewsCalendar } from './news-calendar.ts';
import { column, featureCount } from './schema.ts';

const minute = 60_000;

function newsOf(times: readonly number[], openTime: number, blockMinutes = 30): number[] {
  const out = new Float64Array(featureCount).fill(Number.NaN);
  new NewsCalendar(times, blockMinutes).write(out, 0, openTime);
  return [...out.subarray(column.is_news_near, column.is_news_risk_window + 1)];
}

describe('the news columns', () => {
  const events = [Date.UTC(2025, 0, 10, 15), Date.UTC(2025, 0, 10, 13, 30)];

  test.each([
    ['00:00', 0, 0, 0.2, 0],
    ['12:30', 0, 0.9375, 0.2, 1],
    ['12:45', 1, 0.958333333, 0.2, 1],
    ['13:00', 1, 0.979166667, 0.2, 1],
    ['13:15', 1, 1, 0.2, 1],
    ['13:30', 1, -0.979166667, 0.2, 1],
    ['14:00', 0, 0.9375, 0.2, 1],
    ['14:15', 1, 0.958333333, 0.2, 1],
    ['15:30', 0, -0.9375, 0.2, 0],
    ['23:45', 0, -0.25, 0.2, 0],
  ])('at %s between two events', (time, near, away, today, risk) => {
    const found = newsOf(events, Date.parse(`2025-01-10T${time}Z`));
    expect(found[0]).toBe(near);
    expect(found[1]).toBeCloseTo(away, 9);
    expect(found[2]).toBe(today);
    expect(found[3]).toBe(risk);
  });

  test('are 0 without a calendar', () => {
    expect(newsOf([], events[0] as number)).toEqual([0, 0, 0, 0]);
  });

  test('count the whole day of the bar, past and coming, up to ten', () => {
    const noon = Date.UTC(2025, 0, 10, 12);
    const dozen = Array.from({ length: 12 }, (_, hour) => Date.UTC(2025, 0, 10, 2 * hour));
    const neighbours = [Date.UTC(2025, 0, 9, 23, 59), Date.UTC(2025, 0, 11)];
    expect(newsOf(neighbours, noon)[2]).toBe(0);
    expect(newsOf([...neighbours, noon], noon)[2]).toBe(0.1);
    expect(newsOf(dozen, noon)[2]).toBe(1);
  });

  test.each([
    ['30 minutes before', 30, 1],
    ['just over 30 minutes before', 30 + 1 / 60, 0],
    ['30 minutes after', -30, 1],
    ['just over 30 minutes after', -30 - 1 / 60, 0],
  ])('are near %s', (_, minutesUntil, near) => {
    const open = Date.UTC(2025, 0, 10, 12);
    const event = open + (15 + minutesUntil) * minute;
    expect(newsOf([event], open)[0]).toBe(near);
  });

  test.each([
    ['an hour before', 60, 1],
    ['over an hour before', 60 + 1 / 60, 0],
    ['a quarter of an hour after', -15, 1],
    ['over a quarter of an hour after', -15 - 1 / 60, 0],
  ])('call it risky %s', (_, minutesUntil, risk) => {
    const open = Date.UTC(2025, 0, 10, 12);
    const event = open + (15 + minutesUntil) * minute;
    expect(newsOf([event], open)[3]).toBe(risk);
  });

  test('look at the coming one of two equally near events', () => {
    const open = Date.UTC(2025, 0, 10, 12);
    const close = open + 15 * minute;
    const away = newsOf([close - 60 * minute, close + 60 * minute], open)[1];
    expect(away).toBeCloseTo(1 - 60 / 720, 12);
  });

  test('forget an event after twelve hours', () => {
    const open = Date.UTC(2025, 0, 10, 12);
    const close = open + 15 * minute;
    expect(newsOf([close - 720 * minute], open)[1]).toBe(0);
    expect(newsOf([close + 719 * minute], open)[1]).toBeCloseTo(1 / 720, 12);
  });
});

/** Figures, sparklines and escapes: what the reports are written with. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeText, durationText, figureText } from './figure-text.ts';
import { markup } from './markup.ts';
import { sparkline } from './sparkline.ts';

describe('the text of a figure', () => {
  test.each([
    [0.5731, 'share', '57.3 %'],
    [-1234.5, 'money', '−1,234.50 USD'],
    [-0.001, 'money', '0.00 USD'],
    [-0.25, 'r', '−0.25 R'],
    [2.345, 'ratio', '2.35'],
    [1234, 'count', '1,234'],
    [37, 'days', '37 d'],
    [undefined, 'ratio', '–'],
  ] as const)('of %s in %s is %s', (value, unit, expected) => {
    expect(figureText(value, unit, 'USD')).toBe(expected);
  });

  test.each([
    [0, '0 min'],
    [45 * 60_000, '45 min'],
    [60 * 60_000, '1 h'],
    [62 * 60_000, '1 h 2 min'],
    [24 * 3_600_000, '1 d'],
    [76 * 3_600_000 + 59_000, '3 d 4 h'],
  ])('of %d ms is %s', (durationMs, expected) => {
    expect(durationText(durationMs)).toBe(expected);
  });

  test('has a sign where it is a change', () => {
    expect([0.024, -0.024, 0.0001].map(changeText)).toEqual(['+2.4 %', '−2.4 %', '0.0 %']);
  });
});

describe('a sparkline', () => {
  test('spans from the lowest to the highest', () => {
    expect(sparkline([0, 7, 3.5], 10)).toBe('▁█▅');
    expect(sparkline([5, 5], 10)).toBe('▁▁');
    expect(sparkline([], 10)).toBe('');
  });

  test('is never longer than its width, and ends with the last value', () => {
    const someValues = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(someValues, fc.integer({ min: 1, max: 64 }), (values, width) => {
        const line = sparkline([...values, 2e6], width);
        expect(line.length).toBe(Math.min(width, values.length + 1));
        expect(line.endsWith(line.length > 1 ? '█' : '▁')).toBe(true);
      }),
    );
  });
});

describe('markup', () => {
  test('escapes what is filled in, and takes markup as it is', () => {
    const inner = markup`<b>${'<&>"\''}</b>`;
    expect(inner.text).toBe('<b>&#60;&#38;&#62;&#34;&#39;</b>');
    expect(markup`<p>${inner}${[inner, inner]}${undefined}${false}${0}</p>`.text).toBe(
      `<p>${inner.text.repeat(3)}0</p>`,
    );
  });

  test('lets no text open a tag or leave an attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { text: html } = markup`${text}`;
        expect(html).not.toMatch(/[<>"']/);
      }),
    );
  });
});

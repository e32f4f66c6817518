import { describe, expect, test } from 'vitest';
import { epochMs } from '../domain/units.ts';
import { amountText, momentText, numberText, priceText, resultText } from './amount-text.ts';

describe('numbers for people', () => {
  test.each([
    [61_234.5, '61234.50'],
    [61_234, '61234.00'],
    [1.08535, '1.08535'],
    [0.1 + 0.2, '0.30'],
    [0.00000001, '0.00000001'],
  ])('the price %d is %s', (value, text) => expect(priceText(value)).toBe(text));

  test.each([
    [12.5, '+12.50'],
    [-3, '-3.00'],
    [0, '0.00'],
    [-0.001, '0.00'],
    [0.004, '0.00'],
  ])('the result %d is %s', (value, text) => expect(resultText(value)).toBe(text));

  test('an amount below a cent is nothing, without a sign', () => {
    expect(amountText(-0.004)).toBe('0.00');
  });

  test.each([
    [0.0310000001, '0.031'],
    [3, '3'],
    [123.456789, '123.457'],
  ])('the limit %d is %s', (value, text) => expect(numberText(value)).toBe(text));

  test('a moment is told in UTC, to the minute', () => {
    expect(momentText(epochMs(Date.UTC(2025, 2, 4, 10, 15, 59)))).toBe('2025-03-04 10:15');
  });

  test('a moment that nobody knows yet is no moment of 1970', () => {
    expect(momentText(epochMs(0))).toBe('(no market time)');
  });
});

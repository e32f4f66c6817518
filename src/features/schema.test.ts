import { describe, expect, test } from 'vitest';
import { atrColumn, column, featureNames, featureSchemaHash } from './schema.ts';

describe('the feature schema', () => {
  test('has 62 columns, each at its place', () => {
    expect(Object.values(column)).toEqual(Array.from({ length: 62 }, (_, place) => place));
  });

  test('is the one that models are bound to', () => {
    expect(featureSchemaHash).toBe(
      'f72b7ae256b51f915fd7a56e08de3955e291ca07e5d1fb4e080a09187d1d74bc',
    );
  });

  test('knows the column that stops are laid from', () => {
    expect(featureNames[atrColumn]).toBe('atr_14');
    expect(atrColumn).toBe(4);
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { figureGroups } from './figure-definitions.ts';
import { metricsDocs } from './metrics-docs.ts';

const environment: { readonly UPDATE_DOCS?: string | undefined } = process.env;
const committed = new URL('../../../docs/metrics.md', import.meta.url);

describe('docs/metrics.md', () => {
  test('is what the definitions say (UPDATE_DOCS=1 writes it)', () => {
    const generated = metricsDocs();
    if (environment.UPDATE_DOCS === '1') writeFileSync(committed, generated);
    expect(readFileSync(committed, 'utf8')).toBe(generated);
  });

  test('says of every figure how it is computed and what it does not say', () => {
    for (const { label, formula, limit } of figureGroups.flatMap(({ figures }) => figures)) {
      expect(formula.length, label).toBeGreaterThan(10);
      expect(limit, label).toMatch(/\.$/);
    }
  });
});

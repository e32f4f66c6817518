import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accountSchema } from './accounts-schema.ts';
import { configurationDocs } from './configuration-table.ts';
import { fieldsOf, keysOf } from './key-info.ts';
import { mlSchema } from './ml-schema.ts';
import { terminalSchemas } from './terminals-schema.ts';
import { tradingSchema } from './trading-schema.ts';

const environment: { readonly UPDATE_DOCS?: string | undefined } = process.env;
const committed = new URL('../../docs/configuration.md', import.meta.url);

describe('docs/configuration.md', () => {
  test('is what the schemas say (UPDATE_DOCS=1 writes it)', () => {
    const generated = configurationDocs();
    if (environment.UPDATE_DOCS === '1') {
      mkdirSync(new URL('.', committed), { recursive: true });
      writeFileSync(committed, generated);
    }
    expect(readFileSync(committed, 'utf8')).toBe(generated);
  });

  test.each([
    ['accounts.json', accountSchema],
    ['terminals.json (mt5)', terminalSchemas.mt5],
    ['terminals.json (simulator)', terminalSchemas.simulator],
    ['config.json', tradingSchema],
    ['ml_config.json', mlSchema],
  ])('leaves out no key of %s', (_file, schema) => {
    const documented = new Set([...keysOf(schema).keys()].map((path) => path.split('.')[0]));
    expect([...documented]).toEqual(Object.keys(fieldsOf(schema) ?? {}));
    for (const { info } of keysOf(schema).values()) expect(info.text).toMatch(/\.$/);
  });
});

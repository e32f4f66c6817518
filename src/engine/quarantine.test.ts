import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { epochMs } from '../domain/units.ts';
import { quarantineFiles, quarantinePath } from './quarantine.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-quarantine-'));
let journals = 0;

function aJournal(): string {
  journals += 1;
  return join(folder, `${journals}`, 'state_demo.db');
}

const quarantine = { at: epochMs(Date.UTC(2026, 0, 5, 12)), reason: 'crashed too often' };

describe('a quarantine', () => {
  test('is what was written, beside the journal, and in words that a person can read', () => {
    const journal = aJournal();
    quarantineFiles.write(journal, quarantine);
    expect(quarantineFiles.read(journal)).toEqual(quarantine);
    expect(JSON.parse(readFileSync(quarantinePath(journal), 'utf8'))).toEqual({
      at: '2026-01-05T12:00:00.000Z',
      reason: 'crashed too often',
    });
    expect(readdirSync(join(journal, '..'))).toEqual(['state_demo.db.quarantine.json']);
  });

  test('is none where no file is, also after it was taken back twice', () => {
    const journal = aJournal();
    expect(quarantineFiles.read(journal)).toBeUndefined();
    quarantineFiles.write(journal, quarantine);
    quarantineFiles.remove(journal);
    quarantineFiles.remove(journal);
    expect(quarantineFiles.read(journal)).toBeUndefined();
  });

  test.each(['', '{', '{"at":"yesterday","reason":"?"}', '{"reason":"?"}'])(
    'that cannot be read, %j, is one: only a person takes it back',
    (text) => {
      const journal = aJournal();
      quarantineFiles.write(journal, quarantine);
      writeFileSync(quarantinePath(journal), text);
      expect(quarantineFiles.read(journal)?.reason).toContain('cannot be read');
    },
  );
});

/** The files that keep a quarantine over a restart of the process: `<journal>.quarantine.json`, beside the journal. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type EpochMs, epochMs } from '../domain/units.ts';

/** Since when an account is not started any more, and why. */
export type Quarantine = { readonly at: EpochMs; readonly reason: string };

/** Where quarantines are kept, by path of the account's journal. */
export type QuarantineStore = {
  /** Undefined: it may run. What cannot be read counts as a quarantine: only a person takes one back. */
  read(journalPath: string): Quarantine | undefined;
  write(journalPath: string, quarantine: Quarantine): void;
  remove(journalPath: string): void;
};

const Content = z.object({ at: z.iso.datetime(), reason: z.string() });

export const quarantineFiles: QuarantineStore = {
  read: (journalPath) => {
    const path = quarantinePath(journalPath);
    try {
      const { at, reason } = Content.parse(JSON.parse(readFileSync(path, 'utf8')));
      return { at: epochMs(Date.parse(at)), reason };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      return { at: epochMs(0), reason: `${path} cannot be read: ${String(cause)}` };
    }
  },
  write: (journalPath, { at, reason }) => {
    const path = quarantinePath(journalPath);
    mkdirSync(dirname(path), { recursive: true });
    const text = JSON.stringify({ at: new Date(at).toISOString(), reason }, undefined, 2);
    writeFileSync(`${path}.new`, `${text}\n`);
    renameSync(`${path}.new`, path);
  },
  remove: (journalPath) => rmSync(quarantinePath(journalPath), { force: true }),
};

export function quarantinePath(journalPath: string): string {
  return `${journalPath}.quarantine.json`;
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function consoleTokenPath(stateFolder: string): string {
  return join(stateFolder, 'console.token');
}

/** The configured token, or one of our own, kept where only this user can read it. */
export function consoleToken(stateFolder: string, configured: string | undefined): string {
  if (configured !== undefined) return configured;
  const path = consoleTokenPath(stateFolder);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const made = randomBytes(24).toString('base64url');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${made}\n`, { mode: 0o600 });
  return made;
}

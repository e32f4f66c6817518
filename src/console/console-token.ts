import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

export class ConsoleTokenError extends Error {
  override readonly name = 'ConsoleTokenError';
  constructor(file: string) {
    super(
      `${file} holds no usable token: it needs at least 16 characters. Delete it and the engine writes a new one`,
    );
  }
}

/**
 * The token that consoles log in with: the file's own, or on first use a new one of 256 random bits that only the
 * owner of the file may read.
 */
export async function loadConsoleToken(file: string): Promise<string> {
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, {
      flag: 'wx',
      mode: 0o600,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const token = (await readFile(file, 'utf8')).trim();
  if (token.length < 16) throw new ConsoleTokenError(file);
  return token;
}

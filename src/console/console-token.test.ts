import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConsoleTokenError, loadConsoleToken } from './console-token.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novosky-token-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a console token is made once, for its owner alone, and then read', async () => {
  const file = join(folder, 'console.token');
  const token = await loadConsoleToken(file);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await loadConsoleToken(file)).toBe(token);
  expect(await readFile(file, 'utf8')).toBe(`${token}\n`);
});

test('a token that a person wrote is taken as it is', async () => {
  const file = join(folder, 'own.token');
  await writeFile(file, '  a-token-of-my-own \n');
  expect(await loadConsoleToken(file)).toBe('a-token-of-my-own');
});

test('an empty or short token is refused, never used', async () => {
  const file = join(folder, 'empty.token');
  await writeFile(file, '\n');
  await expect(loadConsoleToken(file)).rejects.toThrow(ConsoleTokenError);
});

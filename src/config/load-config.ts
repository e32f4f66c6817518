import type { Config, ConfigSurroundings } from './config.ts';
import { ConfigError, type ConfigMistake } from './mistake.ts';
import { configFileNames, type FilesRead, readConfigFiles } from './read-files.ts';
import { crossMistakes, resolveConfig } from './resolve-config.ts';

/**
 * Reads `accounts.json`, `terminals.json`, `config.json` and `ml_config.json` of a folder. With `replay`, every
 * terminal becomes a built-in simulator, every mode `paper`, and no address and no token is read.
 *
 * @param env where the secrets are that the files name
 * @throws ConfigError with every mistake of all files at once; then nothing of the configuration is usable
 */
export function loadConfig(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly replay?: boolean } = {},
): Config {
  const around: ConfigSurroundings = { folder, env, isReplay: options.replay ?? false };
  const read = readConfigFiles(folder);
  const mistakes = [...read.mistakes, ...crossMistakes(read.loose, around)];
  if (mistakes.length > 0 || read.files === undefined) {
    throw new ConfigError(inReadingOrder(mistakes, read));
  }
  return resolveConfig(read.files, around);
}

function inReadingOrder(mistakes: readonly ConfigMistake[], read: FilesRead): ConfigMistake[] {
  const order: readonly string[] = configFileNames;
  return mistakes
    .map((mistake) => withLine(mistake, read.lines.get(mistake.file)))
    .sort((a, b) => order.indexOf(a.file) - order.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0));
}

/** A key that is missing has no line; the object that lacks it has. */
function withLine(
  mistake: ConfigMistake,
  lines: ReadonlyMap<string, number> | undefined,
): ConfigMistake {
  if (mistake.line !== undefined || lines === undefined || mistake.path === '') return mistake;
  let path = mistake.path;
  while (!lines.has(path) && path !== '') path = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  const line = lines.get(path);
  return line === undefined ? mistake : { ...mistake, line };
}

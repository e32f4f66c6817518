import type { Config, ConfigFiles, ConfigSurroundings } from './config.ts';
import type { ConfigFileName } from './former-keys.ts';
import { isHotKey } from './hot-keys.ts';
import { looseFilesOf } from './loose-files.ts';
import { ConfigError } from './mistake.ts';
import { crossMistakes, resolveConfig } from './resolve-config.ts';
import { isRecord } from './schema-mistakes.ts';

/**
 * The running configuration with the hot keys of a newer one; all other keys keep their values until a restart.
 *
 * @throws ConfigError where the mixture contradicts itself: a hot value that only fits with a cold one
 */
export function withHotChanges(running: Config, next: Config, around: ConfigSurroundings): Config {
  const files = {
    'accounts.json': mixed('accounts.json', running, next),
    'terminals.json': running.files['terminals.json'],
    'config.json': mixed('config.json', running, next),
    'ml_config.json': running.files['ml_config.json'],
  } as ConfigFiles; // both sides were valid, key by key
  const mistakes = crossMistakes(looseFilesOf(files), around);
  if (mistakes.length > 0) {
    const hint = 'the change needs another key that only a restart takes over';
    throw new ConfigError(mistakes.map((mistake) => ({ hint, ...mistake })));
  }
  return resolveConfig(files, around);
}

function mixed(file: ConfigFileName, running: Config, next: Config): unknown {
  return mixedBelow(file, [], { cold: running.files[file], hot: next.files[file] });
}

type Sides = { readonly cold: unknown; readonly hot: unknown };

function mixedBelow(file: ConfigFileName, path: readonly string[], { cold, hot }: Sides): unknown {
  if (isHotKey(file, path)) return hot;
  if (!isRecord(cold) || !isRecord(hot)) return cold;
  const names = [...new Set([...Object.keys(cold), ...Object.keys(hot)])];
  const entries = names.map((name) => {
    const sides = { cold: cold[name], hot: hot[name] };
    return [name, mixedBelow(file, [...path, name], sides)] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

import { isDeepStrictEqual } from 'node:util';
import type { Config, ConfigFiles, ConfigSurroundings } from './config.ts';
import type { ConfigChange } from './diff-config.ts';
import type { ConfigFileName } from './former-keys.ts';
import { isHotKey } from './hot-keys.ts';
import { looseFilesOf } from './loose-files.ts';
import { ConfigError } from './mistake.ts';
import { crossMistakes, resolveConfig } from './resolve-config.ts';
import { isRecord } from './schema-mistakes.ts';

/** Why an account of `next` that does not run cannot be started before a restart; undefined: it can. */
export type WhyNotHot = (account: string, next: Config) => string | undefined;

export type HotConfig = {
  readonly config: Config;
  /** Why accounts of the newer configuration are not started, by id. */
  readonly waiting: ReadonlyMap<string, string>;
};

/**
 * The running configuration with what can be taken over from a newer one: its hot keys, the accounts that came or went,
 * and the terminals that nobody used. All other keys keep their values until a restart.
 *
 * @throws ConfigError where the mixture contradicts itself: a hot value that only fits with a cold one
 */
export function withHotChanges(
  running: Config,
  next: Config,
  { around, whyNotHot }: { readonly around: ConfigSurroundings; readonly whyNotHot: WhyNotHot },
): HotConfig {
  const waiting = new Map<string, string>();
  const files = {
    'accounts.json': { accounts: mixedAccounts(running, next, { whyNotHot, waiting }) },
    'terminals.json': mixedTerminals(running, next),
    'config.json': mixed('config.json', running, next),
    'ml_config.json': running.files['ml_config.json'],
  } as ConfigFiles; // both sides were valid, key by key
  const mistakes = crossMistakes(looseFilesOf(files), around);
  if (mistakes.length > 0) {
    const hint = 'the change needs another key that only a restart takes over';
    throw new ConfigError(mistakes.map((mistake) => ({ hint, ...mistake })));
  }
  return { config: resolveConfig(files, around), waiting };
}

/** The same change, with whether it is in force now. */
export function judged(change: ConfigChange, { config, waiting }: HotConfig): ConfigChange {
  const isHot = isDeepStrictEqual(valueAt(config.files[change.file], change.path), change.to);
  const { why: condition, ...told } = change;
  const why = isHot ? condition : waiting.get(change.account ?? '');
  return { ...told, isHot, ...(why !== undefined && { why }) };
}

function mixedAccounts(
  running: Config,
  next: Config,
  { whyNotHot, waiting }: { readonly whyNotHot: WhyNotHot; readonly waiting: Map<string, string> },
): unknown {
  const [before, after] = [running, next].map(({ files }) => files['accounts.json'].accounts);
  const ids = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const entries = ids.map((id) => {
    const [cold, hot] = [before?.[id], after?.[id]];
    if (hot?.enabled !== true) return [id, hot] as const;
    if (cold?.enabled === true) {
      return [id, mixedBelow('accounts.json', ['accounts', id], { cold, hot })] as const;
    }
    const why = whyNotHot(id, next);
    if (why !== undefined) waiting.set(id, why);
    return [id, why === undefined ? hot : cold] as const;
  });
  return present(entries);
}

/** One that is in use keeps its settings. */
function mixedTerminals(running: Config, next: Config): unknown {
  const [before, after] = [running, next].map(({ files }) => files['terminals.json']);
  const isUsed = (key: string) =>
    Object.values(running.accounts).some((each) => each.isEnabled && each.terminalKey === key) ||
    Object.values(running.signalSources).some((sources) => sources.includes(key));
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return present(keys.map((key) => [key, isUsed(key) ? before?.[key] : after?.[key]] as const));
}

function mixed(file: ConfigFileName, running: Config, next: Config): unknown {
  return mixedBelow(file, [], { cold: running.files[file], hot: next.files[file] });
}

type Sides = { readonly cold: unknown; readonly hot: unknown };

function mixedBelow(file: ConfigFileName, path: readonly string[], { cold, hot }: Sides): unknown {
  if (isHotKey(file, path)) return hot;
  if (!isRecord(cold) || !isRecord(hot)) return cold;
  const names = [...new Set([...Object.keys(cold), ...Object.keys(hot)])];
  return present(
    names.map((name) => {
      const sides = { cold: cold[name], hot: hot[name] };
      return [name, mixedBelow(file, [...path, name], sides)] as const;
    }),
  );
}

function present(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Keys of `overrides` carry dots themselves: the longest name that fits counts. */
function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value;
  if (!isRecord(value)) return undefined;
  const name = Object.keys(value).find((key) => path === key || path.startsWith(`${key}.`));
  return name === undefined ? undefined : valueAt(value[name], path.slice(name.length + 1));
}

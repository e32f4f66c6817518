import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';
import type { ConfigFileName } from './former-keys.ts';
import { hotCondition, isHotKey } from './hot-keys.ts';
import { configFileNames } from './read-files.ts';
import { isRecord } from './schema-mistakes.ts';

/** One key that two versions of the configuration have different values for. */
export type ConfigChange = {
  readonly file: ConfigFileName;
  /** Dotted path inside the file. */
  readonly path: string;
  /** The account that it concerns, for keys of accounts.json; undefined: all of them. */
  readonly account?: string;
  /** As the files say it, defaults filled in; undefined where the key is absent. Never a secret. */
  readonly from: unknown;
  readonly to: unknown;
  /** Takes effect without a restart. */
  readonly isHot: boolean;
  /** Why it does not, where more is known than that its key never does; of a hot one, what an account waits for. */
  readonly why?: string;
};

/** What changed, in the order of the files. An account or terminal that came or went is one change. */
export function diffConfig(before: Config, after: Config): readonly ConfigChange[] {
  return configFileNames.flatMap((file) => {
    const compared = { file, from: before.files[file], to: after.files[file] };
    return changesBelow([], compared);
  });
}

type Compared = { readonly file: ConfigFileName; readonly from: unknown; readonly to: unknown };

function changesBelow(path: readonly string[], { file, from, to }: Compared): ConfigChange[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (!isRecord(from) || !isRecord(to)) return [changeOf(path, { file, from, to })];
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...names].flatMap((name) =>
    changesBelow([...path, name], { file, from: from[name], to: to[name] }),
  );
}

function changeOf(path: readonly string[], { file, from, to }: Compared): ConfigChange {
  const [section, account] = path;
  const why = hotCondition(file, path);
  const isOfAccount = file === 'accounts.json' && section === 'accounts' && account !== undefined;
  return {
    file,
    path: path.join('.'),
    ...(isOfAccount ? { account } : {}),
    from,
    to,
    isHot: isHotKey(file, path),
    ...(why !== undefined && { why }),
  };
}

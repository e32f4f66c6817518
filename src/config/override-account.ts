import { accountSchema } from './accounts-schema.ts';
import type { Config, ConfigSurroundings } from './config.ts';
import { fieldsOf } from './key-info.ts';
import { looseFilesOf } from './loose-files.ts';
import { ConfigError, type ConfigMistake } from './mistake.ts';
import { overrideMistakes } from './overrides.ts';
import { crossMistakes, resolveConfig } from './resolve-config.ts';
import { schemaMistakes } from './schema-mistakes.ts';

/** Keys that stand in the account itself, not among its overrides. */
const ownKeys = ['risk_pct', 'max_lot'] as const;
const place = '--override';

type Values = Readonly<Record<string, unknown>>;

/**
 * The configuration as it would be with these values in accounts.json: `risk_pct` and `max_lot` of the account itself,
 * every other key among its `overrides`, dotted.
 *
 * @throws ConfigError as if they stood in the file
 */
export function overrideAccount(
  config: Config,
  { account: id, values }: { readonly account: string; readonly values: Values },
  around: ConfigSurroundings,
): Config {
  const account = config.files['accounts.json'].accounts[id];
  if (account === undefined) return config;
  const own = Object.entries(values).filter(([key]) => isOwn(key));
  const others = Object.fromEntries(Object.entries(values).filter(([key]) => !isOwn(key)));
  refuse([...own.flatMap(ownMistakes), ...overrideMistakes(id, others)], id);
  const changed = {
    ...account,
    ...Object.fromEntries(own),
    overrides: { ...account.overrides, ...others },
  };
  const accounts = { ...config.files['accounts.json'].accounts, [id]: changed };
  const files = { ...config.files, 'accounts.json': { accounts } };
  refuse(crossMistakes(looseFilesOf(files), around), id);
  return resolveConfig(files, around);
}

function isOwn(key: string): boolean {
  return ownKeys.some((own) => own === key);
}

function ownMistakes([key, value]: readonly [string, unknown]): ConfigMistake[] {
  const schema = fieldsOf(accountSchema)?.[key];
  return schema ? schemaMistakes({ file: 'accounts.json', base: [key], value }, schema) : [];
}

/** The files were right before: what is wrong now came with the values. */
function refuse(mistakes: readonly ConfigMistake[], id: string): void {
  if (mistakes.length === 0) return;
  const prefix = new RegExp(`^accounts\\.${id}\\.(overrides\\.)?`);
  throw new ConfigError(
    mistakes.map((mistake) => ({
      ...mistake,
      file: place,
      path: mistake.path.replace(prefix, ''),
    })),
  );
}

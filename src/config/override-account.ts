import { accountSchema } from './accounts-schema.ts';
import type { Config, ConfigFiles, ConfigSurroundings } from './config.ts';
import { fieldsOf, keysOf } from './key-info.ts';
import { looseFilesOf } from './loose-files.ts';
import { ConfigError, type ConfigMistake } from './mistake.ts';
import { mlSchema } from './ml-schema.ts';
import { overrideMistakes } from './overrides.ts';
import { crossMistakes, resolveConfig } from './resolve-config.ts';
import { schemaMistakes } from './schema-mistakes.ts';

/** Keys that stand in the account itself, not among its overrides. */
const ownKeys = ['risk_pct', 'max_lot'] as const;
const place = '--override';

/** How the position model is read: of ml_config.json, for all accounts. */
const positionPrefix = 'position_model.';
const positionKeys = new Map([...keysOf(mlSchema)].filter(([path]) => isPosition(path)));

type Values = Readonly<Record<string, unknown>>;

/**
 * The configuration as it would be with these values in accounts.json: `risk_pct` and `max_lot` of the account itself,
 * `position_model.*` of ml_config.json, every other key among its `overrides`, dotted.
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
  const position = Object.entries(values).filter(([key]) => isPosition(key));
  const others = Object.fromEntries(
    Object.entries(values).filter(([key]) => !isOwn(key) && !isPosition(key)),
  );
  const single = [...own.flatMap(ownMistakes), ...position.flatMap(positionMistakes)];
  refuse([...single, ...overrideMistakes(id, others)], id);
  const changed = {
    ...account,
    ...Object.fromEntries(own),
    overrides: { ...account.overrides, ...others },
  };
  const accounts = { ...config.files['accounts.json'].accounts, [id]: changed };
  const files = {
    ...config.files,
    'accounts.json': { accounts },
    'ml_config.json': withPosition(config.files['ml_config.json'], position),
  };
  refuse(crossMistakes(looseFilesOf(files), around), id);
  return resolveConfig(files, around);
}

function isOwn(key: string): boolean {
  return ownKeys.some((own) => own === key);
}

function isPosition(key: string): boolean {
  return key.startsWith(positionPrefix);
}

function positionMistakes([key, value]: readonly [string, unknown]): ConfigMistake[] {
  const known = positionKeys.get(key);
  if (known) return schemaMistakes({ file: 'ml_config.json', base: [key], value }, known.schema);
  const hint = `there are ${[...positionKeys.keys()].join(', ')}`;
  return [{ file: 'ml_config.json', path: key, problem: 'is not a key of ml_config.json', hint }];
}

function withPosition(
  file: ConfigFiles['ml_config.json'],
  values: readonly (readonly [string, unknown])[],
): ConfigFiles['ml_config.json'] {
  const inner = values.map(([key, value]) => [key.slice(key.lastIndexOf('.') + 1), value] as const);
  const prediction = { ...file.position_model.prediction, ...Object.fromEntries(inner) };
  return { ...file, position_model: { prediction } };
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

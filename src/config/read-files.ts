import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { accountSchema } from './accounts-schema.ts';
import { closestName } from './closest-name.ts';
import type { ConfigFiles } from './config.ts';
import type { ConfigFileName } from './former-keys.ts';
import { fieldsOf } from './key-info.ts';
import type { LooseAccount, LooseFiles, LooseTerminal } from './loose-files.ts';
import type { ConfigMistake } from './mistake.ts';
import { mlSchema } from './ml-schema.ts';
import { withPresets } from './risk-profiles.ts';
import { isRecord, schemaMistakes } from './schema-mistakes.ts';
import { JsonSyntaxError, parseStrictJson } from './strict-json.ts';
import { terminalSchemas } from './terminals-schema.ts';
import { nameText } from './text-schemas.ts';
import { tradingSchema } from './trading-schema.ts';

export const configFileNames = [
  'accounts.json',
  'terminals.json',
  'config.json',
  'ml_config.json',
] as const satisfies readonly ConfigFileName[];

/** The four files, each against its own schema. `files` is there when none of them has a mistake. */
export type FilesRead = {
  readonly mistakes: readonly ConfigMistake[];
  readonly loose: LooseFiles;
  readonly files?: ConfigFiles;
  /** Line of a value by file and dotted path. */
  readonly lines: ReadonlyMap<string, ReadonlyMap<string, number>>;
};

type Reading = {
  readonly mistakes: ConfigMistake[];
  readonly lines: Map<string, ReadonlyMap<string, number>>;
};

export function readConfigFiles(folder: string): FilesRead {
  const reading: Reading = { mistakes: [], lines: new Map() };
  const [accountsValue, terminalsValue, tradingValue, mlValue] = configFileNames.map((file) =>
    readJson(folder, file, reading),
  );
  const accounts = readAccounts(accountsValue, reading);
  const terminals = readTerminals(terminalsValue, reading);
  const trading = readWhole('config.json', withPresets(tradingValue), tradingSchema, reading);
  const ml = readWhole('ml_config.json', mlValue, mlSchema, reading);
  const { signal_sources: signalSources } = whatIsValid(tradingSchema, tradingValue);
  const { round_step: roundSteps } = whatIsValid(mlSchema, mlValue).features ?? {};
  const loose = {
    accounts,
    ...(signalSources === undefined ? {} : { signalSources }),
    ...(roundSteps === undefined ? {} : { roundSteps }),
    ...(terminals === undefined ? {} : { terminals }),
    ...(trading === undefined ? {} : { trading }),
  };
  const { mistakes, lines } = reading;
  if (mistakes.length > 0 || trading === undefined || ml === undefined) {
    return { mistakes, loose, lines };
  }
  const files = {
    'accounts.json': { accounts: Object.fromEntries(accounts) },
    'terminals.json': Object.fromEntries(terminals ?? []),
    'config.json': trading,
    'ml_config.json': ml,
  } as ConfigFiles; // without a mistake every loose value is a whole one
  return { mistakes, loose, files, lines };
}

/** The value of one file; undefined, with its mistake on record, when there is none. */
function readJson(folder: string, file: ConfigFileName, reading: Reading): unknown {
  try {
    const bytes = readFileSync(join(folder, file));
    const document = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    reading.lines.set(file, document.lines);
    return document.value;
  } catch (error) {
    reading.mistakes.push(readFailure(folder, file, error as Error));
    return undefined;
  }
}

function readFailure(
  folder: string,
  file: ConfigFileName,
  error: Error & { code?: string },
): ConfigMistake {
  if (error instanceof JsonSyntaxError) {
    const problem = `is not valid JSON: ${error.message}`;
    return { file, path: '', line: error.line, problem };
  }
  if (error.code === 'ENOENT') {
    const isOptional = file === 'config.json' || file === 'ml_config.json';
    const hint = isOptional
      ? 'a file with {} stands for the defaults'
      : 'see docs/configuration.md';
    return { file, path: '', problem: `is missing in ${folder}`, hint };
  }
  if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return { file, path: '', problem: 'is not a text file in UTF-8' };
  }
  return { file, path: '', problem: `cannot be read: ${error.message}` };
}

function readWhole<Schema extends z.ZodType>(
  file: ConfigFileName,
  value: unknown,
  schema: Schema,
  { mistakes }: Reading,
): z.output<Schema> | undefined {
  if (value === undefined) return undefined;
  mistakes.push(...schemaMistakes({ file, base: [], value }, schema));
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

function readAccounts(value: unknown, { mistakes }: Reading): Map<string, LooseAccount> {
  if (value === undefined) return new Map();
  const place = { file: 'accounts.json' as const, base: [], value };
  const frame = z.strictObject({ accounts: z.record(nameText, z.unknown()) });
  mistakes.push(...schemaMistakes(place, frame));
  const { accounts } = isRecord(value) ? value : { accounts: undefined };
  const entries = isRecord(accounts) ? accounts : undefined;
  if (entries !== undefined && Object.keys(entries).length === 0) {
    mistakes.push({ file: place.file, path: 'accounts', problem: 'has no account' });
  }
  return new Map(
    Object.entries(entries ?? {}).map(([id, entry]) => {
      const base = ['accounts', id];
      mistakes.push(...schemaMistakes({ file: place.file, base, value: entry }, accountSchema));
      return [id, whatIsValid(accountSchema, entry)];
    }),
  );
}

function readTerminals(
  value: unknown,
  { mistakes }: Reading,
): Map<string, LooseTerminal> | undefined {
  if (value === undefined) return undefined;
  const place = { file: 'terminals.json' as const, base: [], value };
  mistakes.push(...schemaMistakes(place, z.record(nameText, z.unknown())));
  if (!isRecord(value)) return undefined;
  return new Map(
    Object.entries(value).map(([key, entry]) => {
      const { found, terminal } = readTerminal(key, entry);
      mistakes.push(...found);
      return [key, terminal];
    }),
  );
}

function readTerminal(
  key: string,
  value: unknown,
): { found: readonly ConfigMistake[]; terminal: LooseTerminal } {
  const file = 'terminals.json' as const;
  const { kind } = isRecord(value) ? value : { kind: undefined };
  if (!isRecord(value) || (kind !== 'mt5' && kind !== 'simulator')) {
    return { found: [kindMistake(key, value, kind)], terminal: {} };
  }
  const schema = terminalSchemas[kind];
  const found = schemaMistakes({ file, base: [key], value }, schema);
  if (kind === 'simulator') found.push(...placementMistakes(key, value));
  return { found, terminal: { ...whatIsValid(schema, value), kind } };
}

function kindMistake(key: string, value: unknown, kind: unknown): ConfigMistake {
  const file = 'terminals.json';
  if (key === 'terminals' && kind === undefined) {
    const hint = 'terminals stand at the top of the file, without a section of their own';
    return { file, path: key, problem: 'is not a terminal', hint };
  }
  if (!isRecord(value)) return { file, path: key, problem: 'must be an object' };
  const path = `${key}.kind`;
  if (kind === undefined)
    return { file, path, problem: 'is missing', hint: '"mt5" or "simulator"' };
  if (kind === 'hyperliquid') {
    const hint = 'use a terminal of kind "mt5" or "simulator"';
    return { file, path, problem: 'Hyperliquid is not built yet', hint };
  }
  const near =
    typeof kind === 'string' ? closestName(kind, Object.keys(terminalSchemas)) : undefined;
  const problem = `must be "mt5" or "simulator", was ${JSON.stringify(kind)}`;
  return {
    file,
    path,
    problem,
    ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
  };
}

/** A simulator is built in and has settings, or runs by itself and has an address and a token. */
function placementMistakes(key: string, value: Readonly<Record<string, unknown>>): ConfigMistake[] {
  const file = 'terminals.json';
  const tokens = ['token_env', 'control_token_env'].filter((name) => Object.hasOwn(value, name));
  if (!Object.hasOwn(value, 'url')) {
    const problem = 'is for simulators that run by themselves, and there is no "url"';
    return tokens.map((name) => ({ file, path: `${key}.${name}`, problem }));
  }
  const mistakes: ConfigMistake[] = [];
  if (Object.hasOwn(value, 'simulator')) {
    const problem = 'is for a built-in simulator; the one at "url" has settings of its own';
    mistakes.push({ file, path: `${key}.simulator`, problem });
  }
  if (!tokens.includes('token_env')) {
    mistakes.push({ file, path: `${key}.token_env`, problem: 'is missing, as "url" is given' });
  }
  return mistakes;
}

/** The fields of an object that its schema accepts, defaults included. */
function whatIsValid<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
): Partial<z.output<Schema>> {
  const given = isRecord(value) ? value : {};
  const fields = Object.entries(fieldsOf(schema) ?? {});
  const valid = fields.flatMap(([name, field]) => {
    const parsed = field.safeParse(given[name]);
    return parsed.success && parsed.data !== undefined ? [[name, parsed.data]] : [];
  });
  return Object.fromEntries(valid) as Partial<z.output<Schema>>;
}

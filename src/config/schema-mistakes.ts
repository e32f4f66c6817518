import type { z } from 'zod';
import { isolations } from './accounts-schema.ts';
import { closestName } from './closest-name.ts';
import { type ConfigFileName, formerKeyHint, hasFormerKeysBelow } from './former-keys.ts';
import { fieldsOf, keysOf } from './key-info.ts';
import type { ConfigMistake } from './mistake.ts';
import { tradingSchema } from './trading-schema.ts';

/** A value of a file and where it stands: `base` leads to it from the top of the file. */
export type PlacedValue = {
  readonly file: ConfigFileName;
  readonly base: readonly string[];
  readonly value: unknown;
};

type Issue = z.core.$ZodIssue;
type Located = PlacedValue & { readonly schema: z.ZodType };

/** Everything in which a value departs from its schema, in sentences. */
export function schemaMistakes(placed: PlacedValue, schema: z.ZodType): ConfigMistake[] {
  const parsed = schema.safeParse(placed.value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => issueMistakes(issue, { ...placed, schema }));
}

function issueMistakes(issue: Issue, located: Located): ConfigMistake[] {
  const inside = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.flatMap((name) => unknownKey([...inside, name], located));
  }
  const found = valueAt(located.value, inside);
  const path = [...located.base, ...inside].join('.');
  const problem = problemIn(issue, path, found);
  const hint = valueHint(issue, path, found);
  return [{ file: located.file, path, problem, ...(hint === undefined ? {} : { hint }) }];
}

function problemIn(issue: Issue, path: string, found: unknown): string {
  if (found === undefined) return 'is missing';
  if (issue.code === 'invalid_key') return `the key ${issue.issues[0]?.message ?? issue.message}`;
  return `${problemOf(issue)}, was ${shown(path, found)}`;
}

function unknownKey(inside: readonly string[], located: Located): ConfigMistake[] {
  const { file, base, value } = located;
  const relative = inside.join('.');
  const found = valueAt(value, inside);
  const former = formerKeyHint(file, relative);
  if (former === undefined && isRecord(found) && hasFormerKeysBelow(file, relative)) {
    return Object.keys(found).flatMap((name) => unknownKey([...inside, name], located));
  }
  const hint = former ?? similarKeyHint(inside, located);
  const problem = 'is not a key of this file';
  const path = [...base, ...inside].join('.');
  return [{ file, path, problem, ...(hint === undefined ? {} : { hint }) }];
}

function similarKeyHint(inside: readonly string[], { file, schema }: Located): string | undefined {
  const typed = inside.at(-1) ?? '';
  if (file === 'accounts.json' && keysOf(tradingSchema).get(inside.join('.'))?.info.isPerAccount) {
    return `for one account it stands in "overrides": { "${inside.join('.')}": … }`;
  }
  const siblings = fieldsAt(schema, inside.slice(0, -1));
  const near = closestName(typed, siblings);
  if (near !== undefined) return `did you mean "${near}"?`;
  const elsewhere = [...keysOf(schema).keys()].find((path) => path.split('.').at(-1) === typed);
  if (elsewhere !== undefined) return `it is "${elsewhere}"`;
  return siblings.length === 0 ? undefined : `allowed here: ${siblings.join(', ')}`;
}

function fieldsAt(schema: z.ZodType, inside: readonly string[]): readonly string[] {
  let fields = fieldsOf(schema);
  for (const name of inside) {
    const inner = fields?.[name];
    fields = inner === undefined ? undefined : fieldsOf(inner);
  }
  return Object.keys(fields ?? {});
}

function problemOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return boundOf(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum);
    case 'too_big':
      return boundOf(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    default:
      return issue.message;
  }
}

function boundOf(origin: string, relation: string, bound: number | bigint): string {
  if (origin === 'array') return `must have ${relation} ${bound} entries`;
  if (origin === 'string') return `must have ${relation} ${bound} characters`;
  return `must be ${relation} ${bound}`;
}

const kinds: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text in double quotes',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function valueHint(issue: Issue, path: string, found: unknown): string | undefined {
  if (path.endsWith('.state_file') && typeof found === 'string' && found.endsWith('.json')) {
    return `state is a SQLite journal now: "${found.replace(/^.*[/\\]/, '').replace(/json$/, 'db')}"`;
  }
  if (path.endsWith('.isolation') && typeof found === 'string') return isolationHint(found);
  if (issue.code === 'invalid_value' && typeof found === 'string') {
    const near = closestName(found, issue.values.map(String));
    if (near !== undefined) return `did you mean "${near}"?`;
  }
  return undefined;
}

function isolationHint(found: string): string | undefined {
  if (/^shared\b/i.test(found)) {
    return 'name the group with letters, digits, "_" and "-": accounts of "shared:one" share one thread';
  }
  const near = closestName(found, isolations);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

/** A value as it may be shown: where a secret may have been written by mistake, only its length. */
function shown(path: string, value: unknown): string {
  const mayBeSecret = /(_env|url|token|chat_id)$/.test(path);
  if (typeof value === 'string' && mayBeSecret) return `a text of ${value.length} characters`;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let inner = value;
  for (const name of path) {
    inner = isContainer(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
  }
  return inner;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isContainer(value) && !Array.isArray(value);
}

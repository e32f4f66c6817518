import { z } from 'zod';

/** What a person has to know of a key besides its type and range: the source of docs/configuration.md. */
export type KeyInfo = {
  readonly text: string;
  readonly unit?: string;
  /** Takes effect on the next bar, without a restart. */
  readonly isHot?: boolean;
  /** The condition, where a hot key is taken over only under one. */
  readonly hotWhen?: string;
  /** A key of config.json that `overrides` of an account may replace. */
  readonly isPerAccount?: boolean;
  /** Said in the table where an absent key is not simply off. */
  readonly absent?: string;
};

/** Every documented key's schema, with its facts. */
const keyInfo = z.registry<KeyInfo>();

/** A schema of its own for one key, with its facts on record. */
export function key<T extends z.ZodType>(schema: T, info: KeyInfo): T {
  const own = schema.clone(); // a shared schema would carry the facts of the last key that used it
  keyInfo.add(own, info);
  return own;
}

/** A documented key: what it accepts and what a person has to know of it. */
export type DocumentedKey = { readonly schema: z.ZodType; readonly info: KeyInfo };

/** All documented keys below a schema, by dotted path, in the order of the schema. */
export function keysOf(schema: z.ZodType): ReadonlyMap<string, DocumentedKey> {
  return new Map(entriesOf(schema, ''));
}

/** The names that an object of this schema may carry; undefined when it is no object. */
export function fieldsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodObject ? (inner.shape as Record<string, z.ZodType>) : undefined;
}

function entriesOf(schema: z.ZodType, path: string): [string, DocumentedKey][] {
  const info = keyInfo.get(schema);
  if (info !== undefined) return [[path, { schema, info }]];
  const fields = Object.entries(fieldsOf(schema) ?? {});
  return fields.flatMap(([name, field]) =>
    entriesOf(field, path === '' ? name : `${path}.${name}`),
  );
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional;
  return isWrapper ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}

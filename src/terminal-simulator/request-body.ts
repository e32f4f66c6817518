import { UncaughtError, type WireRequest } from './reply.ts';

/** The fields of a JSON body. What they hold is checked where it is used, as loosely as the real server does. */
export type Fields = { readonly [Name in FieldName]?: unknown };

type FieldName =
  | 'symbol'
  | 'type'
  | 'volume'
  | 'sl'
  | 'tp'
  | 'magic'
  | 'comment'
  | 'position'
  | 'type_filling';

/** Throws what the web framework answers to a body that is no JSON object. */
export function jsonBody({ body }: WireRequest): Fields {
  if (!body.isJson) throw new UncaughtError('no JSON content type', 415);
  let value: unknown;
  try {
    value = JSON.parse(body.text);
  } catch (cause) {
    throw Object.assign(new UncaughtError('malformed JSON', 400), { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UncaughtError('the body is no object');
  }
  return value;
}

/** A number, or text that is one, as Python's `float` takes it; `null` and the rest raise. */
export function numberOf(fields: Fields, name: FieldName): number {
  const value = fields[name];
  const isText = typeof value === 'string' && value.trim() !== '';
  const number = typeof value === 'number' || isText ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw new UncaughtError(`${name} is no number`);
  return number;
}

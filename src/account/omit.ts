/** A record without one of its keys: the same one where it has none. */
export function omit<T extends object, K extends keyof T & string>(record: T, key: K): Omit<T, K> {
  if (!(key in record)) return record;
  const { [key]: _, ...rest } = record;
  return rest;
}

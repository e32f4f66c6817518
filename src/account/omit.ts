/** A record without one of its keys. */
export function omit<T extends object, K extends keyof T & string>(record: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = record;
  return rest;
}

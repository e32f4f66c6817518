/** A record with one of its keys set. */
export function withKey<T>(
  record: Readonly<Record<string, T>> | undefined,
  key: string | number,
  value: T,
): Readonly<Record<string, T>> {
  const changed = { ...record };
  changed[key] = value;
  return changed;
}

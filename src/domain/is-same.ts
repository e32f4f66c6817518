/** Whether two plain values say the same: equal fields in the same order, as their JSON would be equal. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isObject(one) || !isObject(other)) return Object.is(one, other);
  const keys = Object.keys(one);
  const others = Object.keys(other);
  if (keys.length !== others.length || Array.isArray(one) !== Array.isArray(other)) return false;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    if (key !== others[index] || !isSame(one[key], other[key])) return false;
  }
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/**
 * An immutable map in the order of its keys. A change costs the logarithm of the size, and what it leaves alone is shared with
 * the old map. Entries may bear marks, bits by which they are found without a look at the others.
 *
 * A weight-balanced tree: Adams, Efficient sets: a balancing act (1993), with the weights of Hirai and Yamamoto, Balancing
 * weight-balanced trees (2011).
 */
export type OrderedMap<Key extends Sortable, Value> = Node<Key, Value> | undefined;

type Sortable = number | string;

type Node<Key extends Sortable, Value> = {
  readonly entry: Entry<Key, Value>;
  readonly left: OrderedMap<Key, Value>;
  readonly right: OrderedMap<Key, Value>;
  readonly size: number;
  /** Of all entries here and below. */
  readonly marks: number;
};

export type Entry<Key, Value> = {
  readonly key: Key;
  readonly value: Value;
  readonly marks: number;
};

export function entryAt<Key extends Sortable, Value>(
  map: OrderedMap<Key, Value>,
  key: Key,
): Entry<Key, Value> | undefined {
  let node = map;
  while (node && node.entry.key !== key) node = key < node.entry.key ? node.left : node.right;
  return node?.entry;
}

/** The map with this entry, in place of one with the same key. */
export function withEntry<Key extends Sortable, Value>(
  map: OrderedMap<Key, Value>,
  entry: Entry<Key, Value>,
): OrderedMap<Key, Value> {
  if (!map) return node(entry, undefined, undefined);
  const { left, right } = map;
  if (entry.key === map.entry.key) return node(entry, left, right);
  return entry.key < map.entry.key
    ? balanced(map.entry, withEntry(left, entry), right)
    : balanced(map.entry, left, withEntry(right, entry));
}

export function withoutKey<Key extends Sortable, Value>(
  map: OrderedMap<Key, Value>,
  key: Key,
): OrderedMap<Key, Value> {
  if (!map) return undefined;
  const { entry, left, right } = map;
  if (key < entry.key) return balanced(entry, withoutKey(left, key), right);
  if (key > entry.key) return balanced(entry, left, withoutKey(right, key));
  const next = firstEntry(right);
  return next ? balanced(next, left, withoutKey(right, next.key)) : left;
}

/** @param marks only entries that bear one of these; absent: any */
export function firstEntry<Key extends Sortable, Value>(
  map: OrderedMap<Key, Value>,
  marks?: number,
): Entry<Key, Value> | undefined {
  if (!map || !bears(map, marks)) return undefined;
  return (
    firstEntry(map.left, marks) ??
    (bears(map.entry, marks) ? map.entry : firstEntry(map.right, marks))
  );
}

/** @param marks only entries that bear one of these; absent: any */
export function lastEntry<Key extends Sortable, Value>(
  map: OrderedMap<Key, Value>,
  marks?: number,
): Entry<Key, Value> | undefined {
  if (!map || !bears(map, marks)) return undefined;
  return (
    lastEntry(map.right, marks) ??
    (bears(map.entry, marks) ? map.entry : lastEntry(map.left, marks))
  );
}

/**
 * @param marks only of entries that bear one of these; absent: any
 * @param after only of entries with a greater key; absent: from the first on
 */
export function valuesOf<Key extends Sortable, Value>(
  map: OrderedMap<Key, Value>,
  { marks, after }: { readonly marks?: number; readonly after?: Key } = {},
): readonly Value[] {
  const found: Value[] = [];
  const collect = (node: OrderedMap<Key, Value>): void => {
    if (!node || !bears(node, marks)) return;
    const isAfter = after === undefined || node.entry.key > after;
    if (isAfter) collect(node.left);
    if (isAfter && bears(node.entry, marks)) found.push(node.entry.value);
    collect(node.right);
  };
  collect(map);
  return found;
}

function bears({ marks }: { readonly marks: number }, wanted: number | undefined): boolean {
  return wanted === undefined || (marks & wanted) !== 0;
}

function sizeOf(map: { readonly size: number } | undefined): number {
  return map?.size ?? 0;
}

function node<Key extends Sortable, Value>(
  entry: Entry<Key, Value>,
  left: OrderedMap<Key, Value>,
  right: OrderedMap<Key, Value>,
): Node<Key, Value> {
  const size = sizeOf(left) + sizeOf(right) + 1;
  const marks = entry.marks | (left?.marks ?? 0) | (right?.marks ?? 0);
  return { entry, left, right, size, marks };
}

/** No side may weigh more than three times as much as the other, where weight is size + 1. */
function balanced<Key extends Sortable, Value>(
  entry: Entry<Key, Value>,
  left: OrderedMap<Key, Value>,
  right: OrderedMap<Key, Value>,
): Node<Key, Value> {
  const [leftWeight, rightWeight] = [sizeOf(left) + 1, sizeOf(right) + 1];
  if (right && rightWeight > 3 * leftWeight) return raisedRight(entry, left, right);
  if (left && leftWeight > 3 * rightWeight) return raisedLeft(entry, left, right);
  return node(entry, left, right);
}

function raisedRight<Key extends Sortable, Value>(
  entry: Entry<Key, Value>,
  left: OrderedMap<Key, Value>,
  right: Node<Key, Value>,
): Node<Key, Value> {
  const { left: inner, right: outer } = right;
  if (!inner || sizeOf(inner) + 1 < 2 * (sizeOf(outer) + 1)) {
    return node(right.entry, node(entry, left, inner), outer);
  }
  return node(inner.entry, node(entry, left, inner.left), node(right.entry, inner.right, outer));
}

function raisedLeft<Key extends Sortable, Value>(
  entry: Entry<Key, Value>,
  left: Node<Key, Value>,
  right: OrderedMap<Key, Value>,
): Node<Key, Value> {
  const { left: outer, right: inner } = left;
  if (!inner || sizeOf(inner) + 1 < 2 * (sizeOf(outer) + 1)) {
    return node(left.entry, outer, node(entry, inner, right));
  }
  return node(inner.entry, node(left.entry, outer, inner.left), node(entry, inner.right, right));
}

/** The known name that a mistyped one most likely meant; undefined when nothing is near. */
export function closestName(typed: string, known: readonly string[]): string | undefined {
  const wanted = simplified(typed);
  const distances = known.map((name) => ({
    name,
    distance: editDistance(wanted, simplified(name)),
  }));
  const nearest = distances.reduce((best, next) => (next.distance < best.distance ? next : best), {
    name: '',
    distance: Number.POSITIVE_INFINITY,
  });
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  return nearest.distance <= allowed ? nearest.name : undefined;
}

/** camelCase, kebab-case and capitals are spellings of one name. */
function simplified(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}

/** Levenshtein's distance: insertions, deletions and replacements that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

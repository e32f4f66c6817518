const blocks = '▁▂▃▄▅▆▇█';

/** A line of blocks, one for each of `width` equal parts of the values: its last. Empty without a value. */
export function sparkline(values: readonly number[], width: number): string {
  const count = Math.min(width, values.length);
  const kept = Array.from(
    { length: count },
    (_, part) => values[Math.ceil(((part + 1) * values.length) / count) - 1] as number,
  );
  const [low, high] = [Math.min(...kept), Math.max(...kept)];
  return kept
    .map((value) => {
      const share = high > low ? (value - low) / (high - low) : 0;
      return blocks[Math.round(share * (blocks.length - 1))];
    })
    .join('');
}

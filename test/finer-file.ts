import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Writes a CSV of M5 bars that come to the M15 bars of another one: each goes from its open to its high, on to its low and
 * from there to its close.
 */
export function writeFinerFile(path: string, data: string): void {
  const [head = '', ...lines] = readFileSync(data, 'utf8').trimEnd().split('\n');
  const parts = lines.flatMap((line) => {
    const [time, open, high, low, close] = line.split(',').map(Number) as [number, ...number[]];
    return [
      [time, open, high, open, high, 1],
      [time + 300, high, high, low, low, 1],
      [time + 600, low, close, low, close, 1],
    ];
  });
  writeFileSync(path, `${[head, ...parts.map((part) => part.join(','))].join('\n')}\n`);
}

import { writeFileSync } from 'node:fs';
import { barStream } from '../src/terminal-simulator/generated-bars.ts';

/** The shipped models were trained to the end of 2024. */
export const trainedTo = Date.UTC(2025, 0, 1);
/** As many as the features need, and a few. */
const historyBars = 10_100;
const barMs = 900_000;

/** Writes a CSV of generated bars: just enough history, and so many that the shipped models were not trained on. */
export function writeUnseenBars(path: string, unseen: number): void {
  const stream = barStream({ symbol: 'BTCUSD', seed: 3, spreadPoints: 300 });
  const rows = ['time,open,high,low,close,volume'];
  for (let count = 0; count < unseen; ) {
    const { openTime, open, high, low, close, volume } = stream.next();
    if (openTime < trainedTo - historyBars * barMs) continue;
    rows.push([openTime / 1_000, open, high, low, close, volume].join(','));
    if (openTime >= trainedTo) count += 1;
  }
  writeFileSync(path, `${rows.join('\n')}\n`);
}

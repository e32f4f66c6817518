import { writeFileSync } from 'node:fs';
import { barStream, generatedOrigin } from '../../src/terminal-simulator/generated-bars.ts';

/** Enough bars before the first decision: the weekly features need 15 weeks. */
const warmUpBars = 16 * 672;

/** Writes a CSV of generated bars, for scenarios that must not depend on anybody's data. Returns the first decided bar's time. */
export function writeGeneratedFile(
  path: string,
  options: { readonly seed: number; readonly bars: number },
): number {
  const stream = barStream({ symbol: 'BTCUSD', seed: options.seed, spreadPoints: 300 });
  const rows = ['time,open,high,low,close,volume'];
  let from = 0;
  for (let index = 0; index < warmUpBars + options.bars; index += 1) {
    const { openTime, open, high, low, close, volume } = stream.next();
    if (index === warmUpBars) from = openTime;
    rows.push([openTime / 1000, open, high, low, close, volume].join(','));
  }
  writeFileSync(path, `${rows.join('\n')}\n`);
  return from === 0 ? generatedOrigin : from;
}

import { UsageError } from '../config/usage-error.ts';
import { type BarFile, loadBars } from '../market-data/bar-file.ts';

/** @throws UsageError for other bars, BarFileError for a file that is none */
export async function loadM15(path: string): Promise<BarFile> {
  const file = await loadBars(path);
  if (file.timeframe === 'M15') return file;
  throw new UsageError(`${path}: bars must be M15, these are ${file.timeframe}`);
}

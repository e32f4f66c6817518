import type { Bar } from '../src/domain/bar.ts';
import { type EpochMs, type Price, roundTo } from '../src/domain/units.ts';
import { seededRandom } from '../src/runtime/seeded-random.ts';

/** A seeded walk of M15 bars without gaps, beginning on Monday 2023-01-02 near 20,000. */
export function randomBars({ count, seed }: { count: number; seed: number }): Bar[] {
  const random = seededRandom(seed);
  const bell = () => random() + random() + random() + random() - 2;
  let close = 20_000;
  return Array.from({ length: count }, (_, index) => {
    const open = close;
    close = roundTo(open * Math.exp(0.004 * bell()), 2);
    const reach = () => 1 + 0.002 * random();
    return {
      openTime: (1_672_617_600_000 + index * 900_000) as EpochMs,
      open: open as Price,
      high: roundTo(Math.max(open, close) * reach(), 2) as Price,
      low: roundTo(Math.min(open, close) / reach(), 2) as Price,
      close: close as Price,
      volume: 1 + Math.floor(1_000 * random()),
    };
  });
}

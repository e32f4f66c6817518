import { type Bar, timeframeMs } from '../src/domain/bar.ts';
import { epochMs, price } from '../src/domain/units.ts';
import { seededRandom } from '../src/runtime/seeded-random.ts';

type GeneratedBars = {
  readonly seed: number;
  readonly count: number;
  /** Open time of the first bar; default Monday, 2024-01-01 00:00 UTC. */
  readonly start?: number;
  readonly barMs?: number;
  /** Chance that a hole of up to `holeBarsMax` bars follows a bar; default 0. */
  readonly holeChance?: number;
  readonly holeBarsMax?: number;
  /** Prices are multiples of it: the coarser, the more ties; default 0.5. */
  readonly tick?: number;
};

/** A random walk around 20,000 in closed bars: quiet and wild hours, ties, dojis, bars without volume, holes. */
export function generatedBars({
  seed,
  count,
  start = Date.UTC(2024, 0, 1),
  barMs = timeframeMs.M15,
  holeChance = 0,
  holeBarsMax = 96,
  tick = 0.5,
}: GeneratedBars): Bar[] {
  const random = seededRandom(seed);
  const onTick = (value: number) => price(Math.max(1, Math.round(value / tick)) * tick);
  const bars: Bar[] = [];
  let openTime = start;
  let last = 20_000;
  let width = 20;
  while (bars.length < count) {
    width = Math.min(200, Math.max(3 * tick, width * (0.9 + 0.2 * random())));
    const open = onTick(last + (random() < 0.1 ? width * (random() - 0.5) : 0));
    const close = onTick(open + (random() < 0.1 ? 0 : width * (random() - 0.5)));
    const high = onTick(Math.max(open, close) + width * 0.4 * random());
    const low = onTick(Math.min(open, close) - width * 0.4 * random());
    const volume = random() < 0.05 ? 0 : Math.round(1_000 * random() * width) / 10;
    bars.push({ openTime: epochMs(openTime), open, high, low, close, volume });
    last = close;
    openTime += barMs;
    if (random() < holeChance) openTime += barMs * Math.ceil(holeBarsMax * random());
  }
  return bars;
}

import { resolve } from 'node:path';
import { UsageError } from '../config/usage-error.ts';
import type { Bar } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { createFeatureEngine } from '../features/feature-engine.ts';
import { loadBars } from '../market-data/bar-file.ts';
import { BarFileError } from '../market-data/bar-file-error.ts';

/** A file that was read, checked, and found long enough for what is asked of it. */
export type Replay = {
  readonly path: string;
  readonly sha256: string;
  /** Open time of the file's first bar: the feature series begins there. */
  readonly historyFrom: EpochMs;
  /** Open time of the first bar that is decided on. */
  readonly from: EpochMs;
  /** Open time of the last one. */
  readonly to: EpochMs;
  readonly bars: number;
};

export type ReplayRequest = {
  readonly path: string;
  /** Default: the first bar with a ready feature vector. */
  readonly from?: EpochMs;
  /** Default: to the end of the file. */
  readonly bars?: number;
  readonly roundStep: number;
  /** Told about what is legal but worth knowing. */
  readonly say: (line: string) => void;
};

/** Reads and checks a replay. Every fault of the file or of the request is a `UsageError` with both numbers. */
export async function openReplay(request: ReplayRequest): Promise<Replay> {
  const path = resolve(request.path);
  const { bars, gaps, sha256 } = await loadChecked(path);
  for (const { after, missing } of gaps) {
    request.say(
      `gap     ${missing === 1 ? '1 bar is' : `${missing} bars are`} missing after ${new Date(after).toISOString()}; nothing is filled in`,
    );
  }
  const ready = firstReady(bars, request.roundStep);
  if (ready === undefined) {
    throw new UsageError(
      `${path} has ${bars.length} bars: too few for one feature vector (15 weeks are needed)`,
    );
  }
  const first = request.from === undefined ? ready : firstFrom(path, bars, request.from);
  if (first < ready) {
    throw new UsageError(
      `${path} has ${first} bars before --from, the features need ${ready}: begin at ${isoOf(bars, ready)} or later`,
    );
  }
  const available = bars.length - first;
  const wanted = request.bars ?? available;
  if (wanted > available) {
    throw new UsageError(
      `${path} has ${available} bars from ${isoOf(bars, first)} on, --bars asks for ${wanted}`,
    );
  }
  return {
    path,
    sha256,
    historyFrom: openTimeOf(bars, 0),
    from: openTimeOf(bars, first),
    to: openTimeOf(bars, first + wanted - 1),
    bars: wanted,
  };
}

async function loadChecked(path: string): ReturnType<typeof loadBars> {
  try {
    return await loadBars(path);
  } catch (cause) {
    if (cause instanceof BarFileError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

/** Index of the first bar that has a feature vector. */
function firstReady(bars: readonly Bar[], roundStep: number): number | undefined {
  const engine = createFeatureEngine({ roundStep });
  const index = bars.findIndex((bar) => engine.update(bar) !== undefined);
  return index === -1 ? undefined : index;
}

function firstFrom(path: string, bars: readonly Bar[], from: EpochMs): number {
  const index = bars.findIndex(({ openTime }) => openTime >= from);
  if (index !== -1) return index;
  throw new UsageError(
    `${path} ends with the bar of ${isoOf(bars, bars.length - 1)}, --from asks for ${new Date(from).toISOString()}`,
  );
}

function openTimeOf(bars: readonly Bar[], index: number): EpochMs {
  return bars[index]?.openTime ?? epochMs(0);
}

function isoOf(bars: readonly Bar[], index: number): string {
  return new Date(openTimeOf(bars, index)).toISOString();
}

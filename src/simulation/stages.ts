/** The market that simulations play: made once, with the features warmed up where each replay may begin. */
import { type Bar, timeframeMs } from '../domain/bar.ts';
import { createFeatureEngine, type FeatureSnapshot } from '../features/feature-engine.ts';
import { barStream } from '../terminal-simulator/generated-bars.ts';

export const simulatedRoundStep = 1_000;

/** A place in the market to begin at. */
export type Stage = {
  /** Closed already: enough for a feed to find its place. */
  readonly history: readonly Bar[];
  readonly bars: readonly Bar[];
  /** The features after the last bar of the history. */
  readonly features: FeatureSnapshot;
};

const marketSeed = 1;
const spreadPoints = 1_400;
/** The first vector is ready after some fifteen weeks. */
const warmUpBars = 15 * (timeframeMs.W1 / timeframeMs.M15) + 100;
const historyBars = 16;
const stageCount = 8;
/** Bars between two stages, and so the longest replay. */
const stageBars = 400;

/** Places all over two months of a generated market. */
export function openStages(): readonly Stage[] {
  const stream = barStream({ symbol: 'BTCUSD', seed: marketSeed, spreadPoints });
  const bars = Array.from({ length: warmUpBars + (stageCount + 1) * stageBars }, stream.next);
  const engine = createFeatureEngine({ roundStep: simulatedRoundStep });
  const stages: Stage[] = [];
  for (const [index, bar] of bars.entries()) {
    engine.update(bar);
    const closed = index + 1;
    if (closed < warmUpBars || (closed - warmUpBars) % stageBars !== 0) continue;
    const played = bars.slice(closed, closed + stageBars);
    if (played.length < stageBars) break;
    const history = bars.slice(closed - historyBars, closed);
    stages.push({ history, bars: played, features: engine.snapshot() });
  }
  return stages;
}

import { openReplay } from '../src/cli/replay-file.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { epochMs } from '../src/domain/units.ts';
import { planRun, type RunPlan } from '../src/engine/run-plan.ts';

export type FleetRequest = {
  readonly configFolder: string;
  readonly stateFolder: string;
  readonly modelsFolder: string;
  readonly replay: { readonly path: string; readonly fromMs: number; readonly bars: number };
  /** Market minutes per second; absent = as fast as it goes. */
  readonly speed?: number;
};

/** What the engine of a benchmark runs: a replay by every account of a configuration. */
export async function plannedFleet(request: FleetRequest): Promise<RunPlan> {
  const { path, fromMs, bars } = request.replay;
  const config = loadConfig(request.configFolder, {}, { replay: true });
  const roundStep = config.ml.roundSteps['BTCUSD'] ?? 0;
  const replay = await openReplay({ path, from: epochMs(fromMs), bars, roundStep, say: () => {} });
  return planRun({
    ...{ config, replay, stateFolder: request.stateFolder, modelsFolder: request.modelsFolder },
    speed: request.speed ?? Number.POSITIVE_INFINITY,
  });
}

/** Everything that a sweep is made of, before the first set is played. */
import { join } from 'node:path';
import type { AccountPolicy } from '../account/policy.ts';
import type { PositionJudge } from '../backtest/account-run.ts';
import { loadPredictions, type Predictions } from '../backtest/load-predictions.ts';
import {
  type Axis,
  isOneByOne,
  overridesOf,
  type SetOverride,
  type SweepTarget,
  withinProfile,
} from '../backtest/sweep/grids.ts';
import { withoutSilence } from '../backtest/sweep/regime-axes.ts';
import { surfaceDays } from '../backtest/sweep/surface.ts';
import { sweepInputs } from '../backtest/sweep/sweep-inputs.ts';
import type { StoredSet, SweepInputs } from '../backtest/sweep/sweep-store.ts';
import { type SweepWindow, sweepWindow } from '../backtest/sweep/sweep-window.ts';
import {
  decidedFrom,
  holdoutFrom,
  type SweepWorld,
  sweepWorld,
} from '../backtest/sweep/sweep-world.ts';
import {
  namesQuantiles,
  thresholdSamples,
  withThresholds,
} from '../backtest/sweep/threshold-quantiles.ts';
import type { Config } from '../config/config.ts';
import { defaultAccount, defaultConfig } from '../config/default-config.ts';
import { environment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { riskProfiles } from '../config/risk-profiles.ts';
import { UsageError } from '../config/usage-error.ts';
import { type Bar, timeframeMs } from '../domain/bar.ts';
import { epochMs } from '../domain/units.ts';
import { type AccountWishes, type BacktestAccount, backtestAccount } from './backtest-account.ts';
import { backtestPeriod } from './backtest-period.ts';
import { loadDetail } from './load-detail.ts';
import { loadM15 } from './load-m15.ts';
import { assertModelsUsable } from './models-usable.ts';
import { type GridWishes, wantedAxes } from './sweep-grid.ts';

export type SweepWishes = AccountWishes & {
  readonly target: SweepTarget;
  readonly grid?: GridWishes;
  readonly data: string;
  readonly detail?: readonly string[];
  readonly config: string;
  readonly models: string;
  readonly state: string;
  readonly cache?: string;
};

type PlannedSet = StoredSet & { readonly policy: AccountPolicy };

export type SweepPlan = {
  readonly account: BacktestAccount;
  readonly world: SweepWorld;
  /** The configuration as it stands comes first. No two trade alike. */
  readonly sets: readonly PlannedSet[];
  readonly inputs: SweepInputs;
  /** Where the models judge open positions of a set. */
  readonly judge?: PositionJudge;
  /** Ends the models. */
  readonly release: () => Promise<void>;
};

/**
 * @param say told what is being done; it may take a minute where the models have to be asked
 * @throws UsageError, ConfigError
 */
export async function planSweep(
  wishes: SweepWishes,
  say: (what: string) => void = () => {},
): Promise<SweepPlan> {
  const { symbol, models } = wishes;
  const axes = wantedAxes(wishes.target, wishes.grid ?? {});
  const config = configOf(wishes);
  const account = backtestAccount(wishes, () => config);
  const { policy } = account;
  await assertModelsUsable({ modelsFolder: models, markets: [{ symbol }], accounts: [{ policy }] });
  const { bars } = await loadM15(wishes.data);
  const detail = await loadDetail(bars, wishes.detail);
  const predictions = await predictionsOf(wishes, { account, bars, say });
  try {
    const { table, manifest, judge } = predictions;
    refuseWithoutModel(wishes, predictions);
    const window = windowOf(bars, predictions);
    const world = sweepWorld({ ...account, symbol, bars, table, detail, manifest }, window);
    if (wishes.target === 'surface') refuseShort(world);
    const resolved = resolvedAxes(axes, wishes, { bars, config, account, predictions });
    const sets = setsOf(wishes, {
      config,
      account,
      overrides: overridesOf(wishes.target, resolved),
    });
    const isJudged = judge !== undefined && sets.some((set) => set.policy.management);
    return {
      account: { ...account, settings: { ...account.settings, ...detail.settings } },
      ...{ world, sets, inputs: sweepInputs(world, policy) },
      release: predictions.release,
      ...(isJudged && { judge }),
    };
  } catch (error) {
    await predictions.release();
    throw error;
  }
}

function configOf({ account, symbol, config }: SweepWishes): Config {
  if (account === defaultAccount) return defaultConfig(symbol);
  return loadConfig(config, environment, { replay: true });
}

function predictionsOf(
  { symbol, models, cache, state }: SweepWishes,
  of: {
    readonly account: BacktestAccount;
    readonly bars: readonly Bar[];
    readonly say: (what: string) => void;
  },
): Promise<Predictions> {
  const { account, bars, say } = of;
  say(`computing the features of ${bars.length} bars`);
  return loadPredictions(
    {
      ...{ bars, symbol, timeframe: 'M15', roundStep: account.roundStep },
      modelFolder: join(models, symbol),
      cacheFolder: cache ?? join(state, 'backtest-cache'),
    },
    (done, rows) => say(`asking the models ${Math.floor((100 * done) / rows)} %`),
  );
}

function refuseWithoutModel({ target, models, symbol }: SweepWishes, { judge }: Predictions): void {
  if (target !== 'pos' || judge !== undefined) return;
  throw new UsageError(
    `--target pos sweeps how a position model is read, and the set in ${join(models, symbol)} has none: use a set whose manifest.json has a "position" section (--models), or sweep another target`,
  );
}

function windowOf(bars: readonly Bar[], { series, manifest }: Predictions): SweepWindow {
  const trainedUntil = epochMs(Date.parse(manifest.training.train_to));
  const outOfSample = backtestPeriod(bars, { ready: series.first, trainedUntil, oosOnly: true });
  const window = sweepWindow(outOfSample);
  if (window !== undefined) return window;
  const count = outOfSample.last - outOfSample.first + 1;
  throw new UsageError(`${count} bars after the training data are too few to sweep 70 % of them`);
}

function refuseShort(world: SweepWorld): void {
  const missingMs = surfaceDays * timeframeMs.D1 - (holdoutFrom(world) - decidedFrom(world));
  if (missingMs <= 0) return;
  const missing = Math.ceil(missingMs / timeframeMs.M15 / 0.7);
  throw new UsageError(
    `--target surface needs ${surfaceDays} days in the first 70 % of the bars after the training data: about ${missing} bars are missing`,
  );
}

function resolvedAxes(
  axes: readonly Axis[],
  wishes: SweepWishes,
  of: {
    readonly bars: readonly Bar[];
    readonly config: Config;
    readonly account: BacktestAccount;
    readonly predictions: Predictions;
  },
): readonly Axis[] {
  const asked = Object.keys(wishes.grid ?? {});
  const { policy } = of.account;
  const heard = axes.map((axis) =>
    asked.includes(axis.key) ? axis : withoutSilence(axis, policy.regimeWeights),
  );
  const numbers = heard.some(namesQuantiles) ? withNumbers(heard, of) : heard;
  const number =
    wishes.override?.['risk_profile'] ?? of.config.accounts[of.account.id]?.riskProfile;
  const profile = riskProfiles.get(Number(number));
  if (profile === undefined) return numbers;
  // What was asked for by name is refused by the configuration, not left out.
  const { risk_percent: risk_pct, ...others } = profile.ranges;
  const ranges = Object.entries({ ...others, risk_pct }).filter(([key]) => !asked.includes(key));
  return withinProfile(numbers, Object.fromEntries(ranges));
}

function withNumbers(
  axes: readonly Axis[],
  {
    bars,
    account,
    predictions,
  }: {
    readonly bars: readonly Bar[];
    readonly account: BacktestAccount;
    readonly predictions: Predictions;
  },
): readonly Axis[] {
  const { series, manifest } = predictions;
  const slice = manifest.split.calibrate;
  const samples = thresholdSamples(bars, series, { ...slice, policy: account.policy });
  if (samples.min_confidence.length >= slice.rows / 2) return withThresholds(axes, samples);
  throw new UsageError(
    `quantiles of thresholds are taken from the calibration slice, ${slice.from} to ${slice.to}, and the data has no features for most of it: use data that reaches back so far, or name values, such as --grid min_confidence=0.5,0.52 --grid min_prob_gap=0.1`,
  );
}

function setsOf(
  wishes: SweepWishes,
  of: {
    readonly config: Config;
    readonly account: BacktestAccount;
    readonly overrides: readonly SetOverride[];
  },
): readonly PlannedSet[] {
  const { target } = wishes;
  const { policy: asIs } = of.account;
  const base: PlannedSet = { target, override: {}, policy: asIs, key: asIs.hash };
  const sets = of.overrides.map((override): PlannedSet => {
    const changed = { ...wishes, override: { ...wishes.override, ...override } };
    const { policy } = backtestAccount(changed, () => of.config);
    return { target, override, policy, key: policy.hash };
  });
  const changes = isOneByOne(target) ? sets.filter(({ key }) => key !== base.key) : sets;
  return [...new Map([base, ...changes].map((set) => [set.key, set])).values()];
}

/** The doctor on the models: there, whole, loadable, not too old, and trained for the stops that accounts lay. */
import { join } from 'node:path';
import type { AccountConfig, Config } from '../../config/config.ts';
import { timeframeMs } from '../../domain/bar.ts';
import { atrColumn, featureSchemaHash } from '../../features/schema.ts';
import { loadModel } from '../../inference/load-model.ts';
import { ModelRejectedError } from '../../inference/model-rejected-error.ts';
import type { LoadedModel } from '../../inference/onnx-ensemble.ts';
import type { Clock } from '../../runtime/clock.ts';
import { about, type DoctorFinding, fail, pass, warn } from './doctor-finding.ts';

/** Markets change: sets older than this are worth a new training. */
const ageWarnedDays = 90;

type Manifest = LoadedModel['manifest'];

export async function modelFindings(
  config: Config,
  { modelsFolder, clock }: { readonly modelsFolder: string; readonly clock: Clock },
): Promise<readonly DoctorFinding[]> {
  const enabled = Object.values(config.accounts).filter(({ isEnabled }) => isEnabled);
  const symbols = [...new Set(enabled.flatMap((account) => account.symbols))];
  const findings: DoctorFinding[] = [];
  for (const symbol of symbols) {
    const accounts = enabled.filter((account) => account.symbols.includes(symbol));
    findings.push(...(await setFindings(symbol, accounts, { config, modelsFolder, clock })));
  }
  return findings;
}

async function setFindings(
  symbol: string,
  accounts: readonly AccountConfig[],
  means: { readonly config: Config; readonly modelsFolder: string; readonly clock: Clock },
): Promise<readonly DoctorFinding[]> {
  const models = about(`models ${symbol}`);
  const folder = join(means.modelsFolder, symbol);
  try {
    const options = { folder, symbol, schemaHash: featureSchemaHash, atrColumn };
    const model = await loadModel(options);
    await model.release();
    const { manifest, missing } = model;
    const [lacking] = missing;
    return [
      models(
        'files',
        lacking === undefined
          ? pass(`${Object.keys(manifest.models).join(', ')}; set ${model.hash.slice(0, 12)}`)
          : warn(
              `one of three is missing: ${lacking.message}`,
              `restore it in ${folder}, or train again`,
            ),
      ),
      models('age', ageVerdict(manifest, accounts, means)),
      models('round numbers', roundStepVerdict(symbol, manifest, means.config)),
      ...accounts.flatMap((account) => [
        about(account.id)(`stops for ${symbol}`, stopsVerdict(manifest, account)),
        ...positionFindings(symbol, manifest, account),
      ]),
    ];
  } catch (error) {
    if (!(error instanceof ModelRejectedError)) throw error;
    const next = `train one: novosky train --data FILE --symbol ${symbol}`;
    return [models('files', fail(error.message, next))];
  }
}

/** A simulated market has a time of its own: against ours nothing is old there. */
function ageVerdict(
  { training }: Manifest,
  accounts: readonly AccountConfig[],
  { config, clock }: { readonly config: Config; readonly clock: Clock },
) {
  const until = training.train_to.slice(0, 10);
  const real = accounts.filter(({ terminalKey }) => config.terminals[terminalKey]?.kind === 'mt5');
  if (real.length === 0) return pass(`trained on data until ${until}; the market is simulated`);
  const days = Math.floor((clock.now() - Date.parse(training.train_to)) / timeframeMs.D1);
  const found = `trained on data until ${until}, ${days} days ago`;
  const next = 'train again on newer data: novosky train --help';
  const denied = real.filter(({ guards: { maxModelAgeDays } }) => isOver(days, maxModelAgeDays));
  if (denied.length > 0) {
    const who = denied.map(({ id }) => id).join(', ');
    return fail(`${found}: ${who} would be denied every entry (max_model_age)`, next);
  }
  return days > ageWarnedDays ? warn(found, next) : pass(found);
}

/** 0 = no limit. */
function isOver(days: number, limit: number): boolean {
  return limit > 0 && days > limit;
}

function roundStepVerdict(symbol: string, { features }: Manifest, { ml }: Config) {
  const configured = ml.roundSteps[symbol];
  if (configured === features.round_step) return pass(`every ${configured}, as trained`);
  return fail(
    `ml_config.json says ${configured ?? 'nothing'}, the models were trained with ${features.round_step}`,
    `set features.round_step.${symbol} to ${features.round_step}, or train again`,
  );
}

/** Exits of a position model that is not there never happen; where they are the only ones, nothing may be entered. */
function positionFindings(
  symbol: string,
  { position }: Manifest,
  { id, management }: AccountConfig,
): readonly DoctorFinding[] {
  if (management === undefined) return [];
  const check = (verdict: ReturnType<typeof pass>) =>
    about(id)(`position model for ${symbol}`, verdict);
  if (position !== undefined) return [check(pass(Object.keys(position.models).join(', ')))];
  const use = 'use a set of models that has one';
  return management.primaryExit === undefined
    ? [check(warn('there is none: its exits are off, whatever else is enabled works', use))]
    : [
        check(
          fail(
            'there is none, and position_as_primary_exit leaves the exits to it',
            `${use}, or set position_as_primary_exit.enabled to false`,
          ),
        ),
      ];
}

/** The labels were laid with the same multiples of ATR as the stops: else the probabilities mean something else. */
function stopsVerdict({ label }: Manifest, { dynamicSltp }: AccountConfig) {
  const { slAtrMultiplier, tpAtrMultiplier } = dynamicSltp;
  const { stop_atr_multiplier: stop, target_atr_multiplier: target } = label;
  const found = `SL ${slAtrMultiplier} and TP ${tpAtrMultiplier} ATR`;
  if (slAtrMultiplier === stop && tpAtrMultiplier === target) return pass(`${found}, as trained`);
  return warn(
    `${found}, the models were trained on ${stop} and ${target}`,
    'train again with these multipliers, or set dynamic_sltp as trained',
  );
}

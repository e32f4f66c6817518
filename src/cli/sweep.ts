/** `novosky sweep`: many settings of the configured account over the same bars, the best Score first. */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { brokerOptions, keyAndValue, positiveInteger } from './broker-options.ts';
import { detailOption } from './load-detail.ts';
import { parseGrid, parseTarget } from './sweep-grid.ts';
import { runSweep, type SweepOptions } from './sweep-run.ts';

/** Each holds the bars and what the models gave for them. */
const workersMax = 256;

const help = `
Targets and what they try:
  signal    min_confidence (7 values), min_prob_gap (3), SL and TP multipliers (0.8, 1, 1.2 ATR); risk_pct where the
            account has a risk profile: least, preset, most. Only on request: min_votes, session_filter.enabled,
            risk_management.min_atr_threshold
  pos       exit_threshold, min_prob_diff and min_bars_held of the position model; needs a model set that has one, whose
            answers cannot be kept: its sets are played one after the other
  kelly     Kelly sizing off, and capped at 0.5 and 1
  ml_sltp   confidence_sl_adjust x confidence_tp_adjust, 20 pairs
  regime    regime_weights: each model in each regime left out, as one of them, and doubled, one change at a time (25
            sets). Nobody published a grid: half a million combinations would find luck, and these tell which word to
            trust where. Keep the best with --override, or in config.json, and sweep again until nothing gets better
  adx       the ADX regime gate: off, and min_adx 0.10 to 0.30
  surface   min_confidence (7 values, no gap asked for) x rolling 90-day windows: a JSON of returns beside the page,
            or in the file of --json

A threshold of qX is a quantile: what the share X of the buys and sells in the models' calibration slice lies at or
below. Calibrated probabilities of three classes rarely come near the 0.55 to 0.70 of a vote share, so the tail is swept
by its share. --grid KEY=V1,V2 gives an axis of the target other values.

A set is \`novosky backtest --override ...\` from the first bar after the training data on. Only the first 70 % of
those bars are given to it, however many there are, and of --detail what lies in them: judge the set that you choose
once, on the last 30 %. A set is ranked and shown by the order of prices inside a bar that came out worse for it
(lower Score, then lower return): where positions are managed inside the bar, the pessimistic order is no bound. Under
30 trades the Score is 0. The deflated Sharpe ratio counts every set that was ever tried on the same inputs. Results
lie in sweeps/ of the state folder, one SQLite file and one page; the same command goes on where it was stopped, and
other data, models, code or configuration begin a new file. Exit code 1 where it was interrupted.

Examples:
  $ novosky sweep --target signal --data btcusd_m15.csv.gz --symbol BTCUSD
  $ novosky sweep --target signal --data btcusd_m15.csv.gz --symbol BTCUSD --grid min_confidence=q0.95,q0.98,0.55 \\
      --grid dynamic_sltp.sl_atr_multiplier=1 --workers 2 --json sweep.json`;

export function sweepCommand(): Command {
  return brokerOptions(detailOption(sweepOptions(new Command('sweep'))))
    .description('Plays many settings over the same out-of-sample bars, and ranks them.')
    .addHelpText('after', help)
    .action(async (options: SweepOptions) => {
      const exitCode = await runSweep(options, systemClock);
      if (exitCode !== 0) process.exitCode = exitCode;
    });
}

function sweepOptions(command: Command): Command {
  return command
    .requiredOption(
      '--target <name>',
      'signal, pos, kelly, ml_sltp, regime, adx or surface',
      parseTarget,
    )
    .requiredOption('--data <file>', 'M15 bars: .csv, .csv.gz or .parquet')
    .requiredOption('--symbol <symbol>', 'what the file holds, for example BTCUSD')
    .option('--grid <key=v1,v2>', 'other values for a key of the target; repeatable', parseGrid)
    .option(
      '--account <id>',
      'of accounts.json, or "defaults": the default of every key; without it the first that trades the symbol',
    )
    .option(
      '--override <key=value>',
      'a key of the configuration for all sets; repeatable',
      keyAndValue,
    )
    .option('--workers <n>', 'sets played at a time', parseWorkers, availableParallelism())
    .option('--config <dir>', 'folder of the four configuration files', 'config')
    .option('--models <dir>', 'trained models, one folder per symbol', 'models')
    .option('--html <file>', 'where the page is written; default: beside the results')
    .option('--json [file]', 'write all sets as JSON; without a file to the standard output')
    .addOption(new Option('--state <dir>', 'where results and predictions lie').default('state'))
    .option(
      '--cache <dir>',
      'keep the predictions there; default: backtest-cache in the state folder',
    );
}

function parseWorkers(text: string): number {
  const workers = positiveInteger(text);
  if (workers > workersMax) throw new InvalidArgumentError(`It must be at most ${workersMax}.`);
  return workers;
}

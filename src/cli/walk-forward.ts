/** `novosky walk-forward`: whether the models are good enough in each of the latest weeks to be traded. */
import { Command, Option } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { brokerOptions, keyAndValue } from './broker-options.ts';
import { detailOption } from './load-detail.ts';
import { runWalkForward, type WalkForwardOptions } from './walk-forward-run.ts';

const help = `
A gate to pass before new models are traded: the latest three times four weeks that the models were not trained on, each
a backtest of its own that begins with the same balance. Before each fold as many bars are left out as a label looks
ahead (48), so that none knows of another. Passed where every fold has a win rate of 55 % and a profit factor of 1.8, and
the median factor is 2.0. Each figure is that of the order of prices inside a bar in which it is worse: where positions
are managed inside the bar, neither order is a bound. A command of its own and no option of the backtest, as its answer is
an exit code: 0 passed, 1 not passed, 2 too few bars (it says how many are missing) or bad usage. Where settings were
chosen by \`novosky sweep\`, the older folds may lie in the bars that it chose by.

Example:
  $ novosky walk-forward --data btcusd_m15.csv.gz --symbol BTCUSD && systemctl restart novosky`;

export function walkForwardCommand(): Command {
  const command = new Command('walk-forward')
    .description('Passes models or fails them, by three times four weeks that they never saw.')
    .requiredOption('--data <file>', 'M15 bars: .csv, .csv.gz or .parquet')
    .requiredOption('--symbol <symbol>', 'what the file holds, for example BTCUSD')
    .option(
      '--account <id>',
      'of accounts.json, or "defaults": the default of every key; without it the first that trades the symbol',
    )
    .option('--override <key=value>', 'a key of the configuration; repeatable', keyAndValue)
    .option('--config <dir>', 'folder of the four configuration files', 'config')
    .option('--models <dir>', 'trained models, one folder per symbol', 'models')
    .option('--json [file]', 'write the folds as JSON; without a file to the standard output')
    .addOption(new Option('--state <dir>', 'where the cache of predictions lies').default('state'))
    .option(
      '--cache <dir>',
      'keep the predictions there; default: backtest-cache in the state folder',
    )
    .addHelpText('after', help);
  return brokerOptions(detailOption(command)).action(async (options: WalkForwardOptions) => {
    if (!(await runWalkForward(options, systemClock))) process.exitCode = 1;
  });
}

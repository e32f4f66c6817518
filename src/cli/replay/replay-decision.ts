/** `novosky replay`: makes recorded decisions again, from the bars to the order, and says which number differs. */
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { AccountFact } from '../../account/account-fact.ts';
import type { AccountConfig, Config } from '../../config/config.ts';
import { UsageError } from '../../config/usage-error.ts';
import { accountId, type EpochMs } from '../../domain/units.ts';
import { openJournalReader } from '../../journal/sqlite/journal-reader.ts';
import { JournalFoldError, replayDecisions } from '../../trade-log/decision-replay.ts';
import { type CtlOutput, standardOutput } from '../ctl.ts';
import { parseLastMoment, parseMoment } from '../moment.ts';
import { accountOf, configOf, isJournalTrouble, journalPath } from '../query/journal-query.ts';
import { Models } from './recompute.ts';
import { type DecisionReport, type Layer, layers, reportDecisions } from './replay-layers.ts';
import { differenceText, reportLines, summaryLines } from './replay-text.ts';
import { findDecision, wantsBar } from './wanted-decisions.ts';

type ReplayOptions = {
  readonly decision?: string;
  readonly all?: boolean;
  readonly account?: string;
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly data?: string;
  readonly models: string;
  readonly config: string;
  readonly state: string;
  readonly json?: boolean;
};

export function replayCommand(output: CtlOutput = standardOutput): Command {
  return new Command('replay')
    .description('Makes a recorded decision again and says whether every number is the same.')
    .option(
      '--decision <id>',
      'its id, its order or its trade, as novosky decisions and trades print them',
    )
    .addOption(new Option('--all', 'every decision of the account').conflicts('decision'))
    .option('--from <time>', 'with --all: first bar, UTC', parseMoment)
    .option(
      '--to <time>',
      'with --all: last bar, UTC; a plain date means its whole day',
      parseLastMoment,
    )
    .option('--account <id>', 'whose journal; default: every account that decided about it')
    .option('--data <file>', 'bars to compute features from; default: the bars of the state folder')
    .option('--models <dir>', 'trained models, one folder per symbol', 'models')
    .option('--config <dir>', 'folder of the configuration files: it names the journal', 'config')
    .option('--state <dir>', 'where journals and bars are kept', 'state')
    .option('--json', 'JSON Lines: one object for each decision')
    .addHelpText(
      'after',
      `
Four layers, each equal, different or not checkable for a reason that is said:
  policy         the configuration in the journal hashes to the name that the decision bears
  features       every bar is taken in again, from the first one on; the hash of the 62 values is the recorded one
  probabilities  the models are asked again; each of their numbers is the recorded one
  decision       the journal is folded up to it, the same input is given to the same code under the policy of then; every
                 number of every fact that follows (gates, guards, stops, size, order) is the recorded one; what the fleet's
                 ledger granted or denied is taken from the journal
Equal means the same bits. The journal is only read, also while the engine trades. (novosky run --replay plays a file.)

Exit codes: 0 nothing differs, 1 something differs or the journal cannot be read, 2 bad usage or configuration.

  $ novosky replay --decision BTCUSD/M15/1736121600000 --account exness_main
  $ novosky replay --decision c3qnmftps3dgrmjyoeintbvi7w
  $ novosky replay --all --account exness_main --from 2025-01-06 --json`,
    )
    .exitOverride()
    .action((options: ReplayOptions) => replay(options, output));
}

async function replay(options: ReplayOptions, output: CtlOutput): Promise<void> {
  if ((options.decision === undefined) === (options.all !== true)) {
    throw new UsageError('name a decision with --decision, or give --all');
  }
  const config = configOf(options.config);
  const accounts =
    options.account === undefined && !options.all
      ? Object.values(config.accounts)
      : [accountOf(config, options.account)];
  const models = new Models(resolve(options.models));
  const counted = new Counted();
  try {
    for (const account of accounts) {
      await replayAccount(account, { options, config, models, output, counted });
    }
  } catch (error) {
    if (!isJournalTrouble(error) && !(error instanceof JournalFoldError)) throw error;
    return output.fail(error.message);
  } finally {
    await models.release();
  }
  conclude(counted, accounts, options, output);
}

type Means = {
  readonly options: ReplayOptions;
  readonly config: Config;
  readonly models: Models;
  readonly output: CtlOutput;
  readonly counted: Counted;
};

async function replayAccount(account: AccountConfig, means: Means): Promise<void> {
  const { options, counted, output } = means;
  const path = journalPath(account, options.state);
  const reader = openJournalReader<AccountFact>(path);
  if (reader === undefined) return;
  counted.journals += 1;
  try {
    const trace = options.decision && findDecision(reader, options.decision);
    if (options.decision !== undefined && trace === undefined) return;
    const isWanted = wantsBar(trace === undefined ? options : { trace });
    const replays = replayDecisions(accountId(account.id), reader.facts(), isWanted);
    const source = { dataFile: options.data, storePath: join(resolve(options.state), 'bars.db') };
    for await (const report of reportDecisions(account.id, replays, { ...means, source })) {
      counted.add(report);
      tell(report, options, output);
    }
  } finally {
    reader.close();
  }
}

/** Of many decisions only those that differ are told to a person. */
function tell(report: DecisionReport, { json, all }: ReplayOptions, output: CtlOutput): void {
  if (json) output.write(JSON.stringify(report));
  else if (!all) for (const line of reportLines(report)) output.write(line);
  else if (isDifferent(report)) {
    for (const line of differenceText(report)) output.write(line);
  }
}

function conclude(
  counted: Counted,
  accounts: readonly AccountConfig[],
  { all, json, state, decision }: ReplayOptions,
  output: CtlOutput,
): void {
  const names = accounts.map(({ id }) => id).join(', ');
  if (counted.journals === 0) {
    return output.fail(
      `there is no journal of ${names} in ${resolve(state)} yet: name another state folder with --state`,
    );
  }
  if (counted.decisions === 0 && !all) {
    throw new UsageError(
      `${names} decided nothing that is called ${decision}: novosky decisions prints the ids`,
    );
  }
  if (all && !json) for (const line of summaryLines(counted)) output.write(line);
  if (counted.different > 0) {
    output.fail(
      `${counted.different} of ${counted.decisions} decisions differ from what was recorded`,
    );
  }
}

function isDifferent({ layers: results }: DecisionReport): boolean {
  return Object.values(results).some(({ outcome }) => outcome === 'different');
}

/** How often each layer came out how. */
class Counted {
  journals = 0;
  decisions = 0;
  different = 0;
  readonly #byLayer = new Map<Layer, Map<string, number>>();
  readonly reasons = new Map<string, number>();

  add(report: DecisionReport): void {
    this.decisions += 1;
    if (isDifferent(report)) this.different += 1;
    for (const layer of layers) {
      const result = report.layers[layer];
      const counts = this.#byLayer.get(layer) ?? new Map<string, number>();
      counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
      this.#byLayer.set(layer, counts);
      if (result.outcome !== 'not-checkable') continue;
      const reason = `${layer}: ${result.reason}`;
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    }
  }

  of(layer: Layer, outcome: string): number {
    return this.#byLayer.get(layer)?.get(outcome) ?? 0;
  }
}

/** `novosky decisions`: what an account decided about each bar, and from which numbers. */
import { Command } from 'commander';
import { epochMs } from '../../domain/units.ts';
import { momentText, numberText } from '../../protocol/amount-text.ts';
import { type DecisionRow, decisionLog } from '../../trade-log/decision-log.ts';
import { type CtlOutput, standardOutput } from '../ctl.ts';
import {
  type Column,
  type QueryOptions,
  queryOptions,
  readOnlyNote,
  withJournal,
  writeRows,
} from './journal-query.ts';

export function decisionsCommand(output: CtlOutput = standardOutput): Command {
  const command = new Command('decisions')
    .description('Prints what an account decided about each bar, straight from its journal.')
    .exitOverride()
    .addHelpText(
      'after',
      `
A bar is entered (an order was written down), held (no signal: a gate of the signal was not passed), or denied (a signal
that a guard refused). denied by: the first that said no, with what it saw and what it allows; also: whatever else
would have said no. JSON and CSV have more: the bar, what each model voted, the thresholds in force, the regime and the
weighted probabilities where regime_weights are set, and how the volume came about (risk multiplier, Kelly, lots wanted,
and the bound that decided it). The id of a row is the argument of novosky replay --decision, and so is its order.

${readOnlyNote}

  $ novosky decisions --account exness_main
  $ novosky decisions --account exness_main --from 2025-01-06 --to 2025-01-10 --csv > week.csv
  $ novosky decisions --account exness_main --json | jq 'select(.verdict == "denied") | .denial.limit' | sort | uniq -c`,
    );
  return queryOptions(command, 'bar, by the time at which it opened').action(
    (options: QueryOptions) =>
      withJournal(options, output, (reader) =>
        writeRows((order) => decisionLog(reader, options, order), columns, options, output),
      ),
  );
}

const columns: readonly Column<DecisionRow>[] = [
  { csv: 'id', exact: ({ id }) => id, title: 'id' },
  {
    csv: 'bar_open_utc',
    exact: ({ bar }) => bar,
    title: 'bar',
    shown: ({ bar }) => momentText(epochMs(Date.parse(bar))),
  },
  { csv: 'decided_at_utc', exact: ({ decidedAt }) => decidedAt },
  { csv: 'symbol', exact: ({ symbol }) => symbol },
  { csv: 'signal', exact: ({ signal }) => signal, title: 'signal' },
  {
    csv: 'confidence_probability',
    exact: ({ confidence }) => confidence,
    title: 'conf',
    shown: ({ confidence }) => confidence.toFixed(3),
  },
  {
    csv: 'gap_probability',
    exact: ({ gap }) => gap,
    title: 'gap',
    shown: ({ gap }) => gap.toFixed(3),
  },
  { csv: 'votes', exact: ({ votes }) => votes, title: 'votes' },
  { csv: 'verdict', exact: ({ verdict }) => verdict, title: 'verdict' },
  {
    csv: 'denied_by',
    exact: ({ denial }) => denial?.limit ?? null,
    title: 'denied by',
    shown: deniedBy,
  },
  { csv: 'denial_observed', exact: ({ denial }) => denial?.observed ?? null },
  { csv: 'denial_allowed', exact: ({ denial }) => denial?.allowed ?? null },
  {
    csv: 'other_denials',
    exact: ({ others }) => others.map(denialText).join('; '),
    title: 'also',
    shown: ({ others }) => others.map(({ limit }) => limit).join(', ') || '-',
  },
  {
    csv: 'order_id',
    exact: ({ orderId }) => orderId,
    title: 'order',
    shown: ({ orderId }) => orderId ?? '-',
  },
  { csv: 'order_volume_steps', exact: ({ order }) => order?.volumeSteps ?? null },
  { csv: 'order_expected_price', exact: ({ order }) => order?.expectedPrice ?? null },
  { csv: 'order_sl_price', exact: ({ order }) => order?.stopLoss ?? null },
  { csv: 'order_tp_price', exact: ({ order }) => order?.takeProfit ?? null },
  { csv: 'order_risk_account_currency', exact: ({ order }) => order?.riskMoney ?? null },
  { csv: 'unpredicted_reason', exact: ({ reason }) => reason },
  { csv: 'p_buy', exact: ({ probabilities }) => probabilities?.buy ?? null },
  { csv: 'p_sell', exact: ({ probabilities }) => probabilities?.sell ?? null },
  { csv: 'p_hold', exact: ({ probabilities }) => probabilities?.hold ?? null },
  { csv: 'regime', exact: ({ weighted }) => weighted?.regime ?? null },
  { csv: 'p_buy_weighted', exact: ({ weighted }) => weighted?.mean.buy ?? null },
  { csv: 'p_sell_weighted', exact: ({ weighted }) => weighted?.mean.sell ?? null },
  { csv: 'p_hold_weighted', exact: ({ weighted }) => weighted?.mean.hold ?? null },
  {
    csv: 'member_votes',
    exact: ({ members }) => membersText(members),
  },
  { csv: 'confidence_min', exact: ({ gates }) => gates?.confidenceMin ?? null },
  { csv: 'gap_min', exact: ({ gates }) => gates?.gapMin ?? null },
  { csv: 'votes_min', exact: ({ gates }) => gates?.votesMin ?? null },
  { csv: 'base_risk_fraction', exact: ({ sizing }) => sizing?.baseRisk ?? null },
  { csv: 'risk_multiplier', exact: ({ sizing }) => sizing?.riskMultiplier ?? null },
  { csv: 'kelly_raw', exact: ({ sizing }) => sizing?.kelly?.raw ?? null },
  { csv: 'kelly_adjusted', exact: ({ sizing }) => sizing?.kelly?.adjusted ?? null },
  { csv: 'risk_fraction', exact: ({ sizing }) => sizing?.risk ?? null },
  { csv: 'lots_wanted', exact: ({ sizing }) => sizing?.lotsWanted ?? null },
  { csv: 'size_bound', exact: ({ sizing }) => sizing?.bound ?? null },
  { csv: 'open_price', exact: ({ prices }) => prices?.open ?? null },
  { csv: 'high_price', exact: ({ prices }) => prices?.high ?? null },
  { csv: 'low_price', exact: ({ prices }) => prices?.low ?? null },
  { csv: 'close_price', exact: ({ prices }) => prices?.close ?? null },
  { csv: 'atr_price', exact: ({ atr }) => atr },
  { csv: 'features_hash', exact: ({ featuresHash }) => featuresHash },
  { csv: 'model_hash', exact: ({ modelHash }) => modelHash },
  { csv: 'policy_hash', exact: ({ policyHash }) => policyHash },
];

function membersText(members: DecisionRow['members']): string | null {
  if (members === null) return null;
  return Object.entries(members)
    .map(([name, { vote }]) => `${name} ${vote}`)
    .join('; ');
}

function deniedBy({ denial, reason }: DecisionRow): string {
  if (denial === null) return '-';
  return reason === null ? denialText(denial) : `${denial.limit}: ${reason}`;
}

function denialText({ limit, observed, allowed }: DecisionRow['others'][number]): string {
  if (observed === null || allowed === null) return limit;
  return `${limit} ${numberText(observed)} (allowed ${numberText(allowed)})`;
}

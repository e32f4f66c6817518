/** `novosky trades`: every trade of an account, from its journal. */
import { Command } from 'commander';
import { epochMs } from '../../domain/units.ts';
import { momentText, numberText, priceText, resultText } from '../../protocol/amount-text.ts';
import { type TradeLogRow, tradeLog } from '../../trade-log/trade-log.ts';
import { type CtlOutput, standardOutput } from '../ctl.ts';
import {
  type Column,
  type QueryOptions,
  queryOptions,
  readOnlyNote,
  withJournal,
  writeRows,
} from './journal-query.ts';

export function tradesCommand(output: CtlOutput = standardOutput): Command {
  const command = new Command('trades')
    .description('Prints the trades of an account, open ones included, straight from its journal.')
    .exitOverride()
    .addHelpText(
      'after',
      `
profit is net of every deal so far, commission and swap included, in the account's own currency (a cent account counts
cents); R is profit over what the stop cost when the trade was opened. sl and tp are as first placed. close: SL_HIT
(BE: that stop stood at breakeven), TP_HIT, ML_EXIT (the position model said so), MANUAL (we closed it, a person or a limit
asked for it), EXTERNAL (somebody else did), STOP_OUT (the broker did); an open trade has none. exit: the mean price where
it was closed in parts. bars: how many bars it was held, 0 when it ended on the bar on which it began.

JSON and CSV have more: the id, which novosky replay --decision takes, too; what profit is made of; and the excursion, how
far the market went against a trade (mae) and for it (mfe), in price, money (of the whole volume, without costs) and R, at
the price that closing it would have got. It is known from as many prices as it says: the low and the high of each whole
bar, the quotes in the journal, and the deals that closed it. Of the bars in which it was opened and closed only quotes
and deals count. Bars are those that the models were fed, by whichever broker.

${readOnlyNote}

  $ novosky trades --account exness_main
  $ novosky trades --account exness_main --from 2025-01-01 --to 2025-01-31 --csv > january.csv
  $ novosky trades --account exness_main --json | jq -s 'map(.profit) | add'`,
    );
  return queryOptions(command, 'trade, by the time at which it opened').action(
    (options: QueryOptions) =>
      withJournal(options, output, (reader) => {
        const rows = tradeLog(reader, options);
        const ordered = (order: string) => (order === 'oldest-first' ? rows : rows.toReversed());
        writeRows(ordered, columns, options, output);
      }),
  );
}

/** Only in the CSV: how far the market went against a trade and for it, as far as the journal knows. */
const excursionColumns: readonly Column<TradeLogRow>[] = [
  { csv: 'mae_price', exact: ({ mae }) => mae.price },
  { csv: 'mae_money', exact: ({ mae }) => mae.money },
  { csv: 'mae_r', exact: ({ mae }) => mae.r },
  { csv: 'mfe_price', exact: ({ mfe }) => mfe.price },
  { csv: 'mfe_money', exact: ({ mfe }) => mfe.money },
  { csv: 'mfe_r', exact: ({ mfe }) => mfe.r },
  { csv: 'excursion_prices', exact: ({ prices }) => prices },
];

const columns: readonly Column<TradeLogRow>[] = [
  { csv: 'id', exact: ({ id }) => id },
  { csv: 'ticket', exact: ({ ticket }) => ticket, title: 'ticket' },
  { csv: 'symbol', exact: ({ symbol }) => symbol, title: 'symbol' },
  { csv: 'side', exact: ({ side }) => side, title: 'side' },
  {
    csv: 'volume_lots',
    exact: ({ volume }) => volume,
    title: 'lots',
    shown: ({ volume }) => numberText(volume),
  },
  {
    csv: 'open_time_utc',
    exact: ({ openTime }) => openTime,
    title: 'opened',
    shown: ({ openTime }) => moment(openTime),
  },
  {
    csv: 'entry_price',
    exact: ({ entry }) => entry,
    title: 'entry',
    shown: ({ entry }) => priceText(entry),
  },
  { csv: 'sl_price', exact: ({ sl }) => sl, title: 'sl', shown: ({ sl }) => optionalPrice(sl) },
  { csv: 'tp_price', exact: ({ tp }) => tp, title: 'tp', shown: ({ tp }) => optionalPrice(tp) },
  {
    csv: 'close_time_utc',
    exact: ({ closeTime }) => closeTime,
    title: 'closed',
    shown: ({ closeTime }) => (closeTime === null ? 'open' : moment(closeTime)),
  },
  {
    csv: 'exit_price',
    exact: ({ exit }) => exit,
    title: 'exit',
    shown: ({ exit }) => optionalPrice(exit),
  },
  {
    csv: 'close_type',
    exact: ({ closeType }) => closeType,
    title: 'close',
    shown: ({ closeType, closeDetail }) =>
      closeDetail === null ? (closeType ?? '-') : `${closeType} (${closeDetail})`,
  },
  { csv: 'close_detail', exact: ({ closeDetail }) => closeDetail },
  {
    csv: 'profit_account_currency',
    exact: ({ profit }) => profit,
    title: 'profit',
    shown: ({ profit, currency }) => `${resultText(profit)} ${currency}`,
  },
  { csv: 'currency', exact: ({ currency }) => currency },
  {
    csv: 'profit_r',
    exact: ({ rMultiple }) => rMultiple,
    title: 'R',
    shown: ({ rMultiple }) => (rMultiple === null ? '-' : resultText(rMultiple)),
  },
  { csv: 'price_profit', exact: ({ priceProfit }) => priceProfit },
  { csv: 'swap', exact: ({ swap }) => swap },
  { csv: 'commission', exact: ({ commission }) => commission },
  { csv: 'closing_deals', exact: ({ closingDeals }) => closingDeals },
  ...excursionColumns,
  { csv: 'held_bars', exact: ({ barsHeld }) => barsHeld, title: 'bars' },
];

function moment(time: string): string {
  return momentText(epochMs(Date.parse(time)));
}

function optionalPrice(value: number | null): string {
  return value === null ? '-' : priceText(value);
}

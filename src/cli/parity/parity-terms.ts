/** The broker of a day, as the journal saw it; what it does not tell is taken from the configuration. */
import type { JournalBar } from '../../backtest/parity/journal-bars.ts';
import type { AccountConfig, Config } from '../../config/config.ts';
import { UsageError } from '../../config/usage-error.ts';
import type { Deal } from '../../domain/deal.ts';
import { type Instrument, lots } from '../../domain/instrument.ts';
import { roundTo } from '../../domain/units.ts';
import { planTerminal } from '../../engine/run-plan.ts';
import { simulatedSymbols } from '../../exchange/instruments.ts';
import type { ExchangeTerms } from '../../exchange/terms.ts';

type Day = {
  readonly config: Config;
  readonly account: AccountConfig;
  readonly symbol: string;
  readonly barMs: number;
  readonly journal: readonly JournalBar[];
};

/** @throws UsageError where the journal has never seen the broker, or the simulated one has no such symbol */
export function dayTerms({ config, account, symbol, barMs, journal }: Day): ExchangeTerms {
  const states = journal.flatMap(({ before, steps }) => [
    before,
    ...steps.map(({ after }) => after),
  ]);
  const seen = states.find(({ books, instruments }) => books && instruments[symbol]);
  const [view, instrument] = [seen?.books?.view, seen?.instruments[symbol]];
  if (view === undefined || instrument === undefined) {
    throw new UsageError(`${account.id} did not see ${symbol} at its broker on that day`);
  }
  const { login, currency, currencyDigits, leverage, isHedging } = view;
  const costs = costsOf(config, account, symbol);
  return {
    account: { login, currency, currencyDigits, leverage, isHedging },
    markets: {
      [symbol]: {
        instrument: named(instrument),
        ...{ barMs, intrabar: 'path' },
        slippagePoints: costs.slippagePoints,
        commissionPerLot: commissionSeen(dealsOf(journal), instrument, {
          configured: costs.commissionPerLot,
          digits: currencyDigits,
        }),
        swapLongPoints: costs.swapLong,
        swapShortPoints: costs.swapShort,
      },
    },
  };
}

/** A real broker's name of a symbol means nothing to a simulated one: any that quotes the same market will do. */
function named(instrument: Instrument): Instrument {
  const { symbol, brokerSymbol } = instrument;
  if (simulatedSymbols[brokerSymbol]?.instrument.symbol === symbol) return instrument;
  const other = Object.values(simulatedSymbols).find((each) => each.instrument.symbol === symbol);
  if (other) return { ...instrument, brokerSymbol: other.instrument.brokerSymbol };
  throw new UsageError(`no simulated broker quotes ${symbol}`);
}

function costsOf(config: Config, { id, terminalKey }: AccountConfig, symbol: string) {
  const terminal = config.terminals[terminalKey];
  const name = terminal?.symbols[symbol];
  if (terminal !== undefined && name !== undefined) {
    const only = { ...terminal, symbols: { [symbol]: name } };
    const { simulator } = planTerminal(only, 0, { config, stateFolder: '', modelsFolder: '' });
    if (simulator) return simulator.costs;
  }
  throw new UsageError(`terminals.json: ${terminalKey}, where ${id} trades, has no ${symbol}`);
}

function dealsOf(journal: readonly JournalBar[]): readonly Deal[] {
  return journal.flatMap(({ steps }) =>
    steps.flatMap(({ fact }) => (fact.type === 'deal-booked' ? fact.deal : [])),
  );
}

/** Per lot and side: as configured where that gives what was booked, else what was booked, to the hundredth. */
function commissionSeen(
  deals: readonly Deal[],
  instrument: Instrument,
  { configured, digits }: { readonly configured: number; readonly digits: number },
): number {
  const booked = deals.flatMap((deal) =>
    deal.kind === 'trade' && deal.isOwned
      ? { paid: -deal.commission, size: lots(instrument, deal.volume) }
      : [],
  );
  const isAsBooked = booked.every(
    ({ paid, size }) => roundTo(configured * size, digits) === roundTo(paid, digits),
  );
  if (isAsBooked) return configured;
  const total = (of: 'paid' | 'size') => booked.reduce((sum, each) => sum + each[of], 0);
  return roundTo(total('paid') / total('size'), 2);
}

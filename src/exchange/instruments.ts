import type { Instrument } from '../domain/instrument.ts';
import type { Steps } from '../domain/units.ts';

/** A simulated symbol: what `Instrument` says of it, and what only a terminal's symbol page shows. */
export type SimulatedSymbol = {
  readonly instrument: Instrument;
  readonly currencyBase: string;
  readonly currencyProfit: string;
  readonly description: string;
};

const bitcoin: SimulatedSymbol = {
  instrument: {
    symbol: 'BTCUSD',
    brokerSymbol: 'BTCUSD',
    digits: 2,
    point: 0.01,
    tickSize: 0.01,
    tickValue: 0.01,
    contractSize: 1,
    volumeStep: 0.01,
    volumeMin: 1 as Steps,
    volumeMax: 10_000 as Steps,
    stopsLevelPoints: 0,
    spreadPoints: 1_400,
    isTradable: true,
  },
  currencyBase: 'BTC',
  currencyProfit: 'USD',
  description: 'Bitcoin vs US Dollar',
};

/**
 * The symbols that simulated brokers quote, by the broker's name, as MT5 brokers specify them. `BTCUSDc` is `BTCUSD`
 * on a cent account: the same market, every amount in US cents; `BTCUSD#` is what it is called at brokers with other kinds of accounts.
 */
export const simulatedSymbols: Readonly<Record<string, SimulatedSymbol>> = {
  BTCUSD: bitcoin,
  'BTCUSD#': { ...bitcoin, instrument: { ...bitcoin.instrument, brokerSymbol: 'BTCUSD#' } },
  BTCUSDc: {
    ...bitcoin,
    instrument: { ...bitcoin.instrument, brokerSymbol: 'BTCUSDc', tickValue: 1 },
    currencyProfit: 'USC',
    description: 'Bitcoin vs US Cent',
  },
  XAUUSD: {
    instrument: {
      symbol: 'XAUUSD',
      brokerSymbol: 'XAUUSD',
      digits: 2,
      point: 0.01,
      tickSize: 0.01,
      tickValue: 1,
      contractSize: 100,
      volumeStep: 0.01,
      volumeMin: 1 as Steps,
      volumeMax: 10_000 as Steps,
      stopsLevelPoints: 0,
      spreadPoints: 12,
      isTradable: true,
    },
    currencyBase: 'XAU',
    currencyProfit: 'USD',
    description: 'Gold vs US Dollar',
  },
  EURUSD: {
    instrument: {
      symbol: 'EURUSD',
      brokerSymbol: 'EURUSD',
      digits: 5,
      point: 0.00001,
      tickSize: 0.00001,
      tickValue: 1,
      contractSize: 100_000,
      volumeStep: 0.01,
      volumeMin: 1 as Steps,
      volumeMax: 10_000 as Steps,
      stopsLevelPoints: 0,
      spreadPoints: 8,
      isTradable: true,
    },
    currencyBase: 'EUR',
    currencyProfit: 'USD',
    description: 'Euro vs US Dollar',
  },
};

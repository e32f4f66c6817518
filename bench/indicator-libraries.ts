/** Six indicators on the same bars, by each library: EMA 21, RSI 14, ATR 14, ADX 14, MACD 12/26/9, Bollinger bands 20/2. */
import type { Bar } from '../src/domain/bar.ts';
import type { Price } from '../src/domain/units.ts';
import { Atr } from '../src/features/indicators/atr.ts';
import { Bollinger } from '../src/features/indicators/bollinger.ts';
import { Dmi } from '../src/features/indicators/dmi.ts';
import { Ema } from '../src/features/indicators/ema.ts';
import { Macd } from '../src/features/indicators/macd.ts';
import { Rsi } from '../src/features/indicators/rsi.ts';
import { Window } from '../src/features/indicators/window.ts';
import type { NpmPeers } from './npm-peers.ts';

export const indicators = ['EMA', 'RSI', 'ATR', 'ADX', 'MACD', 'BB'] as const;
export type Indicator = (typeof indicators)[number];

/** Of MACD the line, of the bands the upper one. Ends with the newest bar; may begin later than the bars. */
type Series = () => Float64Array;

export type Library = {
  readonly name: string;
  readonly version: string;
  readonly series: Readonly<Partial<Record<Indicator, Series>>>;
};

/** How near a library has to come to us, from which bar on; absent where its definition is another one. */
export type Agreement = { readonly from: number; readonly share?: number; readonly units?: number };

export type Peer = {
  readonly name: string;
  readonly version: string;
  /** `reference/indicators.md`, §1: where seeds differ, from the bar on at which they are forgotten. */
  readonly agrees: Readonly<Partial<Record<Indicator, Agreement>>>;
  readonly open: (peers: NpmPeers, bars: readonly Bar[]) => Promise<Library['series']>;
};

const exactly = { from: 0, share: 1e-10 };
const later = { from: 3_000, share: 1e-8 };
/** One-pass deviations lose digits. */
const bands = { from: 0, share: 1e-7 };

type Columns = Readonly<Record<'high' | 'low' | 'close', Float64Array>>;

/** Each in a loop of its own: a loop that is shared calls what it does not know, and a call costs more than an EMA. */
export function ours(bars: readonly Bar[]): Library {
  const column = (name: 'high' | 'low' | 'close') => Float64Array.from(bars, (bar) => bar[name]);
  const columns: Columns = { high: column('high'), low: column('low'), close: column('close') };
  const { close } = columns;
  return {
    name: 'novosky',
    version: '',
    series: {
      EMA: () => {
        const [values, ema] = [new Float64Array(close.length), new Ema(21)];
        for (let index = 0; index < close.length; index += 1) {
          ema.update(close[index] as number);
          values[index] = ema.value;
        }
        return values;
      },
      RSI: () => {
        const [values, rsi] = [new Float64Array(close.length), new Rsi()];
        for (let index = 0; index < close.length; index += 1) {
          rsi.update(close[index] as number);
          values[index] = rsi.value;
        }
        return values;
      },
      MACD: () => {
        const [values, macd] = [new Float64Array(close.length), new Macd()];
        for (let index = 0; index < close.length; index += 1) {
          macd.update(close[index] as number);
          values[index] = macd.line;
        }
        return values;
      },
      ATR: () => atrOf(columns),
      ADX: () => adxOf(columns),
      BB: () => bandsOf(columns),
    },
  };
}

function atrOf(columns: Columns): Float64Array {
  const [values, atr] = [new Float64Array(columns.close.length), new Atr()];
  for (let index = 0; index < values.length; index += 1) {
    atr.update(rangeAt(columns, index));
    values[index] = atr.value;
  }
  return values;
}

function adxOf(columns: Columns): Float64Array {
  const [values, atr, dmi] = [new Float64Array(columns.close.length), new Atr(), new Dmi()];
  for (let index = 0; index < values.length; index += 1) {
    const bar = rangeAt(columns, index);
    atr.update(bar);
    dmi.update(bar, atr.trueRange);
    values[index] = dmi.adx;
  }
  return values;
}

function bandsOf({ close }: Columns): Float64Array {
  const [values, closes, bands] = [new Float64Array(close.length), new Window(20), new Bollinger()];
  for (let index = 0; index < values.length; index += 1) {
    closes.push(close[index] as number);
    bands.update(closes);
    values[index] = bands.upper;
  }
  return values;
}

function rangeAt({ high, low, close }: Columns, index: number) {
  return {
    high: high[index] as Price,
    low: low[index] as Price,
    close: close[index] as Price,
  };
}

export const peers: readonly Peer[] = [
  {
    name: 'talib',
    version: '1.1.6',
    agrees: { EMA: exactly, RSI: exactly, ATR: exactly, ADX: exactly, MACD: exactly, BB: bands },
    open: openTalib,
  },
  {
    name: 'technicalindicators',
    version: '3.1.0',
    agrees: {
      ...{ EMA: exactly, ATR: exactly, ADX: later, MACD: { from: 3_000, units: 1e-6 }, BB: bands },
      RSI: { from: 0, units: 0.0051 }, // rounds to two decimals
    },
    open: openTechnicalIndicators,
  },
  {
    name: 'trading-signals',
    version: '8.3.0',
    agrees: {
      ...{ EMA: later, RSI: exactly, ATR: later, MACD: { from: 3_000, units: 1e-6 }, BB: bands },
    },
    open: openTradingSignals,
  },
  {
    name: 'indicatorts',
    version: '2.2.2',
    agrees: { EMA: later, RSI: later, MACD: { from: 3_000, units: 1e-6 }, BB: bands },
    open: openIndicatorts,
  },
];

/** As they take them. */
function columnsOf(bars: readonly Bar[]): Readonly<Record<keyof Columns, number[]>> {
  const column = (name: keyof Columns) => bars.map((bar): number => bar[name]);
  return { high: column('high'), low: column('low'), close: column('close') };
}

type Talib = {
  execute(options: object): { readonly result: Readonly<Record<string, readonly number[]>> };
};

async function openTalib(npm: NpmPeers, bars: readonly Bar[]): Promise<Library['series']> {
  const talib = await npm.load<Talib>('talib');
  const { high, low, close } = columnsOf(bars);
  const range = { startIdx: 0, endIdx: bars.length - 1 };
  const series = (name: string, options: object, output = 'outReal') => {
    const { result } = talib.execute({ name, ...range, ...options });
    return Float64Array.from(result[output] ?? []);
  };
  const period = { optInTimePeriod: 14 };
  const macd = { optInFastPeriod: 12, optInSlowPeriod: 26, optInSignalPeriod: 9 };
  const deviations = { optInTimePeriod: 20, optInNbDevUp: 2, optInNbDevDn: 2, optInMAType: 0 };
  return {
    EMA: () => series('EMA', { inReal: close, optInTimePeriod: 21 }),
    RSI: () => series('RSI', { inReal: close, ...period }),
    ATR: () => series('ATR', { high, low, close, ...period }),
    ADX: () => series('ADX', { high, low, close, ...period }),
    MACD: () => series('MACD', { inReal: close, ...macd }, 'outMACD'),
    BB: () => series('BBANDS', { inReal: close, ...deviations }, 'outRealUpperBand'),
  };
}

type TechnicalIndicators = Readonly<
  Record<
    'EMA' | 'RSI' | 'ATR' | 'ADX' | 'MACD' | 'BollingerBands',
    { calculate(options: object): never[] }
  >
>;

async function openTechnicalIndicators(npm: NpmPeers, bars: readonly Bar[]) {
  const library = await npm.load<TechnicalIndicators>('technicalindicators');
  const { high, low, close } = columnsOf(bars);
  const ranges = { high, low, close, period: 14 };
  const macd = { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9 };
  const means = { SimpleMAOscillator: false, SimpleMASignal: false };
  const line = (rows: readonly Readonly<Record<string, number>>[], name: string) =>
    Float64Array.from(rows, (row) => row[name] as number);
  return {
    EMA: () => Float64Array.from(library.EMA.calculate({ period: 21, values: close })),
    RSI: () => Float64Array.from(library.RSI.calculate({ period: 14, values: close })),
    ATR: () => Float64Array.from(library.ATR.calculate(ranges)),
    ADX: () => line(library.ADX.calculate(ranges), 'adx'),
    MACD: () => line(library.MACD.calculate({ values: close, ...macd, ...means }), 'MACD'),
    BB: () =>
      line(library.BollingerBands.calculate({ period: 20, stdDev: 2, values: close }), 'upper'),
  };
}

type Streaming<Input, Result> = { update(input: Input, replace: boolean): Result | null };
type TradingSignals = {
  readonly EMA: new (interval: number) => Streaming<number, number>;
  readonly RSI: new (interval: number) => Streaming<number, number>;
  readonly ATR: new (interval: number) => Streaming<Bar, number>;
  readonly ADX: new (interval: number) => Streaming<Bar, number>;
  readonly MACD: new (
    ...averages: readonly Streaming<number, number>[]
  ) => Streaming<number, { readonly macd: number }>;
  readonly BollingerBands: new (
    interval: number,
    deviations: number,
  ) => Streaming<number, { readonly upper: number }>;
};

async function openTradingSignals(npm: NpmPeers, bars: readonly Bar[]) {
  const library = await npm.load<TradingSignals>('trading-signals');
  const { EMA, RSI, ATR, ADX, MACD, BollingerBands } = library;
  const streamed = (update: (bar: Bar) => number | null | undefined) =>
    Float64Array.from(bars, (bar) => update(bar) ?? 0);
  const closes = (indicator: Streaming<number, number>) => () =>
    streamed(({ close }) => indicator.update(close, false));
  const whole = (indicator: Streaming<Bar, number>) => () =>
    streamed((bar) => indicator.update(bar, false));
  return {
    EMA: () => closes(new EMA(21))(),
    RSI: () => closes(new RSI(14))(),
    ATR: () => whole(new ATR(14))(),
    ADX: () => whole(new ADX(14))(),
    MACD: () => {
      const macd = new MACD(new EMA(12), new EMA(26), new EMA(9));
      return streamed(({ close }) => macd.update(close, false)?.macd);
    },
    BB: () => {
      const both = new BollingerBands(20, 2);
      return streamed(({ close }) => both.update(close, false)?.upper);
    },
  };
}

type Indicatorts = {
  ema(values: readonly number[], options: object): readonly number[];
  rsi(values: readonly number[], options: object): readonly number[];
  atr(
    high: readonly number[],
    low: readonly number[],
    close: readonly number[],
    options: object,
  ): { readonly atrLine: readonly number[] };
  macd(values: readonly number[], options: object): { readonly macdLine: readonly number[] };
  bb(values: readonly number[], options: object): { readonly upper: readonly number[] };
};

async function openIndicatorts(npm: NpmPeers, bars: readonly Bar[]) {
  const library = await npm.load<Indicatorts>('indicatorts');
  const { high, low, close } = columnsOf(bars);
  const period = { period: 14 };
  return {
    EMA: () => Float64Array.from(library.ema(close, { period: 21 })),
    RSI: () => Float64Array.from(library.rsi(close, period)),
    ATR: () => Float64Array.from(library.atr(high, low, close, period).atrLine),
    MACD: () => Float64Array.from(library.macd(close, { fast: 12, slow: 26, signal: 9 }).macdLine),
    BB: () => Float64Array.from(library.bb(close, { period: 20 }).upper),
  };
}

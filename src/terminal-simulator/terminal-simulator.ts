import type { Bar } from '../domain/bar.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { EpochMs, Money } from '../domain/units.ts';
import { simulatedSymbols } from '../exchange/instruments.ts';
import type { ExchangeTerms } from '../exchange/terms.ts';
import type { Clock } from '../runtime/clock.ts';
import { type BarSource, replayedBars } from './bar-source.ts';
import { barsIdentity } from './bars-identity.ts';
import { controlReply } from './control-routes.ts';
import type { RequestFault } from './fault.ts';
import { FaultQueue } from './fault-queue.ts';
import { deliver } from './faulty.ts';
import { generatedBars } from './generated-bars.ts';
import { TerminalServer } from './http-server.ts';
import type { Desk } from './read-routes.ts';
import type { WireRequest } from './reply.ts';
import { handle } from './routes.ts';
import { Terminal } from './terminal.ts';
import { tradeOverridesOf } from './trade-overrides.ts';
import { wireTime } from './wire-time.ts';

export type TerminalSimulatorOptions = {
  /** Its name in log lines. */
  readonly key: string;
  readonly host?: '127.0.0.1';
  /** 0 takes a free one. */
  readonly port: number;
  /** What clients of the terminal send as bearer token, and what those of `/_sim/*` do. */
  readonly token: string;
  readonly controlToken: string;
  /** In front of every path of the contract: `/broker/account`. */
  readonly pathPrefix?: string;
  /** The SQLite file of its books; created where there is none. */
  readonly booksPath: string;
  readonly source:
    | {
        readonly kind: 'bars';
        readonly bars: readonly Bar[];
        /** Bars that open earlier are history. */
        readonly from: EpochMs;
        /** Undefined: to the end of the data. */
        readonly stepsMax?: number;
      }
    | { readonly kind: 'generator'; readonly seed: number };
  /** The logical name and the broker's, which is one of `simulatedSymbols`. */
  readonly symbol: string;
  readonly brokerSymbol: string;
  readonly account: {
    readonly login: number;
    /** The opening deposit, in the account's currency (a cent account counts cents). */
    readonly balance: number;
    readonly currency: string;
    readonly leverage: number;
    readonly isHedging: boolean;
  };
  readonly costs: SimulatedCosts;
  /** How far the broker's clock runs ahead of UTC, and how much of it the server was told to take off. */
  readonly utcOffsetMs?: number;
  readonly utcOffsetConfiguredMs?: number;
  /** When the broker's clock springs forward by an hour; never by default. */
  readonly summerTimeFrom?: EpochMs;
  readonly clock: Clock;
  readonly log?: (line: string) => void;
  readonly watch?: TerminalWatch;
};

/** Who looks over the broker's shoulder. Called synchronously; what it throws fails the request. */
export type TerminalWatch = {
  /** A request of the contract has come in: nothing was done about it, and no fault has struck it. */
  readonly arrived?: (request: WireRequest) => void;
  /** The terminal is about to play the next bar. */
  readonly advancing?: (terminal: Terminal) => void;
  /** A request was executed, or bars were played. */
  readonly executed?: (terminal: Terminal) => void;
};

/** A symbol, or a broker's name for it, that no simulated broker quotes. */
export class UnknownSymbolError extends Error {
  override readonly name = 'UnknownSymbolError';
}

/** What this broker charges. */
type SimulatedCosts = {
  /** The usual spread, undefined for the instrument's; generated bars vary it, bars of a file may state their own. */
  readonly spreadPoints?: number | undefined;
  /** Constant and adverse. */
  readonly slippagePoints: number;
  /** Per lot and side, in the account's currency. */
  readonly commissionPerLot: number;
  /** Per lot and night, in points; negative is paid. */
  readonly swapLong: number;
  readonly swapShort: number;
};

export type TerminalSimulator = {
  /** Where the contract begins, path prefix included. */
  readonly url: string;
  /** Where `/_sim` begins: never behind the path prefix. */
  readonly controlUrl: string;
  /** Ends all connections and closes the books. */
  close(): Promise<void>;
};

/** A broker's currency amounts have two decimals, cents of cents included. */
const currencyDigits = 2;

/**
 * Starts an MT5 terminal behind its HTTP API, simulated. Rejects with `PortInUseError`, `ForeignBooksError`,
 * `BooksInUseError`, `ReplayRangeError`, `UnknownSymbolError` and `UnknownMarketError`.
 */
export async function startTerminalSimulator(
  options: TerminalSimulatorOptions,
): Promise<TerminalSimulator> {
  const { clock, host = '127.0.0.1', log = () => {}, watch = {} } = options;
  const source = sourceOf(options);
  const terminal = new Terminal({
    booksPath: options.booksPath,
    source,
    symbol: options.symbol,
    terms: simulatedTerms(options, source.barMs),
    deposit: options.account.balance as Money,
  });
  const desk: Desk = { terminal, time: timeOf(options) };
  const faults = new FaultQueue();
  const closing = new AbortController();
  let downUntil = Number.NEGATIVE_INFINITY;
  const answering = {
    handle: (request: WireRequest) => {
      const reply = handle(desk, request);
      watch.executed?.(terminal);
      return reply;
    },
    clock,
    signal: closing.signal,
    tradeOverrides: tradeOverridesOf(desk),
  };
  const prefix = (options.pathPrefix ?? '').split('/').filter((segment) => segment !== '');
  const server = new TerminalServer({
    token: options.token,
    controlToken: options.controlToken,
    prefix,
    isDown: () => clock.elapsed() < downUntil,
    serve: (request) => {
      watch.arrived?.(request);
      const delivery = deliver(request, faultFor(request, faults), answering);
      if (!(delivery instanceof Promise)) return delivery;
      return delivery.catch((error: unknown) => {
        if (closing.signal.aborted) return 'dropped';
        throw error;
      });
    },
    control: (request) => controlReply({ terminal, faults, restart, watch }, request),
    log: (line) => log(`${options.key}: ${line}`),
  });
  const port = await server.listen(host, options.port).catch((error: unknown) => {
    terminal.close();
    throw error;
  });
  const origin = `http://${host}:${port}`;
  return {
    url: [origin, ...prefix].join('/'),
    controlUrl: origin,
    close: async () => {
      closing.abort(new Error('the simulator closes'));
      await server.close();
      terminal.close();
    },
  };

  function restart(downMs: number): void {
    downUntil = clock.elapsed() + downMs;
    // The answer to whoever asked for the restart goes out first.
    clock.after(0, () => server.dropConnections());
  }
}

/** The fault that strikes a request. There seldom is one. */
function faultFor({ method, path }: WireRequest, faults: FaultQueue): RequestFault | undefined {
  return faults.isEmpty ? undefined : faults.take(method, `/${path.join('/')}`);
}

function sourceOf(options: TerminalSimulatorOptions): BarSource {
  const { source, symbol, costs } = options;
  if (source.kind === 'generator') {
    const spreadPoints = costs.spreadPoints ?? instrumentOf(options).spreadPoints;
    return generatedBars({ symbol, seed: source.seed, spreadPoints });
  }
  const { bars, from, stepsMax } = source;
  return replayedBars({
    bars,
    from,
    ...(stepsMax === undefined ? {} : { stepsMax }),
    identity: barsIdentity(bars),
  });
}

/** What a simulated broker trades and charges, in the exchange's words. Throws `UnknownSymbolError`. */
export function simulatedTerms(
  options: Pick<TerminalSimulatorOptions, 'symbol' | 'brokerSymbol' | 'account' | 'costs'>,
  barMs: number,
): ExchangeTerms {
  const { symbol, costs } = options;
  const instrument = instrumentOf(options);
  const { balance: _balance, ...account } = options.account;
  return {
    account: { ...account, currencyDigits },
    markets: {
      [symbol]: {
        instrument: { ...instrument, spreadPoints: costs.spreadPoints ?? instrument.spreadPoints },
        barMs,
        intrabar: 'path',
        slippagePoints: costs.slippagePoints,
        commissionPerLot: costs.commissionPerLot,
        swapLongPoints: costs.swapLong,
        swapShortPoints: costs.swapShort,
      },
    },
  };
}

function instrumentOf({
  symbol,
  brokerSymbol,
}: Pick<TerminalSimulatorOptions, 'symbol' | 'brokerSymbol'>): Instrument {
  const simulated = simulatedSymbols[brokerSymbol];
  if (simulated === undefined || simulated.instrument.symbol !== symbol) {
    const known = Object.values(simulatedSymbols).map(
      ({ instrument }) => `${instrument.symbol} as ${instrument.brokerSymbol}`,
    );
    throw new UnknownSymbolError(
      `no simulated broker quotes ${symbol} as ${brokerSymbol}: there is ${known.join(', ')}`,
    );
  }
  return simulated.instrument;
}

function timeOf(options: TerminalSimulatorOptions) {
  const { utcOffsetMs = 0, utcOffsetConfiguredMs = 0, summerTimeFrom } = options;
  return wireTime({ brokerMs: utcOffsetMs, configuredMs: utcOffsetConfiguredMs, summerTimeFrom });
}

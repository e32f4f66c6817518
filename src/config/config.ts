import type { AccountFile } from './accounts-schema.ts';
import type { MlFile } from './ml-schema.ts';
import type { NewsCalendarFile } from './news-file.ts';
import type { RegimeWeightsConfig } from './regime-weights.ts';
import type { TerminalFile } from './terminals-schema.ts';
import type { TradingFile } from './trading-schema.ts';

/** The whole configuration, valid and resolved: every account carries what is in force for it. */
export type Config = {
  /** Absolute path of the folder that it was read from. */
  readonly folder: string;
  /** By account id, in the order of accounts.json; those that are not enabled are among them. */
  readonly accounts: Readonly<Record<string, AccountConfig>>;
  /** By terminal key, in the order of terminals.json. */
  readonly terminals: Readonly<Record<string, TerminalConfig>>;
  /** For each symbol that an enabled account trades: the terminals whose bars feed its models, best first. */
  readonly signalSources: Readonly<Record<string, readonly string[]>>;
  /** Marks our orders at the broker. */
  readonly magic: number;
  /** What the labels of the models are laid with; accounts may override theirs. */
  readonly dynamicSltp: StopDistances;
  /** What a first Ctrl-C does with open positions: leave them behind their stops, or manage them until flat. */
  readonly shutdown: 'close' | 'drain';
  /** Fleet-wide, in the currency of the fleet totals; undefined where nothing is capped. */
  readonly fleetCaps?: FleetCapsConfig;
  /** Where the models run. */
  readonly inferenceIsolation: 'thread' | 'process';
  readonly console: ConsoleConfig;
  /** Minutes of market time per second when every terminal is a simulator. */
  readonly speedMinutesPerSecond: number;
  readonly pollMs: number;
  readonly ml: MlConfig;
  /** The files as they were accepted, with defaults: what a later version is compared with. No secret is in them. */
  readonly files: ConfigFiles;
};

export type AccountConfig = {
  readonly id: string;
  readonly brokerId: string;
  readonly terminalKey: string;
  readonly accountType: 'cent' | 'standard';
  /** Fleet currency per unit of the account. */
  readonly currencyMultiplier: number;
  readonly isEnabled: boolean;
  readonly mode: 'paper' | 'live' | 'dry';
  readonly symbols: readonly string[];
  readonly isolation: AccountFile['isolation'];
  /** A file name inside the state folder. */
  readonly stateFile: string;
  /** 1 to 5; undefined: none. */
  readonly riskProfile?: number;
  /** Percent of equity, as every field that ends in `Pct`. */
  readonly riskPct: number;
  readonly maxRiskPerTradePct: number;
  /** The stop of a smallest lot that risks more than that is brought nearer, and the trade not denied. */
  readonly shrinksStop: boolean;
  /** Lots. */
  readonly minLot: number;
  readonly maxLot: number;
  /** Undefined: the manifest's threshold. */
  readonly minConfidence?: number;
  readonly minProbGap?: number;
  readonly minVotes: number;
  /** Undefined: the plain mean of the models, whatever the market. */
  readonly regimeWeights?: RegimeWeightsConfig;
  /** 0 = off. */
  readonly maxDailyLossPct: number;
  readonly circuitBreaker: { readonly isEnabled: boolean; readonly maxConsecutiveLosses: number };
  readonly dynamicSltp: StopDistances;
  /** Price units. */
  readonly minAtr: number;
  readonly guards: GuardsConfig;
  readonly maxApiFailures: number;
  readonly localTzOffsetHours: number;
  /** IANA; undefined: the offset counts. */
  readonly localTz?: string;
  readonly deviationPoints: number;
  readonly kelly: KellyConfig;
  /** Undefined: off. */
  readonly management?: ManagementConfig;
  readonly telegram?: { readonly chatId: string; readonly token: string };
};

type KellyConfig = {
  readonly isEnabled: boolean;
  readonly formula: 'classical' | 'seed';
  readonly multiplier: number;
  readonly maxFraction: number;
  readonly atNoEdge: 'skip' | 'min_lot';
};

/** How open positions are managed and their stops are laid; what is undefined is off. Distances in ATR(14). */
export type ManagementConfig = {
  readonly partialClose?: { readonly triggerAtr: number; readonly closeFraction: number };
  readonly trailingStop?: { readonly baseTrailAtr: number; readonly minProfitAtr: number };
  readonly stopScaling?: {
    readonly slAdjust: number;
    readonly tpAdjust: number;
    /** Price units; 0 = none. */
    readonly minTp: number;
  };
  readonly primaryExit?: StopDistances;
  /** In force where the model set has a position model. */
  readonly positionExit: {
    readonly exitThreshold: number;
    readonly minProbDiff: number;
    readonly addThreshold: number;
    readonly minBarsHeld: number;
  };
};

/** Guards beside the four that are always configured. 0 or undefined = off. */
export type GuardsConfig = {
  readonly hardHaltPct: number;
  readonly maxWeeklyDrawdownPct: number;
  readonly equityCurve?: {
    readonly lookbackTrades: number;
    readonly maxDrawdownPct: number;
    readonly cooldownHours: number;
  };
  readonly minAdx?: number;
  readonly news?: {
    readonly blockMinutes: number;
    readonly failClosed: boolean;
    readonly calendar: NewsCalendarFile;
  };
  readonly emaTrend: boolean;
  readonly sessions?: readonly ('london' | 'ny' | 'asian')[];
  readonly maxSpreadPoints: number;
  readonly maxSpreadAtr: number;
  readonly maxBarAgeMinutes: number;
  readonly maxModelAgeDays: number;
  readonly orderRate?: { readonly maxOrders: number; readonly windowMinutes: number };
  /** Where the fleet has caps: what one unit of the account is worth in their currency. */
  readonly fleet?: { readonly currencyMultiplier: number };
};

/** 0 = off. */
export type FleetCapsConfig = {
  readonly maxSymbolNotional: number;
  readonly maxSymbolRisk: number;
  /** Name -> symbols; one with a minus before it moves against the others. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly maxGroupRisk: number;
};

/** Multiples of ATR(14). */
type StopDistances = {
  readonly slAtrMultiplier: number;
  readonly tpAtrMultiplier: number;
};

/** `simulator` is built in; `external-simulator` is one that runs by itself. */
export type TerminalConfig = {
  readonly key: string;
  /** Logical name -> the broker's own. */
  readonly symbols: Readonly<Record<string, string>>;
} & (
  | { readonly kind: 'mt5'; readonly url: string; readonly token: string }
  | { readonly kind: 'simulator'; readonly simulator: SimulatorConfig }
  | {
      readonly kind: 'external-simulator';
      readonly url: string;
      readonly token: string;
      /** For its `/_sim/` paths; undefined: nobody here advances it. */
      readonly controlToken?: string;
    }
);

export type SimulatorConfig = {
  /** `generator`, or the absolute path of a CSV file. */
  readonly source: string;
  readonly seed: number;
  readonly balance: number;
  readonly currency: string;
  readonly leverage: number;
  readonly isHedging: boolean;
  /** Undefined: the instrument's usual spread. */
  readonly spreadPoints?: number;
  readonly slippagePoints: number;
  /** Account currency per lot, for each side. */
  readonly commissionPerLot: number;
  /** Points per lot and night, negative when paid. */
  readonly swapLongPoints: number;
  readonly swapShortPoints: number;
};

type ConsoleConfig = {
  readonly host: string;
  readonly port: number;
  /** Undefined where no variable names one: the engine makes its own. */
  readonly token?: string;
};

type MlConfig = {
  /** Symbol -> grid of round numbers, in price units. */
  readonly roundSteps: Readonly<Record<string, number>>;
  readonly labelHorizonBars: number;
  /** Share of bars that should be signals. */
  readonly signalRate: number;
  readonly trainingSeed: number;
  readonly recencyHalfLifeDays: number;
};

export type ConfigFiles = {
  readonly 'accounts.json': { readonly accounts: Readonly<Record<string, AccountFile>> };
  readonly 'terminals.json': Readonly<Record<string, TerminalFile>>;
  readonly 'config.json': TradingFile;
  readonly 'ml_config.json': MlFile;
};

/** Where values outside the files come from, and whether every terminal is to be replaced by a simulator. */
export type ConfigSurroundings = {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isReplay: boolean;
};

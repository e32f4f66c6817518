/** The whole period once, bar by bar, under one order inside the bar. */
import type { AccountFact } from '../account/account-fact.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { isQuiet } from '../account/quiet-bar.ts';
import { assert } from '../domain/assert.ts';
import { type Bar, type Timeframe, timeframeMs, traceOf } from '../domain/bar.ts';
import { type EpochMs, epochMs, type Money } from '../domain/units.ts';
import { type ExchangeTerms, marketOf } from '../exchange/terms.ts';
import type { Intrabar } from '../exchange/touch.ts';
import type { FleetCaps } from '../risk/exposure.ts';
import { AccountRun, type PositionJudge } from './account-run.ts';
import type { DetailBars } from './detail-bars.ts';
import { ExchangeBroker } from './exchange-broker.ts';
import { Excursions } from './excursions.ts';
import { type ManagedWay, playManaged } from './manage-inside.ts';
import type { BacktestPath, EquityPoint } from './outcome.ts';
import type { PredictionSeries } from './prediction-series.ts';
import { type PathTrade, TradeLedger } from './trade-ledger.ts';

export type BacktestRequest = {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Oldest first; those before `first` are history. */
  readonly bars: readonly Bar[];
  /** Indices of the first and the last bar that is decided. */
  readonly first: number;
  readonly last: number;
  readonly predictions: PredictionSeries;
  readonly policy: AccountPolicy;
  /** What the broker charges; its order inside the bar is replaced. */
  readonly terms: ExchangeTerms;
  readonly deposit: Money;
  readonly magic: number;
  readonly fleetCaps?: FleetCaps | undefined;
  readonly detail?: DetailBars | undefined;
  /** Where the models judge open positions. */
  readonly judge?: PositionJudge | undefined;
};

export type PathWatch = {
  /** Who wants every fact gets every bar decided: else those of which nothing stays are only counted. */
  readonly onFact?: (fact: AccountFact) => void;
  /** Told now and then how many bars were decided. May let others have a turn. */
  readonly onProgress?: (bars: number) => Promise<void>;
};

export type PlayedPath = Omit<BacktestPath, 'trades'> & { readonly trades: readonly PathTrade[] };

const barsPerReport = 2_000;

export async function playPath(
  request: BacktestRequest,
  intrabar: Intrabar,
  watch: PathWatch = {},
): Promise<PlayedPath> {
  const { first, last } = request;
  const player = new PathPlayer(request, intrabar, watch);
  for (let index = first; index <= last; index += 1) {
    player.play(index);
    if (!player.decideQuietly(index)) await player.decide(index);
    player.mark(index);
    const played = index - first + 1;
    if (played % barsPerReport === 0) await watch.onProgress?.(played);
  }
  return player.played();
}

class PathPlayer {
  readonly #request: BacktestRequest;
  readonly #watch: PathWatch;
  readonly #broker: ExchangeBroker;
  readonly #account: AccountRun;
  readonly #ledger = new TradeLedger();
  readonly #excursions: Excursions;
  readonly #equity: EquityPoint[] = [];
  /** Of the bar that is being decided, as far as guards see them. */
  #features: Readonly<Record<string, number>> = {};
  #hadPosition = false;
  readonly #way: ManagedWay;
  /** The built-in terminals move bar by bar, and so does their own order inside a bar. */
  readonly #managesInside: boolean;

  constructor(request: BacktestRequest, intrabar: Intrabar, watch: PathWatch) {
    const { bars, first, last, symbol, deposit, magic, policy, fleetCaps } = request;
    const terms = withIntrabar(request.terms, symbol, intrabar);
    const firstBar = bars[first];
    assert(firstBar && bars[last] && first <= last, `bars ${first} to ${last} of ${bars.length}`);
    this.#request = request;
    this.#watch = watch;
    this.#broker = new ExchangeBroker({ terms, symbol, deposit, firstBar, magic });
    this.#excursions = new Excursions(marketOf(terms, symbol).instrument);
    this.#account = new AccountRun({
      ...{ policy, fleetCaps, broker: this.#broker },
      onFact: (fact) => {
        this.#ledger.add(fact, this.#features);
        watch.onFact?.(fact);
      },
    });
    const { instrument } = marketOf(terms, symbol);
    this.#way = { account: this.#account, broker: this.#broker, symbol, instrument, intrabar };
    const { partialClose, trailing } = policy.management ?? {};
    this.#managesInside = intrabar !== 'path' && (partialClose ?? trailing) !== undefined;
  }

  /** What the market does in a bar. */
  play(index: number): void {
    const { bars, detail } = this.#request;
    const bar = this.#barAt(index);
    const before = this.#broker.positions;
    this.#hadPosition = before.length > 0;
    const booked = this.#broker.dealCount;
    if (this.#managesInside) this.#playManaged(bar, bars[index + 1]);
    else this.#broker.play(bar, bars[index + 1], detail?.of(bar));
    if (!this.#hadPosition) return;
    this.#excursions.lived(bar, before, this.#broker.positions);
    this.#excursions.ended(before, this.#broker.dealsAfter(booked));
  }

  #playManaged(bar: Bar, following: Bar | undefined): void {
    const { timeframe, detail } = this.#request;
    const { bars, barMs } = detail?.of(bar) ?? { bars: [bar], barMs: timeframeMs[timeframe] };
    for (const [index, part] of bars.entries()) {
      playManaged(this.#way, { bar: part, next: bars[index + 1] ?? following, barMs });
    }
  }

  /** Counts a bar of which nothing stays; false for one that has to be decided. */
  decideQuietly(index: number): boolean {
    const at = epochMs(Math.max(this.#closedAt(index), this.#broker.now));
    if (this.#watch.onFact !== undefined || !isQuiet(this.#account.state, at)) return false;
    const { predictions, policy } = this.#request;
    const gate = predictions.closedGate(index, policy);
    if (gate === undefined) return false;
    this.#ledger.held(gate);
    return true;
  }

  async decide(index: number): Promise<void> {
    const { predictions, symbol, timeframe, judge } = this.#request;
    const prediction = predictions.at(index);
    this.#features = prediction?.features ?? {};
    const trace = traceOf(symbol, timeframe, this.#barAt(index).openTime);
    const closedAt = this.#closedAt(index);
    this.#account.decide({ ...{ symbol, closedAt, prediction, trace } });
    if (judge && prediction?.hasPositionModel) await this.#account.judge(judge);
  }

  mark(index: number): void {
    const { balance, equity } = this.#broker;
    const atMs = this.#closedAt(index);
    this.#equity.push({ atMs, balance, equity, hasPosition: this.#hadPosition });
  }

  played(): PlayedPath {
    return {
      trades: this.#ledger.trades(this.#excursions),
      equity: this.#equity,
      decisions: this.#ledger.decisions(),
      openPositions: Object.keys(this.#account.state.positions).length,
    };
  }

  #barAt(index: number): Bar {
    return this.#request.bars[index] as Bar;
  }

  #closedAt(index: number): EpochMs {
    return epochMs(this.#barAt(index).openTime + timeframeMs[this.#request.timeframe]);
  }
}

function withIntrabar(terms: ExchangeTerms, symbol: string, intrabar: Intrabar): ExchangeTerms {
  const market = { ...marketOf(terms, symbol), intrabar };
  return { ...terms, markets: { ...terms.markets, [symbol]: market } };
}

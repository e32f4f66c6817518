/** The whole period once, bar by bar, under one order inside the bar. */
import type { AccountFact } from '../account/account-fact.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { assert } from '../domain/assert.ts';
import { type Bar, type Timeframe, timeframeMs, traceOf } from '../domain/bar.ts';
import { epochMs, type Money } from '../domain/units.ts';
import { type ExchangeTerms, marketOf } from '../exchange/terms.ts';
import type { Intrabar } from '../exchange/touch.ts';
import type { FleetCaps } from '../risk/exposure.ts';
import { AccountRun, type PositionJudge } from './account-run.ts';
import type { DetailBars } from './detail-bars.ts';
import { ExchangeBroker } from './exchange-broker.ts';
import { Excursions } from './excursions.ts';
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
  const { bars, first, last, symbol, timeframe, predictions, policy, judge } = request;
  const terms = withIntrabar(request.terms, symbol, intrabar);
  const firstBar = bars[first];
  assert(firstBar && bars[last] && first <= last, `bars ${first} to ${last} of ${bars.length}`);
  const { deposit, magic } = request;
  const broker = new ExchangeBroker({ terms, symbol, deposit, firstBar, magic });
  const ledger = new TradeLedger();
  const excursions = new Excursions(marketOf(terms, symbol).instrument);
  const equity: EquityPoint[] = [];
  let features: Readonly<Record<string, number>> = {};
  const account = new AccountRun({
    ...{ policy, broker, fleetCaps: request.fleetCaps },
    onFact: (fact) => {
      ledger.add(fact, features);
      watch.onFact?.(fact);
    },
  });
  for (let index = first; index <= last; index += 1) {
    const bar = bars[index] as Bar;
    const before = broker.positions;
    const deals = broker.play(bar, bars[index + 1], request.detail?.of(bar));
    if (before.length > 0) {
      excursions.lived(bar, before, broker.positions);
      excursions.ended(before, deals);
    }
    const closedAt = epochMs(bar.openTime + timeframeMs[timeframe]);
    const prediction = predictions.at(index);
    features = prediction?.features ?? {};
    account.decide({
      ...{ symbol, closedAt, prediction },
      trace: traceOf(symbol, timeframe, bar.openTime),
    });
    if (judge && prediction?.hasPositionModel) await account.judge(judge);
    equity.push({
      atMs: closedAt,
      balance: broker.balance,
      equity: broker.equity,
      hasPosition: before.length > 0,
    });
    const decided = index - first + 1;
    if (decided % barsPerReport === 0) await watch.onProgress?.(decided);
  }
  return {
    trades: ledger.trades(excursions),
    equity,
    decisions: ledger.decisions(),
    openPositions: Object.keys(account.state.positions).length,
  };
}

function withIntrabar(terms: ExchangeTerms, symbol: string, intrabar: Intrabar): ExchangeTerms {
  const market = { ...marketOf(terms, symbol), intrabar };
  return { ...terms, markets: { ...terms.markets, [symbol]: market } };
}

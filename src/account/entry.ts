import type { Denial } from '../domain/account-event.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Order, Side } from '../domain/order.ts';
import { orderIdOf, tradeIdOf } from '../domain/order-identity.ts';
import type { Prediction } from '../domain/prediction.ts';
import type { Quote } from '../domain/quote.ts';
import { epochMs, type Money } from '../domain/units.ts';
import type { EntryRisk, SignalRisk } from '../risk/guards/guard.ts';
import { assessEntry } from '../risk/guards/guards.ts';
import { chainRisk } from '../risk/risk-chain.ts';
import { sizeEntry } from '../risk/sizing.ts';
import { planStops, stopsLevel } from '../risk/stops.ts';
import { confidenceNorm } from '../strategy/confidence-norm.ts';
import { entryStops } from '../strategy/entry-stops.ts';
import { assessPrediction, type SignalAssessment } from '../strategy/signal.ts';
import type { DecisionFact, SizingFact } from './account-fact.ts';
import { duplicatesOf, entryRisk } from './account-risk.ts';
import type { Books } from './account-state.ts';
import { beginDay } from './day.ts';
import type { InTheMaking } from './in-the-making.ts';
import type { AccountInput } from './input.ts';
import { manageAtBar } from './manage.ts';
import { recordedPrediction } from './recorded-prediction.ts';
import { beyondGrant, holdingsOf, type ReservationAnswer, wishOf } from './reservation.ts';
import { hasDecided } from './settled.ts';
import { signalGates } from './signal-gates.ts';
import { submit } from './submit.ts';
import type { Turn } from './turn.ts';

type Signal = Extract<SignalAssessment, { verdict: 'signal' }>;
type SizedOrder = {
  readonly order: Order;
  readonly riskMoney: Money;
  readonly quote: Quote;
  readonly sizing: SizingFact;
};

type Refusal = {
  readonly denial: Denial;
  /** Later reasons that would have refused it too. */
  readonly others: readonly Denial[];
  /** What a dry account would have sent. */
  readonly order?: Order;
  readonly sizing?: SizingFact;
};

/** One bar: gates, guards, stops, size; then the intent and, after it, the order. The same bar twice decides nothing. */
export function decideBar(
  turn: Turn,
  prediction: Prediction,
  reservation?: ReservationAnswer,
): void {
  if (hasDecided(turn.state, prediction.trace)) return;
  beginDay(turn);
  const signal = assessPrediction(prediction, signalGates(turn.policy, prediction.thresholds));
  if (signal.verdict === 'held') {
    const fact = decided(turn, prediction, signal);
    turn.record(Object.assign(fact, { verdict: 'held' as const, denial: signal.gate }));
  } else if (!enter(turn, { prediction, signal, reservation })) {
    return; // it waits for the fleet's ledger
  }
  manageAtBar(turn, prediction.symbol);
  announceEquity(turn);
}

/** A bar without a prediction is held, and says why. */
export function holdBar(turn: Turn, input: Extract<AccountInput, { type: 'unpredicted' }>): void {
  const { trace, symbol, reason } = input;
  if (hasDecided(turn.state, trace)) return;
  beginDay(turn);
  turn.record({
    type: 'bar-decided',
    trace,
    symbol,
    policyHash: turn.policy.hash,
    confidence: 0,
    gap: 0,
    votes: 0,
    verdict: 'held',
    denial: { limit: 'unpredicted', observed: 0, allowed: 1 },
    reason,
  });
  manageAtBar(turn, symbol);
  announceEquity(turn);
}

/** Whether the bar is decided by it. */
function enter(
  turn: Turn,
  entry: {
    readonly prediction: Prediction;
    readonly signal: Signal;
    readonly reservation: ReservationAnswer | undefined;
  },
): boolean {
  const { prediction, signal, reservation } = entry;
  const { trace, symbol, atr } = prediction;
  const { side, confidence, gap, votes } = signal;
  const sized = assess(turn, prediction, signal);
  const assessed = 'denial' in sized ? sized : reserve(turn, { prediction, sized, reservation });
  if (assessed === 'asked') return false;
  turn.announce({ type: 'signal', trace, symbol, side, confidence, gap, votes });
  if ('denial' in assessed) {
    deny(turn, prediction, signal, assessed);
    return true;
  }
  const { order, riskMoney, quote, sizing } = assessed;
  const fact = decided(turn, prediction, signal);
  turn.record(Object.assign(fact, { verdict: 'entered' as const, orderId: order.id }));
  submit(turn, {
    order,
    riskMoney,
    quote,
    sizing,
    attempt: 1,
    trace,
    atr,
    ...(turn.policy.management && { confidenceNorm: normOf(turn, prediction, confidence) }),
    policyHash: turn.policy.hash,
    modelHash: prediction.modelHash,
  });
  return true;
}

/** Where the fleet is capped its ledger has the last word: it is asked for the order, and its answer written down. */
function reserve(
  turn: Turn,
  entry: {
    readonly prediction: Prediction;
    readonly sized: SizedOrder;
    readonly reservation: ReservationAnswer | undefined;
  },
): SizedOrder | Refusal | 'asked' {
  const { prediction, sized, reservation } = entry;
  if (turn.policy.guards?.fleet === undefined) return sized;
  const { trace, barTime } = prediction;
  const { order, riskMoney } = sized;
  const wish = wishOf(turn.state, { order, riskMoney, barTime });
  if (reservation?.holding.id !== wish.holding.id) {
    const told = holdingsOf(turn.state, barTime) ?? { holdings: [] };
    turn.act({ type: 'tell-fleet', told, asking: wish });
    return 'asked';
  }
  const denial = reservation.denial ?? beyondGrant(reservation, wish.holding);
  if (denial) return { denial, others: [] };
  const { holding } = reservation;
  turn.record({ type: 'exposure-reserved', trace, holding, volume: order.volume });
  return sized;
}

/** Guards, stops, size, mode: the first that says no. */
function assess(turn: Turn, prediction: Prediction, signal: Signal): SizedOrder | Refusal {
  const { account } = turn;
  const { symbol, barTime } = prediction;
  const { side } = signal;
  const tradeId = tradeIdOf({ account, symbol, barTime, side, leg: 'entry' });
  const [denial, ...others] = assessEntry(riskOf(turn, prediction, { side, tradeId }));
  if (denial) return { denial, others };
  const sized = sizeOrder(turn, prediction, signal, tradeId);
  if ('limit' in sized) return { denial: sized, others: [] };
  if (turn.policy.mode !== 'dry') return sized;
  const dryRun = { limit: 'dry-run', observed: 1, allowed: 0 };
  return { denial: dryRun, others: [], order: sized.order, sizing: sized.sizing };
}

/** The entry as its guards see it. */
function riskOf(
  { policy, state, at }: Turn,
  prediction: Prediction,
  { side, tradeId }: { readonly side: Side; readonly tradeId: string },
): EntryRisk {
  const { symbol, atr, barTime, features = {}, trainedTo, hasPositionModel } = prediction;
  const barClosedAt = epochMs(barTime + policy.barMs);
  const duplicates = duplicatesOf(state, tradeId);
  const signal: InTheMaking<SignalRisk> = { side, features, barClosedAt, duplicates };
  if (trainedTo !== undefined) signal.trainedTo = trainedTo;
  if (hasPositionModel) signal.hasPositionModel = hasPositionModel;
  return entryRisk(state, policy, { at, symbol, atr, tradeId, signal });
}

function deny(turn: Turn, prediction: Prediction, signal: Signal, refusal: Refusal): void {
  const { denial, others, order, sizing } = refusal;
  const names = others.map(({ limit }) => limit);
  const fact: InTheMaking<Extract<DecisionFact, { verdict: 'denied' }>> = Object.assign(
    decided(turn, prediction, signal),
    { verdict: 'denied' as const, denial, others: names },
  );
  if (others.length > 0) fact.otherDenials = others;
  if (order) fact.order = order;
  if (sizing) fact.sizing = sizing;
  turn.record(fact);
  const { trace, symbol } = prediction;
  turn.announce({ type: 'denied', trace, symbol, denial });
}

/** What every decision about a prediction carries. */
function decided({ policy }: Turn, prediction: Prediction, signal: SignalAssessment) {
  const { confidence, gap, votes, side, weighted } = signal;
  const about: InTheMaking<DecisionAbout> = {
    type: 'bar-decided',
    trace: prediction.trace,
    symbol: prediction.symbol,
    policyHash: policy.hash,
    prediction: recordedPrediction(prediction, policy),
  };
  if (side) about.side = side;
  if (weighted) about.weighted = weighted;
  return Object.assign(about, { confidence, gap, votes });
}

type DecisionAbout = Omit<DecisionFact, 'verdict' | 'confidence' | 'gap' | 'votes'>;

/** The complete order, or the limit that it does not fit into. The guards have proven that there is a quote. */
function sizeOrder(
  turn: Turn,
  prediction: Prediction,
  { side, confidence }: Signal,
  tradeId: string,
): SizedOrder | Denial {
  const { policy, state } = turn;
  const { management } = policy;
  const { symbol, atr } = prediction;
  const market = marketOf(state.books, state.instruments, symbol);
  if (!market) return { limit: 'broker-unread', observed: 1, allowed: 0 };
  const { quote, instrument, view } = market;
  const { stopLossAtr, takeProfitAtr } = entryStops(
    {
      stopLossAtr: policy.stopLossAtr,
      takeProfitAtr: policy.takeProfitAtr,
      stopScaling: management?.stopScaling,
      primaryExit: management?.primaryExit,
    },
    { atr, confidenceNorm: normOf(turn, prediction, confidence) },
  );
  const stops = planStops({ side, quote, atr, stopLossAtr, takeProfitAtr }, instrument);
  if (stops.verdict === 'denied') return stops.denial;
  const { expectedPrice, takeProfit } = stops;
  const { chain, denial } = chainRisk({
    baseRisk: policy.risk,
    riskMultiplier: withoutRiskModel,
    odds: {
      probability: confidence,
      payoff: Math.abs(takeProfit - expectedPrice) / Math.abs(expectedPrice - stops.stopLoss),
    },
    kelly: policy.kelly,
  });
  if (denial) return denial;
  const { equity, freeMargin, leverage } = view;
  const { riskMax, lotsMin, lotsMax, shrinksStop = false } = policy;
  const size = sizeEntry(
    {
      equity,
      freeMargin,
      leverage,
      risk: chain.risk,
      riskMax,
      lotsMin,
      lotsMax,
      entry: expectedPrice,
      stopLoss: stops.stopLoss,
      shrinksStop,
    },
    instrument,
  );
  if (size.verdict === 'denied') return size.denial;
  const { volume, stopLoss, riskMoney, lotsWanted, bound } = size;
  const tooNear = stopsLevel({ stopLoss, takeProfit }, side, quote, instrument);
  if (tooNear) return tooNear;
  const expiresAt = epochMs(turn.at + policy.barMs);
  const id = orderIdOf(tradeId, 1);
  return {
    order: { id, tradeId, symbol, side, volume, stopLoss, takeProfit, expectedPrice, expiresAt },
    riskMoney,
    quote,
    sizing: Object.assign(chain, { lotsWanted, bound }),
  };
}

/** Where the confidence of a signal stands between its threshold and certainty. */
function normOf({ policy }: Turn, { thresholds }: Prediction, confidence: number): number {
  return confidenceNorm({
    confidence,
    threshold: policy.confidenceMin ?? thresholds.confidenceMin,
  });
}

/** The risk model's word where there is none. */
const withoutRiskModel = 1;

function marketOf(
  books: Books | undefined,
  instruments: Readonly<Record<string, Instrument>>,
  symbol: string,
) {
  const quote = books?.quotes[symbol];
  const instrument = instruments[symbol];
  return books && quote && instrument ? { quote, instrument, view: books.view } : undefined;
}

function announceEquity(turn: Turn): void {
  const { books, money } = turn.state;
  if (!books || !money) return;
  const { balance, equity } = books.view;
  turn.announce({ type: 'equity', balance, equity, currency: money.currency });
}

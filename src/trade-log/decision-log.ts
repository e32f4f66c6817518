import type { AccountFact, DecisionFact, SizingFact } from '../account/account-fact.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { signalGates } from '../account/signal-gates.ts';
import { traceParts } from '../account/trace-parts.ts';
import type { Denial } from '../domain/account-event.ts';
import type { BarPrices } from '../domain/bar.ts';
import type { Order } from '../domain/order.ts';
import type { Prediction, Probabilities } from '../domain/prediction.ts';
import type { EpochMs } from '../domain/units.ts';
import type { FactQuery, JournalReader } from '../journal/sqlite/journal-reader.ts';

/** What was decided about one bar, and from what. `null` where there was none, or where it was not recorded. */
export type DecisionRow = {
  /** Names the decision for `novosky replay --decision`. */
  readonly id: string;
  /** Open time of the bar. */
  readonly bar: string;
  readonly decidedAt: string;
  readonly symbol: string;
  /** The winning class of the ensemble; null without a prediction, or where two are equal. */
  readonly signal: 'buy' | 'sell' | 'hold' | null;
  readonly confidence: number;
  readonly gap: number;
  readonly votes: number;
  readonly verdict: DecisionFact['verdict'];
  /** The first that said no: a gate of a held bar, a guard of a denied one. */
  readonly denial: Denial | null;
  /** Whatever else would have said no; numbers are null in journals of earlier versions. */
  readonly others: readonly OtherDenial[];
  readonly orderId: string | null;
  /** As it was sent, or as a dry account would have sent it. */
  readonly order: OrderRow | null;
  /** Why there was no prediction. */
  readonly reason: string | null;
  /** Mean calibrated probabilities. */
  readonly probabilities: Probabilities | null;
  /** What was judged in place of them, and the regime that it was weighted for; null where the models have no weights. */
  readonly weighted: NonNullable<DecisionFact['weighted']> | null;
  /** What each model said, by its name. */
  readonly members: Prediction['members'] | null;
  /** What the prediction had to pass: the account's own thresholds, else those of the models. */
  readonly gates: ReturnType<typeof signalGates> | null;
  /** How the volume came about, and what bound it; null where no order was sized. */
  readonly sizing: SizingRow | null;
  /** The bar itself, bid prices. */
  readonly prices: BarPrices | null;
  /** Price units. */
  readonly atr: number | null;
  readonly featuresHash: string | null;
  readonly modelHash: string | null;
  readonly policyHash: string;
};

type OtherDenial = {
  readonly limit: string;
  readonly observed: number | null;
  readonly allowed: number | null;
};

type OrderRow = {
  readonly side: Order['side'];
  /** In the instrument's volume steps. */
  readonly volumeSteps: number;
  readonly expectedPrice: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
  /** What the stop costs, in the account's currency; null for an order that was not sent. */
  readonly riskMoney: number | null;
};

type SizingRow = Omit<SizingFact, 'kelly'> & { readonly kelly: SizingFact['kelly'] | null };

export type BarRange = { readonly from?: EpochMs | undefined; readonly to?: EpochMs | undefined };

type Decided = Extract<AccountFact, { readonly type: 'bar-decided' }>;
type Intended = Extract<AccountFact, { readonly type: 'order-intended' }>;

/** Decisions about the bars that opened between `from` and `to`, both included, in the order asked for. */
export function* decisionLog(
  reader: JournalReader<AccountFact>,
  { from, to }: BarRange,
  order: NonNullable<FactQuery<string>['order']>,
): Iterable<DecisionRow> {
  const types = ['bar-decided', 'order-intended'] as const;
  const policies = policiesOf(reader);
  for (const { decided, intended } of paired(reader.facts({ types, order }))) {
    // A bar opened before it was decided: from here on, everything is older than what is asked for.
    if (order === 'newest-first' && from !== undefined && decided.at < from) return;
    const { barTime } = traceParts(decided.trace);
    if (barTime < (from ?? 0) || barTime > (to ?? Number.MAX_SAFE_INTEGER)) continue;
    yield { ...rowOf(decided, barTime, intended), gates: gatesOf(decided, policies) };
  }
}

/** By their hash, which stands in each decision. */
function policiesOf(reader: JournalReader<AccountFact>): ReadonlyMap<string, AccountPolicy> {
  const policies = new Map<string, AccountPolicy>();
  for (const { fact } of reader.facts({ types: ['policy-changed'] })) {
    policies.set(fact.policy.hash, fact.policy);
  }
  return policies;
}

function gatesOf(
  { prediction, policyHash }: Decided,
  policies: ReadonlyMap<string, AccountPolicy>,
): ReturnType<typeof signalGates> | null {
  const policy = policies.get(policyHash);
  return policy && prediction ? signalGates(policy, prediction.thresholds) : null;
}

type Pair = { readonly decided: Decided; readonly intended: Intended | undefined };

/** Each decision with the intent that belongs to it: they are neighbours, whichever way one reads. */
function* paired(facts: Iterable<{ readonly fact: Decided | Intended }>): Iterable<Pair> {
  for (const { before, fact, after } of withNeighbours(facts)) {
    if (fact.type !== 'bar-decided') continue;
    yield { decided: fact, intended: intentOf(fact, before) ?? intentOf(fact, after) };
  }
}

function intentOf(decided: Decided, neighbour: Decided | Intended | undefined) {
  if (decided.verdict !== 'entered' || neighbour?.type !== 'order-intended') return undefined;
  return neighbour.intent.order.id === decided.orderId ? neighbour : undefined;
}

function* withNeighbours<Fact>(facts: Iterable<{ readonly fact: Fact }>) {
  let before: Fact | undefined;
  let current: Fact | undefined;
  for (const { fact } of facts) {
    if (current !== undefined) yield { before, fact: current, after: fact };
    before = current;
    current = fact;
  }
  if (current !== undefined) yield { before, fact: current, after: undefined };
}

function rowOf(
  decided: Decided,
  barTime: number,
  intended: Intended | undefined,
): Omit<DecisionRow, 'gates'> {
  const { trace, at, symbol, verdict, confidence, gap, votes, policyHash, prediction } = decided;
  return {
    id: trace,
    bar: new Date(barTime).toISOString(),
    decidedAt: new Date(at).toISOString(),
    ...{ symbol, signal: signalOf(decided), confidence, gap, votes, verdict },
    denial: decided.verdict === 'entered' ? null : decided.denial,
    others: othersOf(decided),
    orderId: decided.verdict === 'entered' ? decided.orderId : null,
    order: orderOf(decided, intended),
    reason: (decided.verdict === 'held' ? decided.reason : undefined) ?? null,
    probabilities: prediction?.mean ?? null,
    weighted: decided.weighted ?? null,
    members: prediction?.members ?? null,
    sizing: sizingOf(decided, intended),
    prices: prediction?.bar ?? null,
    atr: prediction?.atr ?? null,
    featuresHash: prediction?.featuresHash ?? null,
    modelHash: prediction?.modelHash ?? null,
    policyHash,
  };
}

function signalOf({ prediction, side }: Decided): DecisionRow['signal'] {
  if (side) return side;
  return prediction ? 'hold' : null;
}

function othersOf(decided: Decided): readonly OtherDenial[] {
  if (decided.verdict !== 'denied') return [];
  if (decided.otherDenials) return decided.otherDenials;
  return decided.others.map((limit) => ({ limit, observed: null, allowed: null }));
}

function orderOf(decided: Decided, intended: Intended | undefined): OrderRow | null {
  const dry = decided.verdict === 'denied' ? decided.order : undefined;
  const order = intended?.intent.order ?? dry;
  if (!order) return null;
  const { side, volume, expectedPrice, stopLoss, takeProfit } = order;
  const riskMoney = intended?.intent.riskMoney ?? null;
  return { side, volumeSteps: volume, expectedPrice, stopLoss, takeProfit, riskMoney };
}

function sizingOf(decided: Decided, intended: Intended | undefined): SizingRow | null {
  const dry = decided.verdict === 'denied' ? decided.sizing : undefined;
  const sizing = intended?.intent.sizing ?? dry;
  return sizing ? { ...sizing, kelly: sizing.kelly ?? null } : null;
}

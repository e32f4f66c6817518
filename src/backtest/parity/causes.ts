/** Why engine and backtester differ: each cause has to be seen in the journal or in the bars, else there is none. */
import type { AccountFact } from '../../account/account-fact.ts';
import type { Bar } from '../../domain/bar.ts';
import type { Quote } from '../../domain/quote.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { Compared, Difference } from './differences.ts';
import type { Statement } from './statements.ts';

/** What may stand behind a difference, and what it means. */
export const causes = {
  'models-changed': 'the decision was made by other models than those of the folder',
  'other-bars': 'the features were made from other bars than the engine saw',
  'bar-missing': 'the bar, or the history that its features need, is not in the data',
  unpredicted: 'the engine had no prediction for the bar',
  'engine-absent': 'the engine did not decide the bar',
  'own-latency': 'the price moved between the open of the bar and our decision',
  slippage: 'the broker filled at another price than was quoted',
  'inside-bar': 'SL and TP both lie inside the bar, and nobody knows which came first',
  'between-bars': 'the broker quoted what the bar does not show, or a stop was moved inside it',
  costs: 'commission or swap of the broker are not those of the configuration',
  'configuration-changed': 'the configuration changed during the bar',
  command: 'a person commanded the account during the bar',
  'hand-at-the-broker': 'somebody else traded, or moved stops or money, at the broker',
  'terminal-fault': 'the terminal failed, refused, or left an outcome in doubt',
  'late-deal': 'the balance had a result whose deal the broker had not listed yet',
  restart: 'the account was started anew during the bar',
  'other-accounts': 'the exposure of the fleet depends on accounts that are not played',
} as const;

export type CauseType = keyof typeof causes;
export type Cause = { readonly type: CauseType; readonly text: string };

export type Evidence = {
  readonly bar: Bar;
  readonly closedAt: EpochMs;
  /** What the journal says of the bar, and what the backtester said. */
  readonly live: readonly AccountFact[];
  readonly tested: readonly AccountFact[];
  /** What both saw when they decided. */
  readonly liveQuote: Quote | undefined;
  readonly testedQuote: Quote | undefined;
  readonly equities: { readonly live: number | undefined; readonly tested: number | undefined };
  /** Price units: smallest change of a price, and ask minus bid inside the bar. */
  readonly point: number;
  readonly spread: number;
  /** Whether the bars are those that the engine kept itself. */
  readonly isOwnStore: boolean;
};

type Rule = (difference: Difference, of: Compared, evidence: Evidence) => Cause | undefined;

/** Undefined where nothing explains it. */
export function causeOf(
  difference: Difference,
  of: Compared,
  evidence: Evidence,
): Cause | undefined {
  const rules = rulesFor(difference, of);
  for (const rule of rules) {
    const cause = rule(difference, of, evidence);
    if (cause) return cause;
  }
  return undefined;
}

function rulesFor(difference: Difference, of: Compared): readonly Rule[] {
  if (isOfPrediction(difference, of)) return [newWeights];
  return difference.kind === 'prediction' ? predictionRules : accountRules;
}

const signalGates: readonly unknown[] = ['weights', 'hold', 'votes', 'confidence', 'gap'];

/** What follows from the prediction alone, which both are given: nothing that happens to an account explains it. */
function isOfPrediction(
  { kind, name }: Difference,
  { live, tested }: Pick<Compared, 'live' | 'tested'>,
): boolean {
  if (kind !== 'decision') return false;
  if (name === 'observed') {
    const limit = live?.values['limit'];
    return limit === tested?.values['limit'] && signalGates.includes(limit);
  }
  return name === 'side' || name === 'confidence' || name === 'gap' || name === 'votes';
}

/** Where an account weighs the models, what a prediction says of a signal is a matter of its configuration, too. */
function newWeights(difference: Difference, of: Compared, evidence: Evidence): Cause | undefined {
  const isWeighing = (fact: AccountFact) =>
    fact.type === 'policy-changed' && fact.policy.regimeWeights !== undefined;
  return evidence.live.some(isWeighing) ? configuration(difference, of, evidence) : undefined;
}

type ExplainedDifference = Difference & { readonly cause: Cause | undefined };

/** What changes the money or the positions that the decision about the same bar is then made on. */
const consequential: readonly Difference['kind'][] = ['order', 'fill', 'stops', 'close'];

/**
 * A difference that follows from an explained one before it in the same bar. A gate of the signal follows from nothing: it
 * knows neither money nor positions.
 */
export function consequence(
  difference: Difference,
  { live, tested }: Compared,
  earlier: readonly ExplainedDifference[],
  { equities }: Pick<Evidence, 'equities'>,
): Cause | undefined {
  const { kind, name, subject } = difference;
  const verdicts = [live?.values['verdict'], tested?.values['verdict']];
  if (
    isOfPrediction(difference, { live, tested }) ||
    (kind === 'decision' && verdicts.includes('held'))
  )
    return undefined;
  const former = earlier.find(
    (each) =>
      each.cause &&
      consequential.includes(each.kind) &&
      (kind !== 'fill' || each.subject === subject),
  );
  if (!former?.cause) return undefined;
  const { type, text } = former.cause;
  if (name !== 'volume') return cause(type, `follows: ${text}`);
  if (kind === 'order' && equities.live === equities.tested) return undefined;
  return cause(type, `sized on ${equities.live}, in the backtest on ${equities.tested}: ${text}`);
}

function cause(type: CauseType, text: string = causes[type]): Cause {
  return { type, text };
}

const predictionRules: readonly Rule[] = [
  (_, { live, tested }, { live: facts }) => {
    if (!tested) return cause('bar-missing');
    if (live) return undefined;
    const decided = facts.find((fact) => fact.type === 'bar-decided');
    if (!decided) return cause('engine-absent');
    const reason = decided.verdict === 'held' ? decided.reason : undefined;
    return cause('unpredicted', reason);
  },
  (_, { live, tested }) =>
    live?.values['models'] === tested?.values['models']
      ? undefined
      : cause(
          'models-changed',
          `decided by the models ${live?.values['models']}, these are ${tested?.values['models']}`,
        ),
  (_, { live, tested }, { isOwnStore }) =>
    isOwnStore || live?.values['features'] === tested?.values['features']
      ? undefined
      : cause('other-bars'),
];

const accountRules: readonly Rule[] = [
  absence,
  foreignHand,
  otherAccounts,
  lateDeal,
  latency,
  managedInside,
  slippedFill,
  slippedClose,
  insideBar,
  betweenBars,
  costs,
  command,
  terminalFault,
  configuration,
  restart,
];

function absence(
  { kind, subject }: Difference,
  _: Compared,
  { live, bar }: Evidence,
): Cause | undefined {
  if (!live.some(({ type }) => type === 'bar-decided')) return cause('engine-absent');
  const closed = live.find((fact) => fact.type === 'position-closed' && fact.tradeId === subject);
  if (kind !== 'close' || closed?.type !== 'position-closed') return undefined;
  if (closed.closedAt >= bar.openTime) return undefined;
  const when = new Date(closed.closedAt).toISOString().slice(0, 19);
  return cause('engine-absent', `closed at ${when}, and seen later`);
}

function foreignHand(
  { kind, subject }: Difference,
  { live, tested }: Compared,
  { live: facts }: Evidence,
): Cause | undefined {
  if (kind === 'close' && live?.values['closeType'] === 'EXTERNAL') {
    return cause('hand-at-the-broker', `${subject} was closed by somebody else`);
  }
  const isAsked = facts.some(({ type }) => type === 'protect-intended');
  if (kind === 'stops' && live && !tested && !isAsked) {
    return cause('hand-at-the-broker', `stops of ${subject} were moved by somebody else`);
  }
  const seen = facts.find(
    (fact) =>
      fact.type === 'position-adopted' ||
      (fact.type === 'deal-booked' && (fact.deal.kind !== 'trade' || !fact.deal.isOwned)) ||
      (fact.type === 'position-closed' && fact.closeType === 'EXTERNAL'),
  );
  if (!seen) return undefined;
  if (seen.type === 'deal-booked' && seen.deal.kind !== 'trade') {
    const { amount } = seen.deal;
    return cause('hand-at-the-broker', `${amount} were paid in or out`);
  }
  return cause('hand-at-the-broker');
}

/** Where the caps of the fleet denied an entry on one side, its order and its fill are missing there, too. */
function otherAccounts(
  { kind }: Difference,
  { live, tested }: Compared,
  evidence: Evidence,
): Cause | undefined {
  if (kind !== 'decision' && kind !== 'order' && kind !== 'fill') return undefined;
  const sides = [
    ...(kind === 'decision' || !live ? [evidence.live] : []),
    ...(kind === 'decision' || !tested ? [evidence.tested] : []),
  ];
  const ofFleet = sides.map(fleetLimitIn).find((limit) => limit !== undefined);
  return ofFleet === undefined ? undefined : cause('other-accounts', `denied by ${ofFleet}`);
}

function fleetLimitIn(facts: readonly AccountFact[]): string | undefined {
  const decided = facts.find((fact) => fact.type === 'bar-decided');
  if (decided?.type !== 'bar-decided' || decided.verdict !== 'denied') return undefined;
  const { limit } = decided.denial;
  return /^(exposure|fleet)-/.test(limit) ? limit : undefined;
}

/** What follows live from a deal that was listed late; the backtester's broker lists every deal at once. */
function lateDeal(
  { kind }: Difference,
  { live: told }: Compared,
  { live }: Evidence,
): Cause | undefined {
  if (kind !== 'decision' && (told || !awaiting.includes(kind))) return undefined;
  const gone = kind === 'close' && live.find(({ type }) => type === 'position-vanished');
  if (gone) return cause('late-deal');
  const decided = live.find((fact) => fact.type === 'bar-decided');
  if (decided?.type !== 'bar-decided' || decided.verdict !== 'denied') return undefined;
  const { limit, observed } = decided.denial;
  if (limit !== 'balance-unexplained') return undefined;
  return cause('late-deal', `no deal explained ${observed} of the balance yet`);
}

/** What is missing live where the deal is. */
const awaiting: readonly Difference['kind'][] = ['order', 'fill', 'close'];

/** Only what is laid from a quote: a gate of the signal knows none. */
function latency(
  { kind, name }: Difference,
  of: Compared,
  { liveQuote, testedQuote, closedAt, point }: Evidence,
): Cause | undefined {
  if (!liveQuote || !testedQuote || !of.live || !of.tested) return undefined;
  const isElsewhere = liveQuote.bid !== testedQuote.bid || liveQuote.ask !== testedQuote.ask;
  if (!isElsewhere || liveQuote.at <= testedQuote.at) return undefined;
  if (!isLaidFromQuote({ kind, name }, of, point)) return undefined;
  const lateMs = liveQuote.at - closedAt;
  return cause(
    'own-latency',
    `${lateMs} ms after the open the bid was ${liveQuote.bid}, at the open ${testedQuote.bid}`,
  );
}

const quoted: Readonly<Record<string, readonly string[]>> = {
  decision: ['observed', 'allowed', 'others'],
  management: ['stopLoss'],
  guard: ['observed'],
  period: ['startEquity'],
};

function isLaidFromQuote(
  { kind, name }: Pick<Difference, 'kind' | 'name'>,
  { live, tested }: Compared,
  point: number,
): boolean {
  if (kind === 'order') {
    return (
      name === 'expectedPrice' || areEquallyFar(name, 'expectedPrice', { live, tested }, point)
    );
  }
  if (kind === 'fill') return areEquallyFar(name, 'entry', { live, tested }, point);
  if (kind === 'decision' && live?.values['limit'] !== tested?.values['limit']) return false;
  return quoted[kind]?.includes(name) ?? false;
}

/** Whether a level stands as far from its own price on both sides. */
function areEquallyFar(
  name: string,
  from: string,
  { live, tested }: Pick<Compared, 'live' | 'tested'>,
  point: number,
): boolean {
  if (name !== 'stopLoss' && name !== 'takeProfit') return false;
  return Math.abs(distance(live, name, from) - distance(tested, name, from)) < 1.5 * point;
}

function distance(statement: Statement | undefined, name: string, from: string): number {
  return Number(statement?.values[name]) - Number(statement?.values[from]);
}

/** A fill away from the quote that it was expected at, by another distance than the backtester takes for granted. */
function slippedFill(
  { kind, name, subject }: Difference,
  { live, tested }: Compared,
  { live: facts, point }: Evidence,
): Cause | undefined {
  const isPrice = name === 'entry' || name === 'stopLoss' || name === 'takeProfit';
  if (kind !== 'fill' || !isPrice || !live || !tested) return undefined;
  const expected = expectedIn(facts, subject);
  if (expected === undefined) return undefined;
  const slipped = points(Number(live.values['entry']) - expected, point);
  return cause('slippage', `filled ${slipped} points from the quote of ${expected}`);
}

function slippedClose(
  { kind, name }: Difference,
  { live, tested }: Compared,
  { live: facts, point, liveQuote, testedQuote }: Evidence,
): Cause | undefined {
  if (kind !== 'close' || !live || !tested || (name !== 'exit' && name !== 'profit'))
    return undefined;
  const [end, exit] = [live.values, tested.values];
  if (end['closeType'] !== exit['closeType'] || end['exit'] === exit['exit']) return undefined;
  const apart = points(Number(end['exit']) - Number(exit['exit']), point);
  const isOurs = facts.some((fact) => fact.type === 'close-intended');
  return isOurs && liveQuote?.bid !== testedQuote?.bid
    ? cause('own-latency', `closed ${apart} points from the open of the bar`)
    : cause('slippage', `closed ${apart} points from where the backtester closes`);
}

function expectedIn(facts: readonly AccountFact[], tradeId: string): number | undefined {
  for (const fact of facts) {
    if (fact.type !== 'order-intended' || fact.intent.order.tradeId !== tradeId) continue;
    return fact.intent.order.expectedPrice;
  }
  return undefined;
}

function points(apart: number, point: number): number {
  return Math.round(Math.abs(apart) / point);
}

/** One was stopped, the other reached its target, and the bar spans both. */
function insideBar({ kind }: Difference, { live, tested }: Compared, evidence: Evidence) {
  if (kind !== 'close' || !live || !tested) return undefined;
  const ends = [live.values['closeType'], tested.values['closeType']];
  if (!ends.includes('SL_HIT') || !ends.includes('TP_HIT')) return undefined;
  return outsideBar(live, evidence) ?? cause('inside-bar');
}

/** Live, positions are managed between bars too; here at bars alone. What ends a trade may follow from that. */
function managedInside({ kind }: Difference, _: Compared, { live, closedAt }: Evidence) {
  if (kind !== 'close' && kind !== 'stops' && kind !== 'management') return undefined;
  const managed = live.find(
    (fact) =>
      (fact.type === 'protect-intended' || (fact.type === 'close-intended' && fact.leaves)) &&
      fact.at < closedAt,
  );
  if (managed === undefined || !('reason' in managed)) return undefined;
  const when = new Date(managed.at).toISOString().slice(11, 19);
  return cause('between-bars', `${managed.reason} was due inside the bar, at ${when}`);
}

/** What ends inside a bar at the broker, and cannot from the bar alone. */
function betweenBars({ kind }: Difference, { live, tested }: Compared, evidence: Evidence) {
  if (kind !== 'close') return undefined;
  if (live && !tested) return outsideBar(live, evidence);
  return tested && !live ? nearMiss(tested, evidence) : undefined;
}

type Inside = Pick<Evidence, 'bar' | 'spread' | 'point'>;

/** Where a position could have been closed inside the bar: a long at the bid, a short at the ask. */
function reachOf({ values }: Statement, { bar, spread }: Inside) {
  const above = values['side'] === 'sell' ? spread : 0;
  return { exit: Number(values['exit']), low: bar.low + above, high: bar.high + above };
}

function outsideBar(live: Statement, inside: Inside): Cause | undefined {
  const { exit, low, high } = reachOf(live, inside);
  const slack = inside.point / 2;
  if (exit > low - slack && exit < high + slack) return undefined;
  return cause('between-bars', `closed at ${exit}, and the bar reaches from ${low} to ${high}`);
}

/** The bar went beyond the level by less than a spread: the quotes of two brokers are never nearer than that. */
function nearMiss(tested: Statement, inside: Inside): Cause | undefined {
  const { exit, low, high } = reachOf(tested, inside);
  const points = Math.round(Math.min(Math.abs(exit - low), Math.abs(high - exit)) / inside.point);
  if (points * inside.point > inside.spread) return undefined;
  return cause('between-bars', `the bar goes ${points} points beyond ${exit}, less than a spread`);
}

function costs({ kind, name }: Difference, { live, tested }: Compared, evidence: Evidence) {
  if (kind !== 'close' || name !== 'profit') return undefined;
  if (!live || !tested || live.values['exit'] !== tested.values['exit']) return undefined;
  const [paid, taken] = [costsIn(evidence.live), costsIn(evidence.tested)];
  if (paid === taken) return undefined;
  return cause('costs', `the broker booked ${paid}, the backtester ${taken}`);
}

/** Commission and swap of all deals, in cents of whatever currency. */
function costsIn(facts: readonly AccountFact[]): number {
  const cents = facts.flatMap((fact) =>
    fact.type === 'deal-booked' && fact.deal.kind === 'trade'
      ? Math.round(100 * (fact.deal.commission + fact.deal.swap))
      : [],
  );
  return cents.reduce((sum, each) => sum + each, 0) / 100;
}

function command(_: Difference, __: Compared, { live }: Evidence): Cause | undefined {
  const given = live.find((fact) => fact.type === 'command-given');
  return given?.type === 'command-given'
    ? cause('command', `${given.by} said ${given.command}`)
    : undefined;
}

const faults: ReadonlySet<AccountFact['type']> = new Set([
  ...(['read-failed', 'order-requoted', 'order-not-sent', 'order-unresolved'] as const),
  ...(['order-rejected', 'order-given-up', 'close-given-up'] as const),
]);

function terminalFault({ kind, subject }: Difference, of: Compared, { live }: Evidence) {
  const isFailedCall = (fact: AccountFact) =>
    (fact.type === 'close-answered' || fact.type === 'protect-answered') &&
    fact.answer.outcome !== 'done';
  const isPartial = kind === 'fill' && of.live && of.tested && live.some(isPartialFill);
  const fault = live.find((fact) => faults.has(fact.type) || isFailedCall(fact));
  if (isPartial) return cause('terminal-fault', `${subject} was filled in part`);
  if (!fault) return undefined;
  const reason = 'reason' in fault ? fault.reason : 'answer' in fault ? answered(fault) : undefined;
  return cause('terminal-fault', `${fault.type}: ${reason ?? causes['terminal-fault']}`);
}

function isPartialFill(fact: AccountFact): boolean {
  return fact.type === 'position-grown';
}

function answered(fault: AccountFact): string | undefined {
  return 'answer' in fault ? fault.answer.reason : undefined;
}

function configuration(_: Difference, __: Compared, { live }: Evidence): Cause | undefined {
  const changed = live.find((fact) => fact.type === 'policy-changed' && fact.from !== undefined);
  if (changed?.type !== 'policy-changed') return undefined;
  const keys = changed.changes.map(({ key }) => key).join(', ');
  return cause('configuration-changed', `${keys} changed during the bar`);
}

function restart(_: Difference, __: Compared, { live }: Evidence): Cause | undefined {
  return live.some(({ type }) => type === 'incarnation-started') ? cause('restart') : undefined;
}

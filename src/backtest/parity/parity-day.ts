/** A day of a journal, played again by the backtester and compared statement by statement. */
import type { AccountFact } from '../../account/account-fact.ts';
import type { AccountState } from '../../account/account-state.ts';
import { isSettled } from '../../account/settled.ts';
import { type Bar, type Timeframe, timeframeMs, traceOf } from '../../domain/bar.ts';
import type { Prediction } from '../../domain/prediction.ts';
import type { EpochMs } from '../../domain/units.ts';
import { epochMs, money } from '../../domain/units.ts';
import { marketOf } from '../../exchange/terms.ts';
import { type Cause, causeOf, causes, consequence, type Evidence } from './causes.ts';
import { DayPlayer, type DayTerms, type PlayedBar } from './day-player.ts';
import { type Compared, compared, type Difference } from './differences.ts';
import type { JournalBar } from './journal-bars.ts';
import { nextAsQuoted, withSpread } from './quoted-bars.ts';
import { isDoubted } from './restored-books.ts';
import { type Statement, statementsOf } from './statements.ts';

export type ParityRequest = DayTerms & {
  readonly timeframe: Timeframe;
  readonly journal: readonly JournalBar[];
  /** Of the series, oldest first. */
  readonly bars: readonly Bar[];
  /** What the models say today, by open time of the bar. */
  readonly predictions: ReadonlyMap<number, Prediction>;
  /** Whether the bars are those that the engine kept itself. */
  readonly isOwnStore: boolean;
};

export type Explained = Difference & {
  /** Undefined where nothing explains it. */
  readonly cause: Cause | undefined;
};

export type ComparedBar = {
  readonly barTime: EpochMs;
  /** What was said by either side; those without a difference were said by both. */
  readonly statements: readonly Compared[];
  readonly differences: readonly Explained[];
};

type Decided = Extract<AccountFact, { readonly type: 'bar-decided' }>;

/** One bar as the journal has it. */
type Recorded = JournalBar & {
  readonly facts: readonly AccountFact[];
  /** Place of its decision among the facts; -1 without one. */
  readonly decidedAt: number;
  readonly decided: Decided | undefined;
};

/**
 * The backtester goes on by itself as long as both say the same. After a difference it is set back to what the journal
 * says, so that each difference is counted once and has its own cause. The account is given the recorded predictions; what
 * the models say today is compared by itself.
 */
export async function* parityDay(request: ParityRequest): AsyncIterable<ComparedBar> {
  const player = new DayPlayer(request);
  const places = new Map(request.bars.map(({ openTime }, index) => [openTime as number, index]));
  for (const each of request.journal) {
    const recorded = recordedOf(each, request);
    const place = places.get(each.barTime) ?? -1;
    const bar = request.bars[place];
    const why = whyNotPlayed(recorded, { player, bar });
    if (bar === undefined || why !== undefined) {
      player.stop();
      yield comparedBar(recorded, { request, tested: [], explain: () => why });
      continue;
    }
    const result = await playedBar(recorded, {
      request,
      player,
      bar,
      following: request.bars[place + 1],
    });
    if (result.differences.some(({ kind }) => kind !== 'prediction')) player.stop();
    yield result;
  }
}

function recordedOf(bar: JournalBar, { symbol, timeframe }: ParityRequest): Recorded {
  const facts = bar.steps.map(({ fact }) => fact);
  const trace = traceOf(symbol, timeframe, bar.barTime);
  const decidedAt = facts.findIndex((fact) => fact.type === 'bar-decided' && fact.trace === trace);
  const decided = facts[decidedAt];
  return {
    ...bar,
    facts,
    decidedAt,
    decided: decided?.type === 'bar-decided' ? decided : undefined,
  };
}

/** The account can only be set back to where nothing was under way. */
function whyNotPlayed(
  { before, facts }: Recorded,
  { player, bar }: { readonly player: DayPlayer; readonly bar: Bar | undefined },
): Cause | undefined {
  const cause = (type: Cause['type']) => ({ type, text: causes[type] });
  if (bar === undefined) return cause('bar-missing');
  if (player.isRunning) return undefined;
  if (before.books !== undefined) {
    if (isDoubted(before)) return cause('late-deal');
    return isSettled(before) ? undefined : cause('terminal-fault');
  }
  return firstPolicy(before, facts) ? undefined : cause('engine-absent');
}

function firstPolicy({ policy }: AccountState, facts: readonly AccountFact[]) {
  const opened = facts.find((fact) => fact.type === 'policy-changed');
  return policy ?? (opened?.type === 'policy-changed' ? opened.policy : undefined);
}

async function playedBar(
  recorded: Recorded,
  {
    request,
    player,
    bar,
    following,
  }: {
    readonly request: ParityRequest;
    readonly player: DayPlayer;
    readonly bar: Bar;
    readonly following: Bar | undefined;
  },
): Promise<ComparedBar> {
  const { before, facts } = recorded;
  const { symbol, timeframe } = request;
  const { point, spreadPoints } = marketOf(request.terms, symbol).instrument;
  const closedAt = epochMs(bar.openTime + timeframeMs[timeframe]);
  const live = booksThen(facts, before);
  const liveQuote = recorded.decided && live?.quotes[symbol];
  const quoted = withSpread(bar, before.books?.quotes[symbol], point);
  const policy = firstPolicy(before, facts);
  if (!player.isRunning && policy) {
    const seen = facts.find((fact) => fact.type === 'account-seen');
    const deposit = seen?.type === 'account-seen' ? seen.startingBalance : money(0);
    player.restart(before, quoted, { policy, deposit });
  }
  const known = player.state;
  const tested = await player.play({
    bar: quoted,
    next: nextAsQuoted(following, liveQuote, { closedAt, point }),
    trace: traceOf(symbol, timeframe, bar.openTime),
    prediction: predictionFor(recorded, request),
    ...inputsOf(recorded),
  });
  const then = booksThen(tested, known);
  const evidence: Evidence = {
    ...{ bar: quoted, closedAt, live: facts, tested, liveQuote, point },
    testedQuote: then?.quotes[symbol],
    equities: { live: live?.view.equity, tested: then?.view.equity },
    spread: (quoted.spreadPoints ?? spreadPoints) * point,
    isOwnStore: request.isOwnStore,
  };
  return comparedBar(recorded, {
    request,
    tested: statementsOf(tested, known),
    explain: (difference, of, earlier) =>
      causeOf(difference, of, evidence) ?? consequence(difference, of, earlier, evidence),
  });
}

/** What the account saw of its broker when it decided. */
function booksThen(facts: readonly AccountFact[], { books }: AccountState) {
  const decidedAt = facts.findIndex(({ type }) => type === 'bar-decided');
  const earlier = facts.slice(0, Math.max(0, decidedAt));
  const read = earlier.findLast((fact) => fact.type === 'broker-read');
  return read?.type === 'broker-read' ? read : books;
}

/** The account is given what it was given then, whatever the models say today. */
function predictionFor({ decided, barTime }: Recorded, { predictions }: ParityRequest) {
  return decided ? decided.prediction : predictions.get(barTime);
}

function inputsOf({ facts, decidedAt }: Recorded): Pick<PlayedBar, 'earlier' | 'later'> {
  const place = decidedAt < 0 ? facts.length : decidedAt;
  return { earlier: saidIn(facts.slice(0, place)), later: saidIn(facts.slice(place)) };
}

function saidIn(facts: readonly AccountFact[]): PlayedBar['earlier'] {
  return facts.flatMap((fact) => {
    if (fact.type === 'command-given') {
      return { type: 'controlled', command: fact.command, by: fact.by } as const;
    }
    if (fact.type !== 'policy-changed' || fact.from === undefined) return [];
    return { type: 'configured', policy: fact.waiting ?? fact.policy } as const;
  });
}

type Comparing = {
  readonly request: ParityRequest;
  readonly tested: readonly Statement[];
  readonly explain: (
    difference: Difference,
    of: Compared,
    earlier: readonly Explained[],
  ) => Cause | undefined;
};

function comparedBar(recorded: Recorded, { request, tested, explain }: Comparing): ComparedBar {
  const { facts, before, barTime } = recorded;
  const statements = [
    ...predictionsCompared(recorded, request),
    ...compared(statementsOf(facts, before), tested, toleranceOf(request)),
  ];
  const differences: Explained[] = [];
  for (const of of statements) {
    for (const difference of of.differences) {
      differences.push({ ...difference, cause: explain(difference, of, differences) });
    }
  }
  return { barTime, statements, differences };
}

function toleranceOf({ terms, symbol }: ParityRequest) {
  const { point } = marketOf(terms, symbol).instrument;
  return { point, cent: 10 ** -terms.account.currencyDigits };
}

function predictionsCompared(
  { decided, barTime }: Recorded,
  request: ParityRequest,
): readonly Compared[] {
  const said = (prediction: Prediction | undefined) => (prediction ? [saidBy(prediction)] : []);
  const [live, today] = [decided?.prediction, request.predictions.get(barTime)];
  return compared(said(live), said(today), toleranceOf(request));
}

function saidBy({ trace, modelHash, featuresHash, mean, atr }: Prediction): Statement {
  const models = modelHash.slice(0, 12);
  const features = featuresHash?.slice(0, 12);
  return { kind: 'prediction', subject: trace, values: { models, features, ...mean, atr } };
}

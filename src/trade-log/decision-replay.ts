/** Decides again what a journal says was decided, and compares the facts bit by bit. */
import type { AccountFact } from '../account/account-fact.ts';
import { type AccountState, initialState } from '../account/account-state.ts';
import { apply } from '../account/apply.ts';
import { decide } from '../account/decide.ts';
import type { AccountInput } from '../account/input.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { ReservationAnswer } from '../account/reservation.ts';
import type { AccountId } from '../domain/units.ts';
import type { NumberedFact } from '../journal/sqlite/journal-reader.ts';
import { type Comparison, compare } from './difference.ts';

export type DecidedFact = Extract<AccountFact, { readonly type: 'bar-decided' }>;

/** What became of one decision when it was made again. */
export type DecisionReplay = Comparison & {
  readonly decided: DecidedFact;
  /** Its place in the journal. */
  readonly sequence: number;
  /** The policy in force, as the journal has it. */
  readonly policy: AccountPolicy | undefined;
  /** Facts of the decision that were compared. */
  readonly facts: number;
};

/** A journal that cannot be folded: a fact in it does not follow from those before it. */
export class JournalFoldError extends Error {
  override readonly name = 'JournalFoldError';
}

/** Facts that begin a day or end a guard may stand before the decision of the same input; so many at most. */
const openingMax = 16;

/**
 * Folds the journal and, at each decision that is wanted, gives its input to `decide` again, in the state and under the
 * policy of then. Every number of every fact that follows must be the recorded one.
 *
 * @param facts the whole journal, oldest first
 * @throws JournalFoldError
 */
export function* replayDecisions(
  account: AccountId,
  facts: Iterable<NumberedFact<AccountFact>>,
  isWanted: (decided: DecidedFact) => boolean,
): Iterable<DecisionReplay> {
  let state = initialState(account);
  let recent: readonly Step[] = [];
  let unfinished: readonly Rerun[] = [];
  for (const { sequence, fact } of facts) {
    for (const rerun of unfinished) rerun.following.push(fact);
    yield* unfinished.filter(isComplete).map(judge);
    unfinished = unfinished.filter((rerun) => !isComplete(rerun));
    recent = [...recent.slice(-openingMax), { fact, before: state }];
    if (fact.type === 'bar-decided' && isWanted(fact)) {
      unfinished = [...unfinished, rerunOf(fact, sequence, recent)];
    }
    state = folded(state, fact, sequence);
  }
  yield* unfinished.map(judge);
}

type Step = { readonly fact: AccountFact; readonly before: AccountState };

/** The decision made again, and what the journal says after it. */
type Rerun = {
  readonly decided: DecidedFact;
  readonly sequence: number;
  readonly policy: AccountPolicy | undefined;
  /** One for each fact at which the input may have come; the latest last. */
  readonly candidates: readonly Candidate[];
  readonly following: AccountFact[];
};

type Candidate = {
  /** From the first fact of the input to the decision itself. */
  readonly recorded: readonly AccountFact[];
  readonly recomputed: readonly AccountFact[];
  /** Why it could not be decided at all. */
  readonly failure?: string;
};

/** The state after one more fact of a journal. @throws JournalFoldError */
export function folded(state: AccountState, fact: AccountFact, sequence: number): AccountState {
  try {
    return apply(state, fact);
  } catch (cause) {
    throw new JournalFoldError(
      `fact ${sequence} of ${state.account} (${fact.type}) does not follow from those before it: ${String(cause)}`,
      { cause },
    );
  }
}

function rerunOf(decided: DecidedFact, sequence: number, recent: readonly Step[]): Rerun {
  const last = recent.length - 1;
  let first = last;
  while (first > 0 && mayOpen(recent[first - 1]?.fact, decided)) first -= 1;
  const candidates = recent.slice(first).map(({ before }, index) =>
    candidateOf(
      decided,
      before,
      recent.slice(first + index).map(({ fact }) => fact),
    ),
  );
  return { decided, sequence, policy: recent[last]?.before.policy, candidates, following: [] };
}

/** Whether a fact may come from the same input as the decision after it: nothing that the broker or a person said. */
function mayOpen(fact: AccountFact | undefined, decided: DecidedFact): boolean {
  return fact !== undefined && fact.at === decided.at && openings.has(fact.type);
}

const openings: ReadonlySet<string> = new Set([
  'day-began',
  'week-began',
  'guard-cleared',
  'guard-tripped',
  'trading-state-changed',
  'exposure-reserved',
]);

function candidateOf(
  decided: DecidedFact,
  before: AccountState,
  recorded: readonly AccountFact[],
): Candidate {
  try {
    return { recorded, recomputed: asWritten(decidedAgain(decided, before, recorded)) };
  } catch (error) {
    return { recorded, recomputed: [], failure: String(error) };
  }
}

/** Where the fleet's ledger is asked, its answer is an input like the prediction: it was written down with the decision. */
function decidedAgain(
  decided: DecidedFact,
  before: AccountState,
  recorded: readonly AccountFact[],
): readonly AccountFact[] {
  const input = inputOf(decided);
  const { facts, effects } = decide(before, input);
  const asked = effects.find((effect) => effect.type === 'tell-fleet');
  if (asked?.asking === undefined || input.type !== 'predicted') return facts;
  const granted = recorded.find(
    (fact) => fact.type === 'exposure-reserved' && fact.trace === decided.trace,
  );
  const reservation: ReservationAnswer =
    granted?.type === 'exposure-reserved'
      ? { holding: granted.holding }
      : {
          holding: asked.asking.holding,
          ...(decided.verdict === 'denied' && { denial: decided.denial }),
        };
  return decide(before, { ...input, reservation }).facts;
}

/** What the account was told. The I/O clock decides nothing about a bar. */
function inputOf(decided: DecidedFact): AccountInput {
  const { at, trace, symbol, prediction } = decided;
  const times = { at, ioAt: at };
  if (prediction) return { type: 'predicted', ...times, prediction };
  const reason = (decided.verdict === 'held' ? decided.reason : undefined) ?? '';
  return { type: 'unpredicted', ...times, trace, symbol, reason };
}

/** As a journal gives them back. */
function asWritten(facts: readonly AccountFact[]): readonly AccountFact[] {
  return JSON.parse(JSON.stringify(facts)) as readonly AccountFact[];
}

/** One fact more than it says itself, to see whether the journal goes on with an order that it would not have sent. */
function isComplete({ candidates, following }: Rerun): boolean {
  const needed = candidates.map(
    ({ recorded, recomputed }) => recomputed.length - recorded.length + 1,
  );
  return following.length >= Math.max(...needed);
}

function judge(rerun: Rerun): DecisionReplay {
  const { decided, sequence, policy, candidates } = rerun;
  const judged = candidates.map((candidate) => ({
    ...{ decided, sequence, policy, facts: candidate.recomputed.length },
    ...comparisonOf(candidate, rerun),
  }));
  // The earliest beginning that explains everything, else the one that explains most.
  return judged.reduce((best, each) =>
    each.differences.length < best.differences.length ? each : best,
  );
}

function comparisonOf(candidate: Candidate, { decided, following }: Rerun): Comparison {
  const { recorded, recomputed, failure } = candidate;
  if (failure !== undefined) {
    return {
      differences: [{ path: 'decide', recorded: decided.verdict, recomputed: failure }],
      unrecorded: [],
    };
  }
  const whole = [...recorded, ...following];
  const comparisons = recomputed.map((fact, index) => comparedFact(whole[index], fact));
  const surplus = whole[recomputed.length];
  const differences = comparisons.flatMap((each) => each.differences);
  if (surplus?.type === 'order-intended' && isOf(decided, surplus)) {
    differences.push({ path: 'order-intended', recorded: surplus.intent, recomputed: undefined });
  }
  return { differences, unrecorded: comparisons.flatMap((each) => each.unrecorded) };
}

function comparedFact(recorded: AccountFact | undefined, recomputed: AccountFact): Comparison {
  if (recorded?.type === recomputed.type) return compare(recorded, recomputed, recomputed.type);
  const differences = [
    { path: recomputed.type, recorded: recorded?.type, recomputed: recomputed.type },
  ];
  return { differences, unrecorded: [] };
}

/** Later attempts belong to what the broker answered, not to the decision. */
function isOf(
  { trace }: DecidedFact,
  { intent }: Extract<AccountFact, { readonly type: 'order-intended' }>,
): boolean {
  return intent.trace === trace && intent.attempt === 1;
}

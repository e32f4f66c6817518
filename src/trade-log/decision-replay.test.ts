import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AccountWorld,
  account,
  aPolicy,
  aPrediction,
  barMs,
  monday,
} from '../../test/account-world.ts';
import type { AccountFact } from '../account/account-fact.ts';
import { decide } from '../account/decide.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { PredictedClass, Prediction } from '../domain/prediction.ts';
import { fraction } from '../domain/units.ts';
import { type DecisionReplay, JournalFoldError, replayDecisions } from './decision-replay.ts';

const says = fc.constantFrom<PredictedClass>('buy', 'sell', 'hold');

const ranging = { adx_14: 0.1, atr_percentile: 0.1 };

/** What an account wrote down over some bars: one day ends in between, and the engine starts anew once. */
function aJournal(
  bars: readonly { readonly says: PredictedClass; readonly bid: number }[],
  policy: Partial<AccountPolicy> = {},
): readonly AccountFact[] {
  const world = new AccountWorld({ policy: aPolicy(policy) }).open();
  for (const [index, bar] of bars.entries()) {
    world.move(bar.bid, monday + index * 30 * barMs);
    if (index === Math.floor(bars.length / 2)) world.open();
    const prediction = { ...aPrediction(bar.says, { bar: index * 30 }), features: ranging };
    world.bar(prediction);
    answerWish(world, prediction, index % 3 === 0);
  }
  return world.journal;
}

/** Where the account asked the fleet's ledger, its answer comes with the same prediction. */
function answerWish(world: AccountWorld, prediction: Prediction, isDenied: boolean): void {
  const { at } = world.broker.quote;
  const { effects } = decide(world.state, { type: 'predicted', at, ioAt: at, prediction });
  const holding = effects.find((effect) => effect.type === 'tell-fleet')?.asking?.holding;
  if (!holding) return;
  const denial = { limit: 'exposure-risk', observed: 230, allowed: 210 };
  const reservation = { holding, ...(isDenied && { denial }) };
  world.give({ type: 'predicted', prediction, reservation });
}

const marketBars = fc.array(fc.record({ says, bid: fc.integer({ min: 94_000, max: 96_000 }) }), {
  minLength: 1,
  maxLength: 12,
});
const policies = fc.constantFrom<Partial<AccountPolicy>>(
  {},
  { mode: 'dry' },
  { atrMin: 400 },
  { dailyLossMax: fraction(0.01), consecutiveLossesMax: 1 },
  { guards: { fleet: { multiplier: 0.01 } } },
  { regimeWeights: { ranging: { rf: 0.3, xgb: 0, lgb: 2 } } },
);

const aDay = [
  { says: 'buy', bid: 95_000 },
  { says: 'sell', bid: 95_050 },
  { says: 'hold', bid: 95_310 },
  { says: 'sell', bid: 95_300 },
] as const;

function replayed(facts: readonly AccountFact[]): readonly DecisionReplay[] {
  const written = JSON.parse(JSON.stringify(facts)) as AccountFact[];
  const numbered = written.map((fact, index) => ({ sequence: index + 1, fact }));
  return [...replayDecisions(account, numbered, () => true)];
}

function differingPaths(facts: readonly AccountFact[]): readonly string[] {
  return replayed(facts).flatMap(({ differences }) => differences.map(({ path }) => path));
}

/** The journal with one fact replaced. */
function tampered<Type extends AccountFact['type']>(
  facts: readonly AccountFact[],
  type: Type,
  change: (fact: Extract<AccountFact, { type: Type }>) => object,
): readonly AccountFact[] {
  const at = facts.findIndex((fact) => fact.type === type);
  expect(at).toBeGreaterThanOrEqual(0);
  const changed = change(facts[at] as Extract<AccountFact, { type: Type }>);
  return facts.with(at, { ...facts[at], ...changed } as AccountFact);
}

describe('a decision made again', () => {
  test('is the recorded one, for every decision of any journal', () => {
    fc.assert(
      fc.property(marketBars, policies, (bars, policy) => {
        const replays = replayed(aJournal(bars, policy));
        expect(replays).toHaveLength(bars.length);
        for (const { differences, unrecorded } of replays) {
          expect(differences).toEqual([]);
          expect(unrecorded).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('includes the day that began with it, and the order that followed', () => {
    const [first] = replayed(aJournal(aDay));
    expect(first).toMatchObject({ decided: { verdict: 'entered' }, policy: { hash: 'policy-1' } });
    expect(first?.facts).toBe(2);
  });

  test('takes the word of the ledger of the fleet from the journal', () => {
    const bars = [aDay[0], aDay[0], aDay[0], aDay[0]];
    const facts = aJournal(bars, { guards: { fleet: { multiplier: 0.01 } } });
    expect(facts.map(({ type }) => type)).toContain('exposure-reserved');
    const limits = replayed(facts).map(({ decided, differences }) => {
      expect(differences).toEqual([]);
      return decided.verdict === 'denied' ? decided.denial.limit : decided.verdict;
    });
    expect(limits).toEqual(['exposure-risk', 'entered', 'position-open', 'position-open']);
  });

  test('names any number of it that was changed afterwards', () => {
    const facts = aJournal(aDay, { atrMin: 0 });
    const places = facts.flatMap((fact, index) =>
      fact.type === 'bar-decided' || fact.type === 'order-intended'
        ? numbersIn(fact, []).map((path) => ({ index, path }))
        : [],
    );
    expect(places.length).toBeGreaterThan(30);
    for (const { index, path } of places) {
      const fact = facts[index] as AccountFact;
      const changed = facts.with(index, raised(fact, path) as AccountFact);
      expect(differingPaths(changed), `${fact.type}.${path.join('.')}`).toContain(
        `${fact.type}.${path.join('.')}`,
      );
    }
  });

  test('names what follows from another policy', () => {
    const facts = tampered(aJournal(aDay), 'policy-changed', ({ policy }) => ({
      policy: { ...policy, risk: policy.risk * 2, hash: 'policy-2' },
    }));
    expect(differingPaths(facts)).toEqual(
      expect.arrayContaining([
        'bar-decided.policyHash',
        'order-intended.intent.order.volume',
        'order-intended.intent.riskMoney',
      ]),
    );
  });

  test('is judged by the weights of then', () => {
    const regimeWeights = { ranging: { rf: 0.3, xgb: 0, lgb: 2 } };
    const facts = aJournal(aDay, { regimeWeights });
    const [first] = replayed(facts);
    expect(first).toMatchObject({
      ...{ differences: [], unrecorded: [] },
      decided: { verdict: 'entered', weighted: { regime: 'ranging' } },
    });
    const weightless = tampered(facts, 'policy-changed', ({ policy }) => {
      const { regimeWeights: _, ...others } = policy;
      return { policy: others };
    });
    expect(differingPaths(weightless)).toContain('bar-decided.weighted');
    const otherwise = tampered(facts, 'bar-decided', ({ prediction }) => ({
      prediction: { ...prediction, features: { adx_14: 0.3, atr_percentile: 0.1 } },
    }));
    expect(differingPaths(otherwise)).toContain('bar-decided.weighted.regime');
  });

  test('names what follows from another answer of the broker', () => {
    const facts = tampered(aJournal(aDay), 'broker-read', ({ view }) => ({
      view: { ...view, equity: view.equity / 2, freeMargin: view.freeMargin / 2 },
    }));
    expect(differingPaths(facts)).toContain('order-intended.intent.order.volume');
  });

  test('names an order that the decision did not make', () => {
    const facts = aJournal(aDay);
    const intended = facts.find(({ type }) => type === 'order-intended') as Extract<
      AccountFact,
      { type: 'order-intended' }
    >;
    const held = facts.findIndex((fact) => fact.type === 'bar-decided' && fact.verdict === 'held');
    const { trace } = facts[held] as Extract<AccountFact, { type: 'bar-decided' }>;
    const planted = { ...intended, intent: { ...intended.intent, trace, attempt: 1 } };
    expect(differingPaths(facts.toSpliced(held + 1, 0, planted))).toContain('order-intended');
  });

  test('misses an order that is not there any more', () => {
    const facts = aJournal([{ says: 'buy', bid: 95_000 }]);
    const cut = facts.slice(
      0,
      facts.findIndex(({ type }) => type === 'order-intended'),
    );
    expect(differingPaths(cut)).toEqual(['order-intended']);
  });

  test('says what an earlier program did not keep, and takes it for no difference', () => {
    const bars = [...aDay.slice(0, 1), { says: 'buy', bid: 95_010 }] as const;
    const facts = aJournal(bars, { atrMin: 400 }).map((fact) => {
      if (fact.type !== 'bar-decided' || fact.verdict !== 'denied') return fact;
      const { otherDenials: _, ...old } = fact;
      return old as AccountFact;
    });
    const found = replayed(facts);
    expect(found.flatMap(({ differences }) => differences)).toEqual([]);
    expect(found.some(({ decided }) => decided.verdict === 'denied')).toBe(true);
    for (const { unrecorded } of found) {
      expect(['', 'bar-decided.otherDenials']).toContain(unrecorded.join());
    }
  });

  test('cannot be made where the journal does not hold together', () => {
    const facts = aJournal(aDay).filter(({ type }) => type !== 'order-intended');
    expect(() => replayed(facts)).toThrow(JournalFoldError);
    expect(() => replayed(facts)).toThrow(/fact \d+ of exness_main \(order-accepted\)/);
  });
});

type Path = readonly (string | number)[];

/** Where a fact has numbers: those of its input and its time decide, and are not decided. */
function numbersIn(value: unknown, path: Path): readonly Path[] {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    path.length === 0 && (key === 'at' || key === 'prediction')
      ? []
      : numbersIn(each, [...path, key]),
  );
}

/** A copy with the number at `path` changed in its last bit. */
function raised(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return nextUp(value as number);
  const record = value as Record<string | number, unknown>;
  return { ...record, [key]: raised(record[key], rest) };
}

function nextUp(value: number): number {
  const bits = new BigInt64Array(1);
  const double = new Float64Array(bits.buffer);
  double[0] = value;
  bits[0] = (bits[0] ?? 0n) + 1n;
  return double[0];
}

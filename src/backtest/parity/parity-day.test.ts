import { describe, expect, test } from 'vitest';
import { account, aPolicy } from '../../../test/account-world.ts';
import { randomBars } from '../../../test/random-bars.ts';
import type { AccountFact } from '../../account/account-fact.ts';
import { initialState } from '../../account/account-state.ts';
import { apply } from '../../account/apply.ts';
import type { AccountPolicy } from '../../account/policy.ts';
import { type Bar, timeframeMs, traceOf } from '../../domain/bar.ts';
import type { Order, TradeOutcome } from '../../domain/order.ts';
import type { BrokerPosition } from '../../domain/position.ts';
import type { PredictedClass, Prediction } from '../../domain/prediction.ts';
import { type EpochMs, epochMs, fraction, money, price } from '../../domain/units.ts';
import type { ExchangeTerms, MarketTerms } from '../../exchange/terms.ts';
import type { FleetCaps } from '../../risk/exposure.ts';
import { seededRandom } from '../../runtime/seeded-random.ts';
import { simulatedTerms } from '../../terminal-simulator/terminal-simulator.ts';
import { AccountRun } from '../account-run.ts';
import { ExchangeBroker } from '../exchange-broker.ts';
import { type ManagedWay, playManaged } from '../manage-inside.ts';
import type { CauseType } from './causes.ts';
import { journalBars } from './journal-bars.ts';
import { type ParityRequest, parityDay } from './parity-day.ts';

const symbol = 'BTCUSD';
const barMs = timeframeMs.M15;
const magic = 7;
const bars = randomBars({ count: 100, seed: 3 });
/** The day that is compared begins in the middle of things. */
const first = 30;
const policy = aPolicy({ atrMin: 0 });

const terms: ExchangeTerms = simulatedTerms(
  {
    ...{ symbol, brokerSymbol: 'BTCUSD' },
    account: { login: 1, balance: 10_000, currency: 'USD', leverage: 200, isHedging: true },
    costs: {
      spreadPoints: 300,
      slippagePoints: 0,
      commissionPerLot: 7,
      swapLong: -9,
      swapShort: 4,
    },
  },
  barMs,
);

const predictions = new Map(bars.map((bar, index) => [bar.openTime as number, said(bar, index)]));

function said({ openTime: barTime }: Bar, index: number): Prediction {
  const dice = seededRandom(index)();
  const says: PredictedClass = dice < 0.3 ? 'buy' : dice < 0.6 ? 'sell' : 'hold';
  const mean = { buy: 0.1, sell: 0.1, hold: 0.1, [says]: 0.8 };
  const member = { raw: mean, calibrated: mean, vote: says };
  return {
    ...{ trace: traceOf(symbol, 'M15', barTime), symbol, barTime, mean, atr: price(40) },
    members: { rf: member, xgb: member, lgb: member },
    ...{ modelHash: 'model-1', featuresHash: `features-${index}` },
    thresholds: { confidenceMin: 0.6, gapMin: 0.05 },
  };
}

type Happens = (index: number, broker: ExchangeBroker, run: AccountRun) => void;

/** What is otherwise in reality than the backtester takes it. */
type Reality = {
  readonly market?: Partial<MarketTerms>;
  readonly bars?: (bar: Bar, index: number) => Bar;
  readonly policy?: Partial<AccountPolicy>;
  /** What others left of the fleet's caps. */
  readonly left?: FleetCaps;
  /** Positions are managed between the bars, too. */
  readonly looksInside?: true;
  readonly said?: (prediction: Prediction, index: number) => Prediction | undefined;
  readonly isAway?: (index: number) => boolean;
  readonly rejects?: true;
  readonly listsLate?: true;
  /** Before a bar is decided. */
  readonly happens?: Happens;
};

class RejectingBroker extends ExchangeBroker {
  override submit(_order: Order): TradeOutcome {
    return { outcome: 'rejected', code: 10_006, reason: 'no' };
  }
}

/** Lists what a stop closed when it is asked the second time. */
class LateBroker extends ExchangeBroker {
  readonly #asked = new Set<number>();
  override deals(from: EpochMs) {
    return super.deals(from).filter((deal) => {
      if (deal.kind !== 'trade' || deal.reason !== 'stop-loss') return true;
      const isListed = this.#asked.has(deal.ticket);
      this.#asked.add(deal.ticket);
      return isListed;
    });
  }
}

/** The journal of an account that lived through all bars but the last. */
function recorded(reality: Reality): readonly AccountFact[] {
  const facts: AccountFact[] = [];
  const market = bars.map(reality.bars ?? ((bar) => bar));
  const marketTerms = { ...terms.markets[symbol], ...reality.market } as MarketTerms;
  const Honest = reality.listsLate ? LateBroker : ExchangeBroker;
  const Broker = reality.rejects ? RejectingBroker : Honest;
  const broker = new Broker({
    terms: { ...terms, markets: { [symbol]: marketTerms } },
    ...{ symbol, deposit: money(10_000), firstBar: market[0] as Bar, magic },
  });
  const run = new AccountRun({
    ...{ policy: { ...policy, ...reality.policy }, broker, fleetCaps: reality.left },
    onFact: (fact) => facts.push(fact),
  });
  const { instrument } = marketTerms;
  const way: ManagedWay = { account: run, broker, symbol, instrument, intrabar: 'path' };
  for (const [index, bar] of bars.slice(0, -1).entries()) {
    const [played, next] = [market[index] as Bar, market[index + 1]];
    if (reality.looksInside) playManaged(way, { bar: played, next, barMs });
    else broker.play(played, next);
    reality.happens?.(index, broker, run);
    if (reality.isAway?.(index)) continue;
    const today = predictions.get(bar.openTime) as Prediction;
    const prediction = reality.said ? reality.said(today, index) : today;
    const { trace } = today;
    run.decide({ trace, symbol, closedAt: epochMs(bar.openTime + barMs), prediction });
  }
  return facts;
}

async function comparison(facts: readonly AccountFact[], changes: Partial<ParityRequest> = {}) {
  const initial = initialState(account);
  let after = initial;
  const steps = facts.map((fact) => {
    after = apply(after, fact);
    return { fact, after };
  });
  const times = bars.slice(first, -1).map(({ openTime }) => openTime);
  const journal = journalBars(steps, { initial, series: `${symbol}/M15`, barMs, times });
  const request = { account, symbol, barMs, terms, magic, journal, bars, predictions };
  const compared = [];
  for await (const bar of parityDay({
    ...{ ...request, timeframe: 'M15', isOwnStore: true },
    ...changes,
  })) {
    compared.push(bar);
  }
  return {
    statements: compared.flatMap(({ statements }) => statements),
    differences: compared.flatMap(({ differences }) => differences),
  };
}

/** Now and then something is done to the position that is open. */
function onPositions(act: (position: BrokerPosition, broker: ExchangeBroker) => void): Happens {
  return (index, broker) => {
    const [position] = broker.look().positions;
    if (index % 5 === 0 && position) act(position, broker);
  };
}

const moved = (bar: Bar): Bar => ({
  ...bar,
  openTime: epochMs(bar.openTime + 1_500),
  open: price(bar.open + 3),
  high: price(Math.max(bar.high, bar.open + 3)),
});

type Case = {
  readonly name: string;
  readonly reality: Reality;
  readonly causes: readonly CauseType[];
  readonly changes?: Partial<ParityRequest>;
};

const cases: readonly Case[] = [
  { name: 'is what the backtester makes of it', reality: {}, causes: [] },
  {
    name: 'had a person pause, flatten and go on',
    reality: {
      happens: (index, _, run) => {
        const commands = { 50: 'pause', 60: 'flatten', 70: 'resume' } as const;
        const command = commands[index as keyof typeof commands];
        if (command) run.obey({ type: 'controlled', command, by: 'a person' });
      },
    },
    causes: [],
  },
  {
    name: 'had its configuration changed',
    reality: {
      happens: (index, _, run) => {
        if (index !== 60) return;
        const changed = { ...policy, risk: fraction(0.01), hash: 'policy-2' };
        run.obey({ type: 'configured', policy: changed });
      },
    },
    causes: [],
  },
  {
    name: 'was filled with slippage',
    reality: { market: { slippagePoints: 40 } },
    causes: ['slippage'],
  },
  {
    name: 'was charged otherwise',
    reality: { market: { commissionPerLot: 12 } },
    causes: ['costs'],
  },
  {
    name: 'decided late, on other prices',
    reality: { bars: moved },
    causes: ['own-latency', 'slippage'],
  },
  {
    name: 'lived through the bars in another order',
    reality: { market: { intrabar: 'optimistic' } },
    changes: { terms: pessimistic() },
    causes: ['inside-bar'],
  },
  {
    name: 'saw prices that the bars do not show',
    reality: {
      bars: (bar, index) => (index % 7 === 3 ? { ...bar, low: price(bar.low - 200) } : bar),
    },
    causes: ['between-bars'],
  },
  {
    name: 'had its stops trailed inside the bars',
    reality: {
      looksInside: true,
      policy: {
        takeProfitAtr: 4,
        management: { trailing: { distanceAtr: 0.5, profitMinAtr: 0.4 } },
      },
    },
    causes: ['between-bars'],
  },
  {
    name: 'had positions closed by hand',
    reality: {
      happens: onPositions(({ ticket, volume }, broker) => broker.close({ ticket, volume })),
    },
    causes: ['hand-at-the-broker'],
  },
  {
    name: 'had stops moved by hand',
    reality: {
      happens: onPositions(({ ticket, side }, broker) =>
        broker.protect({ ticket, stopLoss: price(side === 'buy' ? 10_000 : 40_000) }),
      ),
    },
    causes: ['hand-at-the-broker'],
  },
  {
    name: 'saw its balance before the deals that made it',
    reality: { listsLate: true },
    causes: ['late-deal'],
  },
  {
    name: 'shared the caps of a fleet',
    reality: {
      policy: { guards: { fleet: { multiplier: 1 } } },
      left: { symbolRiskMax: 185, groups: [] },
    },
    changes: { fleetCaps: { symbolRiskMax: 250, groups: [] } },
    causes: ['other-accounts'],
  },
  { name: 'had its orders refused', reality: { rejects: true }, causes: ['terminal-fault'] },
  {
    name: 'had no prediction now and then',
    reality: { said: (each, index) => (index % 9 === 0 ? undefined : each) },
    causes: ['unpredicted'],
  },
  {
    name: 'was not attended to for some bars',
    reality: { isAway: (index) => index >= 60 && index < 70 },
    causes: ['engine-absent'],
  },
  {
    name: 'was decided by other models',
    reality: { said: (each) => ({ ...each, modelHash: 'model-0' }) },
    causes: ['models-changed'],
  },
  {
    name: 'is played on bars from elsewhere',
    reality: { said: (each) => ({ ...each, featuresHash: 'others' }) },
    changes: { isOwnStore: false },
    causes: ['other-bars'],
  },
  {
    name: 'is played without one of its bars',
    reality: {},
    changes: { bars: bars.toSpliced(60, 1) },
    causes: ['bar-missing'],
  },
];

function pessimistic(): ExchangeTerms {
  const market = { ...terms.markets[symbol], intrabar: 'pessimistic' } as MarketTerms;
  return { ...terms, markets: { [symbol]: market } };
}

describe('a day of a journal', () => {
  test.each(cases)('that $name', async ({ reality, causes, changes }) => {
    const { statements, differences } = await comparison(recorded(reality), changes);
    expect(statements.filter(({ kind }) => kind === 'decision')).toHaveLength(
      bars.length - 1 - first,
    );
    const unexplained = differences.filter(({ cause }) => cause === undefined);
    expect(unexplained).toEqual([]);
    expect([...new Set(differences.map(({ cause }) => cause?.type))]).toEqual(causes);
  });

  test('whose deals were listed late says what they left unexplained', async () => {
    const { differences } = await comparison(recorded({ listsLate: true }));
    const denied = differences.filter(({ cause }) =>
      /^no deal explained \d/.test(cause?.text ?? ''),
    );
    expect(new Set(denied.map(({ kind }) => kind))).toContain('decision');
  });

  test('that is equal has trades to be equal about', async () => {
    const { statements } = await comparison(recorded({}));
    for (const kind of ['order', 'fill', 'close', 'prediction', 'period']) {
      expect(statements.filter((each) => each.kind === kind).length).toBeGreaterThan(
        kind === 'period' ? 0 : 10,
      );
    }
  });

  test('has no excuse for features of its own bars that are others today', async () => {
    const facts = recorded({ said: (each) => ({ ...each, featuresHash: 'others' }) });
    const { differences } = await comparison(facts);
    expect(differences.length).toBe(bars.length - 1 - first);
    expect(differences[0]).toMatchObject({
      kind: 'prediction',
      name: 'features',
      cause: undefined,
    });
  });

  test('has none for volumes that do not follow from its policy', async () => {
    const facts = recorded({ policy: { risk: fraction(2 * policy.risk) } }).map((fact) =>
      fact.type === 'policy-changed' ? { ...fact, policy } : fact,
    );
    const { differences } = await comparison(facts);
    const names = new Set(differences.map(({ kind, name }) => `${kind} ${name}`));
    expect([...names]).toEqual(['order volume', 'fill volume']);
    expect(differences.every(({ cause }) => cause === undefined)).toBe(true);
  });

  const everyBar: Readonly<Record<string, Happens>> = {
    command: (_index, _, run) =>
      run.obey({ type: 'controlled', command: 'resume', by: 'a person' }),
    'configuration-changed': (index, _, run) =>
      run.obey({ type: 'configured', policy: { ...policy, hash: `policy-${index}` } }),
  };

  test.each(['command', 'configuration-changed', 'restart'])(
    'takes a %s for the cause of another order in the same bar, and of no other confidence',
    async (type) => {
      const happens = everyBar[type];
      // What is said before a bar is decided belongs to the one before: the last has none.
      const tampered = (bars.at(-3) as Bar).openTime;
      const facts = recorded(happens ? { happens } : {}).flatMap((fact): AccountFact[] => {
        if (fact.at >= tampered) return [fact];
        if (fact.type === 'order-intended') {
          const { order } = fact.intent;
          const aimed = { ...order, takeProfit: price(order.takeProfit + 10) };
          return [{ ...fact, intent: { ...fact.intent, order: aimed } }];
        }
        if (fact.type !== 'bar-decided') return [fact];
        const decided = { ...fact, confidence: fact.confidence + 0.01 };
        if (type !== 'restart') return [decided];
        const absenceProof = { sinceCallMs: 0, emptyForMs: 0 };
        return [{ type: 'incarnation-started', at: fact.at, epoch: 2, absenceProof }, decided];
      });
      const { differences } = await comparison(facts);
      const causesOf = (kind: string, name: string) =>
        new Set(
          differences
            .filter((each) => each.kind === kind && each.name === name)
            .map(({ cause }) => cause?.type),
        );
      expect([...causesOf('order', 'takeProfit')]).toEqual([type]);
      expect([...causesOf('decision', 'confidence')]).toEqual([undefined]);
    },
  );

  test('has none for a decision that was tampered with', async () => {
    const facts = recorded({}).map((fact) =>
      fact.type === 'bar-decided' && fact.trace.endsWith(String(bars[80]?.openTime))
        ? { ...fact, confidence: fact.confidence + 0.01 }
        : fact,
    );
    const { differences } = await comparison(facts);
    expect(differences).toMatchObject([{ kind: 'decision', name: 'confidence', cause: undefined }]);
  });
});

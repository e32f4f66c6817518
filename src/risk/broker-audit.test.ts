import { describe, expect, test } from 'vitest';
import type { AccountView } from '../domain/account.ts';
import type { SymbolTerms } from '../domain/broker-terms.ts';
import type { Instrument } from '../domain/instrument.ts';
import { fraction, money, steps } from '../domain/units.ts';
import { type AuditVerdict, verdictOf } from './audit-row.ts';
import { type AuditedAccount, auditBroker } from './broker-audit.ts';

const instrument: Instrument = {
  symbol: 'BTCUSD',
  brokerSymbol: 'BTCUSD',
  digits: 2,
  point: 0.01,
  tickSize: 0.01,
  tickValue: 0.01,
  contractSize: 1,
  volumeStep: 0.01,
  volumeMin: steps(1),
  volumeMax: steps(10_000),
  stopsLevelPoints: 0,
  spreadPoints: 1_459,
  isTradable: true,
};

const terms: SymbolTerms = {
  bid: 95_000,
  ask: 95_014.59,
  tickServerMs: 0,
  currencyProfit: 'USD',
  tradeMode: 4,
  swap: { long: -2_000, short: -500, mode: 1 },
};

const view: AccountView = {
  login: 5,
  currency: 'USD',
  currencyDigits: 2,
  leverage: 200,
  isHedging: true,
  isTradeAllowed: true,
  balance: money(10_000),
  equity: money(10_000),
  margin: money(0),
  freeMargin: money(10_000),
};

type Changes = {
  readonly account?: Partial<AuditedAccount>;
  readonly view?: Partial<AccountView>;
  readonly instrument?: Partial<Instrument>;
  readonly terms?: Partial<SymbolTerms>;
  readonly stopDistance?: number;
};

function anAccount(changes: Changes = {}): AuditedAccount {
  return {
    mode: 'live',
    accountType: 'standard',
    currencyMultiplier: 1,
    sizing: { risk: fraction(0.01), riskMax: fraction(0.1), lotsMin: 0.01, lotsMax: 5 },
    view: { ...view, ...changes.view },
    terms: { kind: 'real', server: 'RoboForex-Pro' },
    clockDriftMs: 300,
    symbols: [
      {
        instrument: { ...instrument, ...changes.instrument },
        terms: { ...terms, ...changes.terms },
        stopDistance: changes.stopDistance ?? 300,
      },
    ],
    ...changes.account,
  };
}

function verdictsOf(changes: Changes): Readonly<Record<string, AuditVerdict>> {
  const rows = auditBroker(anAccount(changes));
  return Object.fromEntries(rows.map(({ check, verdict }) => [check, verdict]));
}

describe('a broker', () => {
  test('as RoboForex was found in May 2026 passes every check', () => {
    const rows = auditBroker(anAccount());
    expect(verdictOf(rows)).toBe('pass');
    expect(rows).toHaveLength(19);
    for (const row of rows) {
      expect(row.observed).not.toBe('');
      expect(row.reference).not.toBe('');
      expect(row).not.toHaveProperty('next');
    }
    expect(rows.find(({ check }) => check === 'spread')?.observed).toBe(
      '14.59 (1459 points), 4.9 % of the stop',
    );
    expect(rows.find(({ check }) => check === 'sized order')?.observed).toBe(
      '0.33 lots, 99 USD at the stop, by risk',
    );
  });

  test('with cents passes with the same market in a hundred times the amounts', () => {
    const cent: Changes = {
      account: { accountType: 'cent', currencyMultiplier: 0.01 },
      view: { currency: 'USC', equity: money(1e6), freeMargin: money(1e6) },
      instrument: { tickValue: 1 },
    };
    expect(verdictOf(auditBroker(anAccount(cent)))).toBe('pass');
  });

  test.each<[string, string, AuditVerdict, Changes]>([
    ['trading is switched off', 'trading allowed', 'fail', { view: { isTradeAllowed: false } }],
    ['live means a demo', 'account kind', 'warn', { account: { terms: { kind: 'demo' } } }],
    [
      'a paper account is a demo',
      'account kind',
      'pass',
      { account: { mode: 'paper', terms: { kind: 'demo' } } },
    ],
    ['cents are configured as dollars', 'currency', 'fail', { view: { currency: 'USC' } }],
    ['dollars are configured as cents', 'currency', 'fail', { account: { accountType: 'cent' } }],
    ['the multiplier is another', 'currency', 'fail', { account: { currencyMultiplier: 0.5 } }],
    ['the currency is one without a fixed rate', 'currency', 'warn', { view: { currency: 'EUR' } }],
    ['there is no money', 'equity', 'fail', { view: { equity: money(0), freeMargin: money(0) } }],
    [
      'profile 1 has little money',
      'equity',
      'warn',
      { account: { riskProfile: 1 }, view: { equity: money(499) } },
    ],
    [
      'profile 2 has little money',
      'equity',
      'pass',
      { account: { riskProfile: 2 }, view: { equity: money(499) } },
    ],
    ['leverage is low', 'leverage', 'warn', { view: { leverage: 30 } }],
    ['positions of a symbol are one', 'position mode', 'warn', { view: { isHedging: false } }],
    [
      'the server is hours ahead',
      'server time',
      'warn',
      { account: { clockDriftMs: 2 * 3_600_000 } },
    ],
    ['the clock is minutes off', 'server time', 'warn', { account: { clockDriftMs: 4 * 60_000 } }],
    [
      'the last tick is of Friday',
      'server time',
      'warn',
      { account: { clockDriftMs: -50 * 3_600_000 } },
    ],
    ['positions may only be closed', 'trade mode', 'fail', { terms: { tradeMode: 3 } }],
    ['only buys are allowed', 'trade mode', 'fail', { terms: { tradeMode: 1 } }],
    [
      'a tick is worth a hundred times as much',
      'value per lot',
      'fail',
      { instrument: { tickValue: 1 } },
    ],
    ['a tick is worth a hundredth', 'value per lot', 'fail', { instrument: { tickValue: 0.0001 } }],
    [
      'profits are converted',
      'value per lot',
      'warn',
      { instrument: { tickValue: 0.0092 }, view: { currency: 'EUR' } },
    ],
    ['a point is 1 and has two digits', 'point', 'warn', { instrument: { point: 1 } }],
    [
      'the smallest lot is a tenth',
      'smallest lot',
      'warn',
      { instrument: { volumeMin: steps(10) } },
    ],
    [
      'the smallest lot is too large for the account',
      'smallest lot',
      'fail',
      { instrument: { volumeMin: steps(500) } },
    ],
    ['steps are coarse', 'lot step', 'warn', { instrument: { volumeStep: 0.1 } }],
    ['the largest lot is small', 'largest lot', 'warn', { instrument: { volumeMax: steps(50) } }],
    [
      'min_lot is more than the largest',
      'largest lot',
      'fail',
      { instrument: { volumeStep: 0.001, volumeMax: steps(5) } },
    ],
    ['stops have to be far', 'stops level', 'warn', { instrument: { stopsLevelPoints: 20_000 } }],
    [
      'stops have to be further than ours',
      'stops level',
      'fail',
      { instrument: { stopsLevelPoints: 50_000 } },
    ],
    [
      'there is a small stops level',
      'stops level',
      'pass',
      { instrument: { stopsLevelPoints: 1_000 } },
    ],
    [
      'orders freeze near their stops',
      'freeze level',
      'warn',
      { instrument: { freezeLevelPoints: 100 } },
    ],
    ['the spread is a third of the stop', 'spread', 'warn', { terms: { ask: 95_100 } }],
    ['the spread is most of the stop', 'spread', 'fail', { terms: { ask: 95_200 } }],
    ['nothing is told of swaps', 'swap', 'warn', { terms: { swap: undefined } as never }],
    ['swaps are in money', 'swap', 'warn', { terms: { swap: { long: -5, short: 1, mode: 2 } } }],
    ['there are no swaps', 'swap', 'pass', { terms: { swap: { long: 0, short: 0, mode: 0 } } }],
    [
      'a night costs much',
      'swap',
      'warn',
      { terms: { swap: { long: -9_000, short: 0, mode: 1 } } },
    ],
    [
      'a night brings much',
      'swap',
      'pass',
      { terms: { swap: { long: 9_000, short: 0, mode: 1 } } },
    ],
    [
      'the margin carries nothing',
      'margin of the smallest lot',
      'fail',
      { view: { freeMargin: money(9) } },
    ],
    [
      'the margin carries less than the size',
      'sized order',
      'warn',
      { view: { freeMargin: money(100) } },
    ],
    ['the size is lifted', 'sized order', 'warn', { view: { equity: money(200) } }],
  ])('where %s: %s is a %s', (_, check, verdict, changes) => {
    expect(verdictsOf(changes)[check]).toBe(verdict);
  });

  test('whose point is 1.0 or 0.01 is sized the same: no blocker either way', () => {
    const [coarse, fine] = [1, 0.01].map((point) =>
      auditBroker(anAccount({ instrument: { point } })).find(
        ({ check }) => check === 'sized order',
      ),
    );
    expect(coarse?.observed).toBe(fine?.observed);
    expect(verdictOf(auditBroker(anAccount({ instrument: { point: 1 } })))).toBe('warn');
  });

  test('says what to do about every check that did not pass', () => {
    const rows = auditBroker(anAccount({ view: { isTradeAllowed: false, leverage: 1 } }));
    const troubled = rows.filter(({ verdict }) => verdict !== 'pass');
    expect(troubled.length).toBeGreaterThan(1);
    for (const { next } of troubled) expect(next).toMatch(/\w/);
  });
});

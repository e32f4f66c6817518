import { describe, expect, test } from 'vitest';
import { type AuditSubject, auditDifferences } from './audit-record.ts';

const symbol: AuditSubject['symbols'][number] = {
  symbol: 'BTCUSD',
  brokerSymbol: 'BTCUSDc',
  digits: 2,
  tickSize: 0.01,
  contractSize: 1,
  volumeStep: 0.01,
  volumeMin: 1,
  volumeMax: 10_000,
  stopsLevelPoints: 0,
  freezeLevelPoints: 0,
};

const subject: AuditSubject = {
  brokerId: 'exness',
  login: 7,
  currency: 'USC',
  currencyMultiplier: 0.01,
  accountType: 'cent',
  leverage: 400,
  isHedging: true,
  symbols: [symbol, { ...symbol, symbol: 'XAUUSD' }],
};

const tickValues = { BTCUSD: 1, XAUUSD: 100 };

describe('an audit', () => {
  test('holds while nothing has changed, for fewer symbols too', () => {
    expect(auditDifferences({ subject, tickValues }, { subject, tickValues })).toEqual([]);
    const fewer = { subject: { ...subject, symbols: [symbol] }, tickValues: { BTCUSD: 1 } };
    expect(auditDifferences({ subject, tickValues }, fewer)).toEqual([]);
  });

  test.each<[string, Partial<AuditSubject>, readonly string[]]>([
    ['login', { login: 8 }, ['login 7 -> 8']],
    ['broker', { brokerId: 'roboforex' }, ['brokerId exness -> roboforex']],
    ['leverage', { leverage: 50 }, ['leverage 400 -> 50']],
    ['position mode', { isHedging: false }, ['isHedging true -> false']],
    ['multiplier', { currencyMultiplier: 1 }, ['currencyMultiplier 0.01 -> 1']],
    [
      'contract',
      { symbols: [{ ...symbol, contractSize: 100, stopsLevelPoints: 50 }] },
      ['BTCUSD contractSize 1 -> 100', 'BTCUSD stopsLevelPoints 0 -> 50'],
    ],
    ['symbol', { symbols: [{ ...symbol, symbol: 'EURUSD' }] }, ['EURUSD was not audited']],
  ])('does not hold with another %s, and says what it was', (_, change, differences) => {
    const now = { subject: { ...subject, ...change }, tickValues: { ...tickValues, EURUSD: 0 } };
    expect(auditDifferences({ subject, tickValues }, now)).toEqual(differences);
  });

  test.each([
    [1.15, []],
    [0.85, []],
    [100, ['BTCUSD tickValue 1 -> 100']],
    [0.5, ['BTCUSD tickValue 1 -> 0.5']],
  ])('holds while a tick is worth about the same: %f', (BTCUSD, differences) => {
    const now = { subject, tickValues: { ...tickValues, BTCUSD } };
    expect(auditDifferences({ subject, tickValues }, now)).toEqual(differences);
  });
});

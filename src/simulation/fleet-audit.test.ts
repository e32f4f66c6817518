import { describe, expect, test } from 'vitest';
import type { AccountFact, OrderIntent } from '../account/account-fact.ts';
import { type AccountState, initialState, type LiveOrder } from '../account/account-state.ts';
import type { FleetMessage } from '../actors/fleet.ts';
import { accountId, epochMs } from '../domain/units.ts';
import { simulatedSymbols } from '../exchange/instruments.ts';
import type { ExchangeState } from '../exchange/state.ts';
import { assessExposure, type FleetCaps, type Holding } from '../risk/exposure.ts';
import { FleetAudit } from './fleet-audit.ts';

const caps: FleetCaps = { symbolRiskMax: 150, groups: [] };
const [alpha, beta] = [accountId('alpha'), accountId('beta')];
const barTime = epochMs(1_764_000_000_000);

function anIntent(tradeId: string): OrderIntent {
  const order = {
    id: `${tradeId}-1`,
    tradeId,
    symbol: 'BTCUSD',
    volume: 10,
    expectedPrice: 90_000,
  };
  return { order, riskMoney: 100, attempt: 1 } as unknown as OrderIntent;
}

function aReservation(tradeId: string, risk = 100): AccountFact {
  const holding: Holding = { id: tradeId, symbol: 'BTCUSD', side: 'buy', notional: 9_000, risk };
  const trace = `BTCUSD/M15/${barTime}`;
  return { type: 'exposure-reserved', trace, holding, volume: 10 } as unknown as AccountFact;
}

/** Two accounts; whoever has an intent has its order under way. */
function aFleet() {
  const said: string[] = [];
  const intents = new Map<string, OrderIntent>();
  const instrument = simulatedSymbols['BTCUSD']?.instrument;
  const stateOf = (account: typeof alpha): AccountState => ({
    ...initialState(account),
    instruments: { ...(instrument && { BTCUSD: instrument }) },
    orders: Object.fromEntries(
      [intents.get(account)].flatMap((intent): [string, LiveOrder][] =>
        intent ? [[intent.order.id, { intent } as LiveOrder]] : [],
      ),
    ),
  });
  const broker = { positions: [] } as unknown as ExchangeState;
  const audit = new FleetAudit({
    caps,
    parties: () =>
      [alpha, beta].map((account) => ({
        ...{ account, state: stateOf(account), broker, multiplier: 1 },
      })),
    report: ({ rule }) => said.push(rule),
  });
  const intend = (account: typeof alpha, tradeId: string, ...before: AccountFact[]) => {
    const intent = anIntent(tradeId);
    intents.set(account, intent);
    audit.appended(account, [...before, { type: 'order-intended', intent } as AccountFact]);
  };
  /** A ledger that takes so much for held. */
  const probe = (risk: number) => {
    audit.told(alpha, { epoch: 1, holdings: [], decided: barTime });
    const say = (_: string, __: string, message: unknown) => {
      const { told } = message as Extract<FleetMessage, { type: 'holdings-told' }>;
      const { holding } = told.asking ?? {};
      if (holding === undefined) return false;
      const held = [{ ...holding, id: 'held', risk }];
      const denial = assessExposure(held, holding, caps);
      audit.answered({ holding, ...(denial && { denial }) });
      return true;
    };
    const asked = audit.probe(alpha, { say });
    if (asked?.isAnswered()) asked.judge();
    return asked;
  };
  return { audit, said, intend, probe };
}

describe('the audit of the fleet', () => {
  test('has nothing to say of what fits', () => {
    const { said, intend, probe } = aFleet();
    intend(alpha, 'one', aReservation('one'));
    expect(probe(100)?.isAnswered()).toBe(true);
    expect(said).toEqual([]);
  });

  test.each([
    ['an order that nothing is reserved for', [], 'one'],
    ['an order that too little is reserved for', [aReservation('one', 99)], 'one'],
    ['an order beyond the cap', [aReservation('two')], 'two'],
  ])('notices %s', (_, reservations, tradeId) => {
    const { said, intend } = aFleet();
    if (tradeId === 'two') intend(alpha, 'one', aReservation('one'));
    intend(beta, tradeId, ...reservations);
    expect(said).toEqual(['the fleet holds too much']);
  });

  test.each([
    ['has forgotten what is held', 0],
    ['never releases a reservation', 200],
  ])('notices a ledger that %s', (_, counted) => {
    const { said, intend, probe } = aFleet();
    intend(alpha, 'one', aReservation('one'));
    probe(counted);
    expect(said).toEqual(['the ledger does not know what is held']);
  });

  test('counts a reservation of the newest bar that came to nothing, or does not', () => {
    const { audit, said, probe } = aFleet();
    audit.appended(alpha, [aReservation('one')]);
    for (const counted of [0, 100]) probe(counted);
    expect(said).toEqual([]);
    probe(101);
    expect(said).toHaveLength(1);
  });

  test('says nothing once somebody has left with what he held', () => {
    const { audit, said, intend, probe } = aFleet();
    intend(alpha, 'one', aReservation('one'));
    audit.accountLeft();
    intend(beta, 'two', aReservation('two'));
    expect(probe(0)).toBeUndefined();
    expect(said).toEqual([]);
  });
});

import { createHash } from 'node:crypto';
import type { AccountPolicy } from '../account/policy.ts';
import { timeframeMs } from '../domain/bar.ts';
import { type AccountId, accountId, epochMs, fraction } from '../domain/units.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import type { ManagementRules } from '../strategy/management.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stages.ts';
import { simulatedRoundStep } from './stages.ts';

/** The plan of a run, as `planRun` makes it from a configuration. */
export function simulatedPlan(
  { accounts, bars, isExternal, isolation, pollMs, caps }: Scenario,
  stage: Stage,
  policyOf: (account: AccountId) => AccountPolicy,
): RunPlan {
  const isLive = pollMs !== undefined;
  const ids = accounts.map(accountId);
  const from = stage.bars[0]?.openTime ?? epochMs(0);
  const connections = ids.map((id) => ({
    key: terminalOf(id),
    url: `simulated://${terminalOf(id)}`,
    token: '',
    symbols: { BTCUSD: isCent(id) ? 'BTCUSDc' : 'BTCUSD' },
    nature: isExternal ? ('external' as const) : ('built-in' as const),
  }));
  return {
    stateFolder: 'state',
    modelsFolder: 'models',
    timeframe: 'M15',
    markets: [
      {
        symbol: 'BTCUSD',
        roundStep: simulatedRoundStep,
        history: { from: stage.history[0]?.openTime ?? from },
        sources: connections,
        accounts: ids,
      },
    ],
    simulators: isLive ? [] : connections.map(({ key }) => simulator(key)),
    accounts: connections.map((terminal, index) => {
      const id = ids[index] as AccountId;
      return {
        ...{ id, terminal, policy: policyOf(id), isolation },
        magic: 20_250_101,
        deviationPoints: 20,
        journalPath: `${id}.db`,
      };
    }),
    ...(!isLive && { lockstep: { symbol: 'BTCUSD', from, stepsMax: bars, paceMs: 0 } }),
    pollMs: pollMs ?? 1_000,
    ...(caps && { fleetCaps: caps }),
  };
}

export function terminalOf(account: string): string {
  return `terminal-${account}`;
}

export function isCent(account: string): boolean {
  return account === 'beta';
}

/** What one unit of an account is worth in the totals of the fleet. */
export function multiplierOf(account: string): number {
  return isCent(account) ? 0.01 : 1;
}

/** They act early: a trade lives for a few bars. */
const managementRules: Readonly<Record<Scenario['management'], ManagementRules | undefined>> = {
  none: undefined,
  'partial-close': { partialClose: { triggerAtr: 0.3, share: 0.5 } },
  trailing: { trailing: { distanceAtr: 0.3, profitMinAtr: 0.2 } },
};

/** Narrow stops: trades that end within a few bars. */
export function simulatedPolicy(
  account: AccountId,
  { management, caps }: Pick<Scenario, 'management' | 'caps'>,
  risk = 0.01,
): AccountPolicy {
  const rules = managementRules[management];
  const policy: Omit<AccountPolicy, 'hash'> = {
    account,
    mode: 'paper',
    symbols: ['BTCUSD'],
    barMs: timeframeMs.M15,
    votesMin: 2,
    risk: fraction(risk),
    riskMax: fraction(0.05),
    lotsMin: 0.01,
    lotsMax: 5,
    stopLossAtr: 0.8,
    takeProfitAtr: 1,
    atrMin: 0,
    dailyLossMax: fraction(account === 'gamma' ? 0.03 : 0.2),
    dayOffsetMs: 0,
    consecutiveLossesMax: account === 'alpha' ? 4 : 0,
    readFailuresMax: 3,
    ...(rules && { management: rules }),
    ...(caps && { guards: { fleet: { multiplier: multiplierOf(account) } } }),
  };
  const hash = createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 16);
  return { ...policy, hash };
}

/** What the engine's plan says of a terminal; who serves it is the simulation's business. */
function simulator(key: string): RunPlan['simulators'][number] {
  return {
    ...{ key, port: 0, token: '', controlToken: '', controlUrl: `simulated://${key}` },
    booksPath: ':memory:',
    source: { kind: 'generator', seed: 1 },
    symbol: 'BTCUSD',
    brokerSymbol: 'BTCUSD',
    account: { login: 1, balance: 0, currency: 'USD', leverage: 1, isHedging: true },
    costs: {
      ...{ spreadPoints: 0, slippagePoints: 0, commissionPerLot: 0 },
      ...{ swapLong: 0, swapShort: 0 },
    },
  };
}

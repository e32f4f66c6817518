import type { AccountPolicy } from '../account/policy.ts';
import { hashedPolicy } from '../account/policy-hash.ts';
import type { AccountConfig } from '../config/config.ts';
import { accountId, fraction } from '../domain/units.ts';
import type { KellyPlan } from '../risk/kelly.ts';
import type { RegimeWeights } from '../strategy/regime-mean.ts';
import { guardPolicy } from './guard-policy.ts';
import { managementRules } from './management-rules.ts';

/** What the configuration says about an account, in the units that it decides in. */
export function accountPolicy(config: AccountConfig, barMs: number): AccountPolicy {
  const guards = guardPolicy(config.guards);
  const policy: Omit<AccountPolicy, 'hash'> = {
    account: accountId(config.id),
    mode: config.mode,
    symbols: config.symbols,
    barMs,
    ...(config.minConfidence !== undefined && { confidenceMin: config.minConfidence }),
    ...(config.minProbGap !== undefined && { gapMin: config.minProbGap }),
    votesMin: config.minVotes,
    ...(config.regimeWeights && { regimeWeights: namedByRegime(config.regimeWeights) }),
    risk: fraction(config.riskPct / 100),
    riskMax: fraction(config.maxRiskPerTradePct / 100),
    lotsMin: config.minLot,
    lotsMax: config.maxLot,
    stopLossAtr: config.dynamicSltp.slAtrMultiplier,
    takeProfitAtr: config.dynamicSltp.tpAtrMultiplier,
    atrMin: config.minAtr,
    dailyLossMax: fraction(config.maxDailyLossPct / 100),
    dayOffsetMs: config.localTzOffsetHours * 3_600_000,
    ...(config.localTz !== undefined && { dayZone: config.localTz }),
    consecutiveLossesMax: config.circuitBreaker.isEnabled
      ? config.circuitBreaker.maxConsecutiveLosses
      : 0,
    readFailuresMax: config.maxApiFailures,
    ...(guards && { guards }),
    ...(config.management && { management: managementRules(config.management) }),
    ...(config.shrinksStop && { shrinksStop: true }),
    ...(config.kelly.isEnabled && { kelly: kellyPlan(config.kelly) }),
  };
  return hashedPolicy(policy);
}

/** The same policy with entries stopped; undefined lets them go on. */
export function withEntriesStopped(
  { hash: _, entriesStopped: __, ...policy }: AccountPolicy,
  why: AccountPolicy['entriesStopped'],
): AccountPolicy {
  return hashedPolicy(why === undefined ? policy : { ...policy, entriesStopped: why });
}

/** The same policy with what was said to the whole fleet; undefined where nothing was. */
export function withFleetState(
  policy: AccountPolicy,
  state: AccountPolicy['fleetState'],
): AccountPolicy {
  if (policy.fleetState === state) return policy;
  const { hash: _, fleetState: __, ...others } = policy;
  return hashedPolicy(state === undefined ? others : { ...others, fleetState: state });
}

function namedByRegime(config: NonNullable<AccountConfig['regimeWeights']>): RegimeWeights {
  const { strong_trend: strongTrend, ...others } = config;
  return { ...(strongTrend && { 'strong-trend': strongTrend }), ...others };
}

function kellyPlan(config: AccountConfig['kelly']): KellyPlan {
  const { formula, multiplier, maxFraction, atNoEdge } = config;
  return {
    ...{ formula, multiplier },
    max: fraction(maxFraction),
    atNoEdge: atNoEdge === 'min_lot' ? 'smallest-lot' : 'skip',
  };
}

import { createHash } from 'node:crypto';
import type { AccountPolicy } from '../account/policy.ts';
import type { AccountConfig } from '../config/config.ts';
import { accountId, fraction } from '../domain/units.ts';

/** What the configuration says about an account, in the units that it decides in. */
export function accountPolicy(config: AccountConfig, barMs: number): AccountPolicy {
  const policy: Omit<AccountPolicy, 'hash'> = {
    account: accountId(config.id),
    mode: config.mode,
    symbols: config.symbols,
    barMs,
    ...(config.minConfidence !== undefined && { confidenceMin: config.minConfidence }),
    ...(config.minProbGap !== undefined && { gapMin: config.minProbGap }),
    votesMin: config.minVotes,
    risk: fraction(config.riskPct / 100),
    riskMax: fraction(config.maxRiskPerTradePct / 100),
    lotsMin: config.minLot,
    lotsMax: config.maxLot,
    stopLossAtr: config.dynamicSltp.slAtrMultiplier,
    takeProfitAtr: config.dynamicSltp.tpAtrMultiplier,
    atrMin: config.minAtr,
    dailyLossMax: fraction(config.maxDailyLossPct / 100),
    dayOffsetMs: config.localTzOffsetHours * 3_600_000,
    consecutiveLossesMax: config.circuitBreaker.isEnabled
      ? config.circuitBreaker.maxConsecutiveLosses
      : 0,
    readFailuresMax: config.maxApiFailures,
  };
  return hashed(policy);
}

/** The same policy with entries stopped; undefined lets them go on. */
export function withEntriesStopped(
  { hash: _, entriesStopped: __, ...policy }: AccountPolicy,
  why: AccountPolicy['entriesStopped'],
): AccountPolicy {
  return hashed(why === undefined ? policy : { ...policy, entriesStopped: why });
}

function hashed(policy: Omit<AccountPolicy, 'hash'>): AccountPolicy {
  const hash = createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 16);
  return { ...policy, hash };
}

import type { GuardsConfig } from '../config/config.ts';
import { epochMs, fraction } from '../domain/units.ts';
import type { GuardPolicy, NewsPolicy } from '../risk/guards/guard-policy.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The guards that are on, in the units that an account decides in; undefined where all are off. */
export function guardPolicy(config: GuardsConfig): GuardPolicy | undefined {
  const { fleet } = config;
  const policy: GuardPolicy = {
    ...moneyGuards(config),
    ...marketGuards(config),
    ...(fleet && { fleet: { multiplier: fleet.currencyMultiplier } }),
  };
  return Object.keys(policy).length === 0 ? undefined : policy;
}

function moneyGuards(config: GuardsConfig): GuardPolicy {
  const { hardHaltPct, maxWeeklyDrawdownPct, equityCurve, orderRate } = config;
  return {
    ...(hardHaltPct > 0 && { hardHaltMax: fraction(hardHaltPct / 100) }),
    ...(maxWeeklyDrawdownPct > 0 && { weeklyDrawdownMax: fraction(maxWeeklyDrawdownPct / 100) }),
    ...(equityCurve && {
      equityCurve: {
        lookbackTrades: equityCurve.lookbackTrades,
        drawdownMax: fraction(equityCurve.maxDrawdownPct / 100),
        cooldownMs: equityCurve.cooldownHours * hourMs,
      },
    }),
    ...(orderRate && {
      orderRate: { ordersMax: orderRate.maxOrders, windowMs: orderRate.windowMinutes * minuteMs },
    }),
  };
}

function marketGuards(config: GuardsConfig): GuardPolicy {
  const { maxBarAgeMinutes, maxModelAgeDays, minAdx, news, emaTrend, sessions } = config;
  const { maxSpreadPoints, maxSpreadAtr } = config;
  return {
    ...(maxBarAgeMinutes > 0 && { barAgeMaxMs: maxBarAgeMinutes * minuteMs }),
    ...(maxModelAgeDays > 0 && { modelAgeMaxMs: maxModelAgeDays * dayMs }),
    ...(minAdx !== undefined && { adxMin: minAdx }),
    ...(news && { news: newsPolicy(news) }),
    ...(emaTrend && { isEmaTrendOn: true }),
    ...(sessions && { sessions }),
    ...(maxSpreadPoints > 0 && { spreadPointsMax: maxSpreadPoints }),
    ...(maxSpreadAtr > 0 && { spreadAtrMax: maxSpreadAtr }),
  };
}

function newsPolicy({
  blockMinutes,
  failClosed,
  calendar,
}: NonNullable<GuardsConfig['news']>): NewsPolicy {
  return {
    blockMs: blockMinutes * minuteMs,
    failsClosed: failClosed,
    calendar: {
      from: epochMs(calendar.from),
      to: epochMs(calendar.to),
      times: calendar.times.map(epochMs),
    },
  };
}

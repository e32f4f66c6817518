import type { Denial } from '../../domain/account-event.ts';
import type { Fraction, Money } from '../../domain/units.ts';
import type { AccountRisk } from './guard.ts';
import { shareLost } from './share-lost.ts';

/**
 * The loss of the day (realised since local midnight, with costs, and floating) as a share of the equity there is
 * now, from `dailyLossMax` on. 0 switches it off.
 */
function dailyLossOf(
  day: { readonly dayResult: Money; readonly equity: Money },
  dailyLossMax: Fraction,
): Denial | undefined {
  if (dailyLossMax <= 0) return undefined;
  const observed = shareLost(-day.dayResult, day.equity);
  return observed >= dailyLossMax
    ? { limit: 'daily-loss', observed, allowed: dailyLossMax }
    : undefined;
}

/** Once tripped it denies until the next local midnight, whatever the equity does. */
export function dailyLoss(risk: AccountRisk): Denial | undefined {
  const { dailyLossMax } = risk.limits;
  if (dailyLossMax <= 0) return undefined;
  const tripped = risk.tripped['daily-loss'];
  if (tripped) return tripped;
  const { dayResult, equity } = risk;
  if (dayResult === undefined || equity === undefined) {
    return { limit: 'daily-loss', observed: 1, allowed: dailyLossMax };
  }
  return dailyLossOf({ dayResult, equity }, dailyLossMax);
}

import type { TradingState } from '../domain/account.ts';
import type { Thresholds } from '../domain/prediction.ts';
import type { AccountId, Fraction } from '../domain/units.ts';
import type { GuardPolicy } from '../risk/guards/guard-policy.ts';
import type { KellyPlan } from '../risk/kelly.ts';
import type { ManagementRules } from '../strategy/management.ts';
import type { RegimeWeights } from '../strategy/regime-mean.ts';

/** What the configuration tells one account, in the units of this program. */
export type AccountPolicy = {
  readonly account: AccountId;
  /** Hash of everything below: stands in every decision. */
  readonly hash: string;
  /** `dry` decides and journals, and sends nothing. */
  readonly mode: 'paper' | 'live' | 'dry';
  readonly symbols: readonly string[];
  /** Length of the bars that decisions are made on. */
  readonly barMs: number;
  /** Overrides of the manifest's thresholds. */
  readonly confidenceMin?: Thresholds['confidenceMin'];
  readonly gapMin?: Thresholds['gapMin'];
  /** How many members must vote for the winning class. */
  readonly votesMin: number;
  /** What each model's word counts, regime by regime. Absent: all the same. */
  readonly regimeWeights?: RegimeWeights;
  /** Share of equity at risk per trade. */
  readonly risk: Fraction;
  /** Share of equity that a trade lifted to the smallest lot may risk. */
  readonly riskMax: Fraction;
  /** How open positions are managed and entries are given their stops beyond the distances above. Absent: off. */
  readonly management?: ManagementRules;
  /** A stop that is too far even for the smallest lot is brought to where that risks `riskMax`. Absent: it is denied. */
  readonly shrinksStop?: true;
  /** Absent: off. Changes only while the account is flat. */
  readonly kelly?: KellyPlan;
  readonly lotsMin: number;
  readonly lotsMax: number;
  readonly stopLossAtr: number;
  readonly takeProfitAtr: number;
  /** Entries need an ATR of at least this many price units. */
  readonly atrMin: number;
  /** Loss of the day (realised and floating) at which entries stop until the next local midnight. 0 = off. */
  readonly dailyLossMax: Fraction;
  /** The account's local midnight, as an offset from UTC. */
  readonly dayOffsetMs: number;
  /** Its time zone (IANA), which then counts instead of the offset. */
  readonly dayZone?: string;
  /** Losses in a row at which entries stop until the next local midnight. 0 = off. */
  readonly consecutiveLossesMax: number;
  /** Failed reads of the terminal in a row at which entries stop until it answers. */
  readonly readFailuresMax: number;
  /** Absent: all of them are off. */
  readonly guards?: GuardPolicy;
  /** What was said to the whole fleet; the stricter of it and the account's own state counts. Absent: active. */
  readonly fleetState?: TradingState;
  /**
   * Why no position is opened any more while exits are managed on. It is said to a running account alone and stands in
   * no configuration: the next start of the process trades again.
   */
  readonly entriesStopped?: 'shutdown' | 'removed';
};

import { z } from 'zod';
import { key } from './key-info.ts';
import { symbolText } from './text-schemas.ts';

const perAccount = { isPerAccount: true } as const;
const hotPerAccount = { isHot: true, isPerAccount: true } as const;

const sessionNames = ['london', 'ny', 'asian'] as const;

const zoneName = z
  .string()
  .max(64)
  .refine(isZone, { error: 'must be a time zone such as "America/New_York" or "Asia/Jakarta"' });

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Share of the whole, in percent; 0 = off. */
const percentOrOff = z.number().min(0).max(100).default(0);

/** Guards of config.json that are off unless it names them, and where the trading day begins. */
export const guardKeys = {
  hard_halt_pct: key(percentOrOff, {
    text: 'Loss of own equity (without credit) from the starting balance at which the account is halted for good and all it holds is closed. A deposit or a withdrawal moves that balance in proportion to the equity, so that the share that was lost stays the same; more money on an account that is halted so counts against its loss. 0 = off.',
    unit: 'percent of the starting balance',
    ...perAccount,
  }),
  max_weekly_drawdown_pct: key(percentOrOff, {
    text: 'Loss of own equity since the local Monday at which entries stop until the next one. Deposits and withdrawals move its start in proportion, too. 0 = off.',
    unit: "percent of the week's first equity",
    ...perAccount,
  }),
  equity_curve_filter: z
    .strictObject({
      enabled: key(z.boolean().default(false), {
        text: 'Stops entries for a while after the last trades lost too much together.',
        ...perAccount,
      }),
      lookback_trades: key(z.int().min(1).max(200).default(10), {
        text: 'Closed trades that are summed up; with fewer the filter has no opinion.',
        unit: 'trades',
        ...perAccount,
      }),
      max_drawdown_pct: key(z.number().positive().max(100).default(5), {
        text: 'Net loss over them at which it trips.',
        unit: 'percent of equity',
        ...perAccount,
      }),
      cooldown_hours: key(z.number().positive().max(720).default(24), {
        text: 'How long it lasts. After that the same trades do not trip it again.',
        unit: 'hours',
        ...perAccount,
      }),
    })
    .prefault({}),
  adx_regime_filter: z
    .strictObject({
      enabled: key(z.boolean().default(false), {
        text: 'Denies entries in a market without a trend.',
        ...hotPerAccount,
      }),
      min_adx: key(z.number().min(0).max(1).default(0.2), {
        text: 'Least ADX(14)/100 for an entry.',
        ...hotPerAccount,
      }),
    })
    .prefault({}),
  news_block_minutes: key(z.number().min(0).max(1_440).default(0), {
    text: 'No entries for so long before and after a high-impact event. Needs `news_filter.events_file`. 0 = off.',
    unit: 'minutes',
    ...perAccount,
  }),
  news_filter: z
    .strictObject({
      events_file: key(z.string().min(1).max(1_024).optional(), {
        text: 'Events, relative to the configuration folder: `.json` (`{ "from", "to", "events": [{ "time", "currency", "impact", "title" }] }`) or `.csv` with the header `time,currency,impact,title`. Times are ISO 8601 with their offset.',
      }),
      currencies: key(
        z
          .array(z.string().regex(/^[A-Z]{3}$/))
          .min(1)
          .default(['USD']),
        {
          text: 'Currencies whose events count.',
        },
      ),
      fail_closed: key(z.boolean().default(false), {
        text: 'Whether a moment that the file does not cover denies entries.',
        ...perAccount,
      }),
    })
    .prefault({}),
  enable_ema_trend_filter: key(z.boolean().default(false), {
    text: 'Buys only above the EMA(200), sells only below it.',
    ...perAccount,
  }),
  session_filter: z
    .strictObject({
      enabled: key(z.boolean().default(false), {
        text: 'Denies entries while none of the allowed sessions is open.',
        ...perAccount,
      }),
      allowed: key(
        z
          .array(z.enum(sessionNames))
          .min(1)
          .default([...sessionNames]),
        {
          text: 'Sessions in which entries are made.',
          ...perAccount,
        },
      ),
    })
    .prefault({}),
  max_spread_points: key(z.number().min(0).max(1_000_000).default(0), {
    text: 'Widest spread for an entry. 0 = off.',
    unit: 'points',
    ...perAccount,
  }),
  max_spread_atr: key(z.number().min(0).max(100).default(0), {
    text: 'Widest spread for an entry as a share of the ATR. 0 = off.',
    unit: 'ATR(14)',
    ...perAccount,
  }),
  max_bar_age_minutes: key(z.number().min(0).max(1_440).default(0), {
    text: 'Oldest closed bar that an entry is made on: what was decided before a gap is not traded after it. 0 = off.',
    unit: 'minutes',
    ...perAccount,
  }),
  max_model_age_days: key(z.number().min(0).max(3_650).default(0), {
    text: 'Longest time since the end of the training data of the models. 0 = off.',
    unit: 'days',
    ...perAccount,
  }),
  order_rate: z
    .strictObject({
      max_orders: key(z.int().min(0).max(200).default(0), {
        text: 'Most orders of an account within the window, every attempt counted. 0 = off.',
        unit: 'orders',
        ...perAccount,
      }),
      window_minutes: key(z.number().positive().max(10_080).default(60), {
        text: 'Length of that window.',
        unit: 'minutes of market time',
        ...perAccount,
      }),
    })
    .prefault({}),
  exposure: z
    .strictObject({
      max_symbol_notional: key(z.number().min(0).default(0), {
        text: 'Most that all accounts together may hold in one symbol, both sides added up, in the currency of the fleet totals. 0 = off.',
        unit: 'notional value',
      }),
      max_symbol_risk: key(z.number().min(0).default(0), {
        text: 'Most that all accounts together may lose at their stops in one symbol, in the currency of the fleet totals. 0 = off.',
        unit: 'risk at the stops',
      }),
    })
    .prefault({}),
  correlation: z
    .strictObject({
      groups: key(z.record(z.string().min(1).max(32), z.array(groupMember()).min(1)).default({}), {
        text: 'Name -> symbols that move together; one that moves against the others has a minus before it: `{ "dollar": ["EURUSD", "XAUUSD", "-USDJPY"] }`.',
      }),
      max_group_risk: key(z.number().min(0).default(0), {
        text: 'Most that all accounts together may lose at their stops when a group moves in one direction, in the currency of the fleet totals. 0 = off.',
        unit: 'risk at the stops',
      }),
    })
    .prefault({}),
};

export const zoneKey = {
  local_tz: key(zoneName.optional(), {
    text: 'Time zone of the trading day and week (IANA), with its daylight saving; it takes the place of `local_tz_offset_hours`.',
    ...perAccount,
    absent: '`local_tz_offset_hours`',
  }),
};

function groupMember() {
  return z.string().refine((name) => symbolText.safeParse(name.replace(/^-/, '')).success, {
    error: 'must be a symbol, with "-" before it if it moves against the group',
  });
}

import { z } from 'zod';
import { key } from './key-info.ts';
import { environmentName, nameText, symbolText } from './text-schemas.ts';
import { lotsMax, riskPercent } from './trading-schema.ts';

const barStore = 'bars.db';
/** Where an account may run, beside `shared:<group>`. */
export const isolations = ['auto', 'thread', 'process'] as const;
const groupName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/);

/** One entry of accounts.json: a login at a broker and how it trades. */
export const accountSchema = z.strictObject({
  broker_id: key(nameText, { text: 'The broker, as you call it.' }),
  terminal_key: key(nameText, {
    text: 'Terminal of terminals.json that this account is logged in on. One terminal is one login.',
  }),
  account_type: key(z.enum(['cent', 'standard']), {
    text: '`cent` accounts count hundredths of the currency (USC).',
  }),
  currency_multiplier: key(z.number().positive().max(1_000), {
    text: 'What one unit of the account is worth in the currency of the fleet totals: 0.01 for USC, 1 for USD. Sizing does not use it.',
  }),
  risk_pct: key(riskPercent.optional(), {
    text: 'Share of equity that a trade of this account may lose at its stop.',
    unit: 'percent of equity',
    isHot: true,
    absent: '`risk_percent` of config.json',
  }),
  max_lot: key(lotsMax.optional(), {
    text: 'Largest order of this account.',
    unit: 'lots',
    isHot: true,
    absent: '`max_lot` of config.json',
  }),
  state_file: key(
    z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.db$/, {
        error:
          'must be a plain file name ending in .db: it lies inside the state folder, never outside it',
      })
      .refine((file) => file.toLowerCase() !== barStore, {
        error: `must not be "${barStore}", where the engine keeps bars`,
      }),
    {
      text: 'Journal of the account, a file name inside the state folder ending in `.db`. Never shared.',
    },
  ),
  enabled: key(z.boolean().default(true), { text: 'Whether the account is started.' }),
  mode: key(z.enum(['paper', 'live', 'dry']).default('paper'), {
    text: '`paper` trades on a simulated terminal, `live` on a real one, `dry` decides and journals on either and sends nothing.',
  }),
  symbols: key(z.array(symbolText).min(1).optional(), {
    text: 'Symbols that it trades, by their logical names.',
    absent: 'all symbols of its terminal',
  }),
  isolation: key(
    z
      .union([z.enum(isolations), z.templateLiteral(['shared:', groupName])], {
        error: 'must be "auto", "thread", "process" or "shared:<group>"',
      })
      .default('auto'),
    {
      text: '`auto` gives the account a thread of its own up to 8 accounts per core and 24 in all, beyond that a share of one thread per core; `thread` always a thread of its own, `process` a child process of its own, `shared:<group>` one thread for all accounts of the group.',
    },
  ),
  overrides: key(z.record(z.string(), z.unknown()).default({}), {
    text: 'Keys of config.json that are different for this account, dotted: `{ "circuit_breaker.max_consecutive_losses": 4 }`. The table of config.json says which.',
  }),
  telegram: z
    .strictObject({
      chat_id: key(
        z.union([
          z.int(),
          z.string().regex(/^-?\d{1,20}$/, { error: 'must be the number of a chat' }),
        ]),
        {
          text: 'The one chat that gets the alerts of the account and may give it commands.',
        },
      ),
      token_env: key(environmentName, {
        text: 'Environment variable that holds the token of the bot.',
      }),
    })
    .optional(),
});

export type AccountFile = z.output<typeof accountSchema>;

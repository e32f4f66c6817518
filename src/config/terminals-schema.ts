import { z } from 'zod';
import { key } from './key-info.ts';
import { environmentName, symbolText } from './text-schemas.ts';

const symbols = key(
  z
    .record(symbolText, symbolText)
    .refine((map) => Object.keys(map).length > 0, { error: 'must name at least one symbol' }),
  { text: "Logical symbol -> the broker's own name, such as `BTCUSD` -> `BTCUSDc`." },
);

const url = key(
  z.string().regex(/^https?:\/\/[^\s/@?#]+(\/[^\s@?#]*)?$/, {
    error: 'must be http(s)://host[:port][/prefix] without user, password, query and fragment',
  }),
  {
    text: 'Address of its HTTP API, with a path prefix where it has one.',
  },
);

const tokenEnv = key(environmentName, {
  text: 'Environment variable that holds the bearer token.',
});

const simulatorSettings = z.strictObject({
  source: key(z.string().min(1).default('generator'), {
    text: '`generator` for a generated market, or a CSV file (`.csv`, `.csv.gz`; relative to the configuration folder).',
  }),
  seed: key(z.int().min(0).max(4_294_967_295).default(1), {
    text: 'Same symbol and seed, same market.',
  }),
  balance: key(z.number().positive().max(1e12).default(10_000), {
    text: 'Balance of a new account.',
    unit: 'account currency',
  }),
  currency: key(
    z
      .string()
      .regex(/^[A-Z]{3}$/, { error: 'must be three capitals, such as USD or USC' })
      .default('USD'),
    {
      text: 'Currency of the account; `USC` for a cent account.',
    },
  ),
  leverage: key(z.int().min(1).max(5_000).default(200), { text: 'Divisor of the margin.' }),
  hedging: key(z.boolean().default(true), {
    text: 'Whether a symbol may have several positions at once.',
  }),
  spread_points: key(z.number().min(0).max(1_000_000).optional(), {
    text: 'Ask minus bid where the data states none.',
    unit: 'points',
    absent: "the instrument's usual spread",
  }),
  slippage_points: key(z.number().min(0).max(1_000_000).default(0), {
    text: 'What every market order and every stop loses against the quote.',
    unit: 'points',
  }),
  commission_per_lot: key(z.number().min(0).max(1_000_000).default(0), {
    text: 'Paid for each lot that is opened and again for each that is closed.',
    unit: 'account currency',
  }),
  swap_long: key(z.number().min(-1_000_000).max(1_000_000).default(0), {
    text: 'For each lot and night of a long position; negative is paid. Three times on Wednesday.',
    unit: 'points',
  }),
  swap_short: key(z.number().min(-1_000_000).max(1_000_000).default(0), {
    text: 'For each lot and night of a short position; negative is paid. Three times on Wednesday.',
    unit: 'points',
  }),
});

const kind = (only: string, text: string) => key(z.literal(only), { text });

/** terminals.json, by `kind`: where accounts are logged in. */
export const terminalSchemas = {
  mt5: z.strictObject({
    kind: kind('mt5', 'A MetaTrader 5 terminal behind its HTTP API.'),
    url,
    token_env: tokenEnv,
    symbols,
  }),
  simulator: z.strictObject({
    kind: kind(
      'simulator',
      'A simulated terminal: built in, or running elsewhere where `url` says so.',
    ),
    symbols,
    simulator: simulatorSettings.prefault({}),
    url: key(url.optional(), {
      text: 'Address of a simulator that runs by itself (`novosky terminal`).',
      absent: 'the engine starts a built-in one',
    }),
    token_env: key(tokenEnv.optional(), {
      text: 'With `url`: environment variable that holds its bearer token.',
    }),
    control_token_env: key(tokenEnv.optional(), {
      text: 'With `url`: environment variable that holds the token of its `/_sim/` paths.',
    }),
  }),
} as const;

export type SimulatorFile = z.output<typeof simulatorSettings>;
export type TerminalFile =
  | ({ kind: 'mt5' } & Omit<z.output<(typeof terminalSchemas)['mt5']>, 'kind'>)
  | ({ kind: 'simulator' } & Omit<z.output<(typeof terminalSchemas)['simulator']>, 'kind'>);

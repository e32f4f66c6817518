import { accountSchema } from './accounts-schema.ts';
import type { Config } from './config.ts';
import { mlSchema } from './ml-schema.ts';
import { resolveConfig } from './resolve-config.ts';
import { terminalSchemas } from './terminals-schema.ts';
import { tradingSchema } from './trading-schema.ts';

/** The name of the one account of `defaultConfig`. */
export const defaultAccount = 'defaults';

/** One paper account on a simulated terminal, with the default of every key: what no file has to say. */
export function defaultConfig(symbol: string): Config {
  const account = accountSchema.parse({
    broker_id: 'simulated',
    terminal_key: 'simulated',
    account_type: 'standard',
    currency_multiplier: 1,
    state_file: `state_${defaultAccount}.db`,
  });
  const terminal = terminalSchemas.simulator.parse({
    kind: 'simulator',
    symbols: { [symbol]: symbol },
  });
  const files = {
    'accounts.json': { accounts: { [defaultAccount]: account } },
    'terminals.json': { simulated: { ...terminal, kind: 'simulator' as const } },
    'config.json': tradingSchema.parse({}),
    'ml_config.json': mlSchema.parse({}),
  };
  return resolveConfig(files, { folder: '.', env: {}, isReplay: true });
}

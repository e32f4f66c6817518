import type { Config } from '../config/config.ts';
import { UsageError } from '../config/usage-error.ts';

/** The configuration as if nothing but `symbol` were traded. */
export function withSymbol(config: Config, symbol: string | undefined): Config {
  if (symbol === undefined) return config;
  const accounts = Object.entries(config.accounts).map(([id, account]) => {
    if (account.isEnabled && !account.symbols.includes(symbol)) {
      throw new UsageError(
        `accounts.json: ${id} trades ${account.symbols.join(', ')}, not ${symbol}`,
      );
    }
    return [id, { ...account, symbols: [symbol] }] as const;
  });
  return { ...config, accounts: Object.fromEntries(accounts) };
}

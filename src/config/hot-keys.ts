import { accountSchema } from './accounts-schema.ts';
import type { ConfigFileName } from './former-keys.ts';
import { keysOf } from './key-info.ts';
import { tradingSchema } from './trading-schema.ts';

const tradingKeys = keysOf(tradingSchema);
const accountKeys = keysOf(accountSchema);

/** Whether a change of this key takes effect on the next bar; everything else needs a restart. */
export function isHotKey(file: ConfigFileName, path: readonly string[]): boolean {
  if (file === 'config.json') return tradingKeys.get(path.join('.'))?.info.isHot ?? false;
  if (file !== 'accounts.json' || path[0] !== 'accounts') return false;
  const [key, ...rest] = path.slice(2);
  if (key === 'overrides') return tradingKeys.get(rest.join('.'))?.info.isHot ?? false;
  return accountKeys.get([key, ...rest].join('.'))?.info.isHot ?? false;
}

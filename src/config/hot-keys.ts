import { accountSchema } from './accounts-schema.ts';
import type { ConfigFileName } from './former-keys.ts';
import { type KeyInfo, keysOf } from './key-info.ts';
import { tradingSchema } from './trading-schema.ts';

const tradingKeys = keysOf(tradingSchema);
const accountKeys = keysOf(accountSchema);

/** Whether a change of this key takes effect on the next bar; everything else needs a restart. */
export function isHotKey(file: ConfigFileName, path: readonly string[]): boolean {
  return infoOf(file, path)?.isHot ?? false;
}

/** The condition under which an account takes a hot key over; undefined: none. */
export function hotCondition(file: ConfigFileName, path: readonly string[]): string | undefined {
  return infoOf(file, path)?.hotWhen;
}

function infoOf(file: ConfigFileName, path: readonly string[]): KeyInfo | undefined {
  if (file === 'config.json') return tradingKeys.get(path.join('.'))?.info;
  if (file !== 'accounts.json' || path[0] !== 'accounts') return undefined;
  const [key, ...rest] = path.slice(2);
  if (key === 'overrides') return tradingKeys.get(rest.join('.'))?.info;
  return accountKeys.get([key, ...rest].join('.'))?.info;
}

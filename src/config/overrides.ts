import { closestName } from './closest-name.ts';
import { keysOf } from './key-info.ts';
import type { ConfigMistake } from './mistake.ts';
import { profileRanges, riskProfiles } from './risk-profiles.ts';
import { schemaMistakes } from './schema-mistakes.ts';
import { type TradingFile, tradingSchema } from './trading-schema.ts';

const tradingKeys = keysOf(tradingSchema);
const overridable = [...tradingKeys]
  .filter(([, { info }]) => info.isPerAccount)
  .map(([path]) => path);

const ownKeys: Readonly<Record<string, string>> = {
  risk_percent: 'an account has "risk_pct" for it',
  max_lot: 'it is "max_lot" of the account itself',
};

type Overrides = Readonly<Record<string, unknown>>;
type Section = Record<string, unknown>;

/** What is wrong with the `overrides` of an account. */
export function overrideMistakes(account: string, overrides: Overrides): ConfigMistake[] {
  return Object.entries(overrides).flatMap(([path, value]) => {
    const base = ['accounts', account, 'overrides', path];
    const known = tradingKeys.get(path);
    if (known?.info.isPerAccount) {
      return schemaMistakes({ file: 'accounts.json', base, value }, known.schema);
    }
    return [{ file: 'accounts.json', path: base.join('.'), ...refusal(path) }];
  });
}

/** config.json as it is for one account. Overrides that are wrong change nothing. */
export function withOverrides(trading: TradingFile, overrides: Overrides): TradingFile {
  const merged = withOwnProfile(structuredClone(trading) as Section, overrides['risk_profile']);
  for (const [path, value] of Object.entries(overrides)) {
    if (overrideMistakes('', { [path]: value }).length > 0) continue;
    put(merged, path, value);
  }
  return tradingSchema.parse(merged);
}

/** A profile of the account's own goes before what config.json says for all of them. */
function withOwnProfile(trading: Section, number: unknown): Section {
  const profile = riskProfiles.get(Number(number));
  if (profile === undefined) return trading;
  for (const [path, { preset }] of profileRanges(profile)) put(trading, path, preset);
  return trading;
}

function put(trading: Section, path: string, value: unknown): void {
  const sections = path.split('.');
  const last = sections.pop() ?? '';
  const section = sections.reduce((outer, name) => outer[name] as Section, trading);
  section[last] = value;
}

function refusal(path: string): { problem: string; hint: string } {
  if (tradingKeys.has(path)) {
    const hint = ownKeys[path] ?? `set it in config.json; per account: ${overridable.join(', ')}`;
    return { problem: 'is not a key that an account may override', hint };
  }
  const section = overridable.filter((key) => key.startsWith(`${path}.`));
  if (section.length > 0) {
    return { problem: 'is a section, not a key', hint: `write ${section.join(' or ')}` };
  }
  const near = closestName(path, overridable);
  const hint =
    near === undefined ? `per account: ${overridable.join(', ')}` : `did you mean "${near}"?`;
  return { problem: 'is not a key of config.json', hint };
}

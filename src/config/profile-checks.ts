import type { LooseAccount, LooseFiles } from './loose-files.ts';
import type { ConfigMistake } from './mistake.ts';
import { withOverrides } from './overrides.ts';
import {
  type ProfileRange,
  profileRanges,
  type RiskProfile,
  riskProfiles,
} from './risk-profiles.ts';
import { isRecord } from './schema-mistakes.ts';
import type { TradingFile } from './trading-schema.ts';

/** Values that the risk profile in force for them does not allow. */
export function profileMistakes({ trading, accounts }: LooseFiles): readonly ConfigMistake[] {
  if (trading === undefined) return [];
  const ofAccounts = [...accounts].flatMap(([id, account]) =>
    accountMistakes(id, account, trading),
  );
  return [...fileMistakes(trading), ...ofAccounts];
}

function fileMistakes(trading: TradingFile): readonly ConfigMistake[] {
  const number = trading.risk_profile;
  const profile = riskProfiles.get(number ?? 0);
  if (profile === undefined || number === null) return [];
  return profileRanges(profile).flatMap(([path, range]) =>
    mistakesOf(valueAt(trading, path), { range, profile, number }).map((finding) => ({
      ...{ file: 'config.json' as const, path },
      ...finding,
    })),
  );
}

/** What it says itself: everything else is either the file's or preset. */
function accountMistakes(
  id: string,
  { risk_pct: risk, overrides = {} }: LooseAccount,
  trading: TradingFile,
): readonly ConfigMistake[] {
  const number = withOverrides(trading, overrides).risk_profile;
  const profile = riskProfiles.get(number ?? 0);
  if (profile === undefined || number === null) return [];
  return profileRanges(profile).flatMap(([path, range]) => {
    const isRisk = path === 'risk_percent';
    const value = isRisk ? risk : overrides[path];
    const place = `accounts.${id}.${isRisk ? 'risk_pct' : `overrides.${path}`}`;
    return mistakesOf(value, { range, profile, number }).map((finding) => ({
      ...{ file: 'accounts.json' as const, path: place },
      ...finding,
    }));
  });
}

type Bounds = {
  readonly range: ProfileRange;
  readonly profile: RiskProfile;
  readonly number: number;
};

/** `null` leaves a threshold to the models: no profile has a word in that. */
function mistakesOf(value: unknown, { range, profile, number }: Bounds) {
  const { least, most, preset } = range;
  if (typeof value !== 'number' || (value >= least && value <= most)) return [];
  const problem = `is ${value}, which risk_profile ${number} (${profile.name}) does not allow`;
  return [{ problem, hint: `${least} to ${most}; left out, it is ${preset}` }];
}

function valueAt(trading: TradingFile, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), trading);
}

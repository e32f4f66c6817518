import { isRecord } from './schema-mistakes.ts';

/** Keys of config.json that a profile sets and bounds, dotted. */
type ProfileKey =
  | 'risk_percent'
  | 'min_confidence'
  | 'dynamic_sltp.sl_atr_multiplier'
  | 'dynamic_sltp.tp_atr_multiplier'
  | 'max_weekly_drawdown_pct'
  | 'hard_halt_pct';

/** What a profile puts where nothing is given, and the least and greatest value that may be given instead. */
export type ProfileRange = {
  readonly preset: number;
  readonly least: number;
  readonly most: number;
};

export type RiskProfile = {
  readonly name: string;
  readonly ranges: Readonly<Record<ProfileKey, ProfileRange>>;
};

type Row = {
  readonly name: string;
  readonly risk: ProfileRange;
  readonly confidence: ProfileRange;
  readonly distance: ProfileRange;
  /** Most that may be lost in a week, and from the starting balance; in percent. */
  readonly weekly: number;
  readonly halt: number;
};

const within = (least: number, most: number, preset: number): ProfileRange => ({
  ...{ least, most, preset },
});

/** A limit on losses may be tighter than the profile's, and not off. */
const upTo = (most: number): ProfileRange => within(0.1, most, most);

const rows: readonly Row[] = [
  {
    name: 'steady income',
    risk: within(0.5, 1, 0.75),
    confidence: within(0.65, 0.7, 0.675),
    distance: within(0.7, 0.9, 0.8),
    weekly: 8,
    halt: 20,
  },
  {
    name: 'conservative',
    risk: within(0.75, 1.5, 1.1),
    confidence: within(0.63, 0.68, 0.655),
    distance: within(0.8, 1, 0.9),
    weekly: 12,
    halt: 25,
  },
  {
    name: 'balanced',
    risk: within(1.5, 2.5, 2),
    confidence: within(0.6, 0.65, 0.65),
    distance: within(0.8, 1.2, 1),
    weekly: 15,
    halt: 30,
  },
  {
    name: 'growth',
    risk: within(2, 3.5, 2.75),
    confidence: within(0.58, 0.64, 0.61),
    distance: within(0.8, 1.3, 1.05),
    weekly: 20,
    halt: 35,
  },
  {
    name: 'aggressive',
    risk: within(3, 5, 4),
    confidence: within(0.55, 0.63, 0.59),
    distance: within(0.8, 1.5, 1.15),
    weekly: 25,
    halt: 40,
  },
];

/** By number, 1 to 5. */
export const riskProfiles: ReadonlyMap<number, RiskProfile> = new Map(
  rows.map(({ name, risk, confidence, distance, weekly, halt }, index) => [
    index + 1,
    {
      name,
      ranges: {
        risk_percent: risk,
        min_confidence: confidence,
        'dynamic_sltp.sl_atr_multiplier': distance,
        'dynamic_sltp.tp_atr_multiplier': distance,
        max_weekly_drawdown_pct: upTo(weekly),
        hard_halt_pct: upTo(halt),
      },
    },
  ]),
);

/** Each key of a profile with its range. */
export function profileRanges(profile: RiskProfile): readonly (readonly [string, ProfileRange])[] {
  return Object.entries(profile.ranges);
}

/** config.json as it was written, with the presets of its profile where it says nothing itself. */
export function withPresets(written: unknown): unknown {
  const profile = isRecord(written) ? riskProfiles.get(Number(written['risk_profile'])) : undefined;
  if (!isRecord(written) || profile === undefined) return written;
  const filled: Record<string, unknown> = { ...written };
  for (const [path, { preset }] of profileRanges(profile)) {
    const [name = '', inner] = path.split('.');
    if (inner === undefined) filled[name] = Object.hasOwn(filled, name) ? filled[name] : preset;
    else filled[name] = withInner(filled[name] ?? {}, inner, preset);
  }
  return filled;
}

function withInner(section: unknown, key: string, preset: number): unknown {
  if (!isRecord(section) || Object.hasOwn(section, key)) return section;
  return { ...section, [key]: preset };
}

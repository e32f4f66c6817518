import type { ManagementFile } from './management-schema.ts';

export type ManagementFinding = {
  readonly path: string;
  readonly problem: string;
  readonly hint: string;
};

type Feature = 'partial_close' | 'ml_trailing_stop' | 'ml_sltp' | 'position_as_primary_exit';

const features = [
  'partial_close',
  'ml_trailing_stop',
  'ml_sltp',
  'position_as_primary_exit',
] as const satisfies readonly Feature[];

/** What may not be on together, and why. The later one is named. */
const conflicts: readonly (readonly [Feature, Feature, string])[] = [
  [
    'partial_close',
    'ml_trailing_stop',
    'the trailing stop would cut the rest of a trade whose stop has just gone to breakeven',
  ],
  [
    'ml_trailing_stop',
    'ml_sltp',
    'one of the two at a time, else nobody can say which of them a result comes from',
  ],
  [
    'partial_close',
    'position_as_primary_exit',
    'the position model makes all exits then, and the stop is for catastrophes alone',
  ],
  [
    'ml_trailing_stop',
    'position_as_primary_exit',
    'the position model makes all exits then, and the stop is for catastrophes alone',
  ],
  [
    'ml_sltp',
    'position_as_primary_exit',
    'the primary-exit mode lays SL and TP itself: scaling them would have no effect',
  ],
];

const section = 'ml_active_management';

/** Settings of the active management that contradict each other. */
export function managementFindings(management: ManagementFile): readonly ManagementFinding[] {
  const isOn = (feature: Feature) => management[feature].enabled;
  const idle = management.enabled ? [] : features.filter(isOn);
  return [
    ...idle.map((feature) => ({
      path: `${section}.${feature}.enabled`,
      problem: `has no effect while ${section}.enabled is false`,
      hint: `set "${section}": { "enabled": true }, or leave this off`,
    })),
    ...conflicts
      .filter(([one, other]) => isOn(one) && isOn(other))
      .map(([one, other, why]) => ({
        path: `${section}.${other}.enabled`,
        problem: `cannot be on together with ${section}.${one}: ${why}`,
        hint: `switch one of the two off`,
      })),
  ];
}

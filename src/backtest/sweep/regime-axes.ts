import { memberNames } from '../../inference/manifest.ts';
import { type Regime, regimes } from '../../strategy/regime.ts';
import type { Axis } from './grids.ts';

/** Left out, as one of them, doubled. */
const weights = [0, 1, 2];

const places = regimes.flatMap((regime) => memberNames.map((model) => ({ regime, model })));
type Place = (typeof places)[number];
type Weights = Readonly<Partial<Record<Regime, Readonly<Record<string, number>>>>>;

/** What each model may count in each regime: keys of `regime_weights` of config.json. */
export const regimeAxes: readonly Axis[] = places.map((place) => ({
  key: keyOf(place),
  values: weights,
}));

/** The axis without what would leave a regime to no model: the 0 of the only one that has a weight there. */
export function withoutSilence(axis: Axis, configured: Weights = {}): Axis {
  const place = places.find((each) => keyOf(each) === axis.key);
  if (place === undefined || !isLast(place, configured)) return axis;
  return { ...axis, values: axis.values.filter((value) => value !== 0) };
}

function isLast({ regime, model }: Place, configured: Weights): boolean {
  const others = memberNames.filter((name) => name !== model);
  return others.every((name) => configured[regime]?.[name] === 0);
}

function keyOf({ regime, model }: Place): string {
  return `regime_weights.${regime.replace('-', '_')}.${model}`;
}

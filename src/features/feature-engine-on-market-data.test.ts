import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Bar } from '../domain/bar.ts';
import { loadBars } from '../market-data/bar-file.ts';
import { createFeatureEngine } from './feature-engine.ts';
import { type FeatureMatrix, featureMatrix } from './feature-matrix.ts';
import { featureNames } from './schema.ts';

const folder = join(import.meta.dirname, '../../../shared/data');
const hasData = existsSync(join(folder, 'btcusd_m15.csv.gz'));

/** What two independent implementations agreed on, in the order of the schema, nine digits each. */
const crash = `0.171981519 -0.062688556 0.0508084719 -0.154693128 327.720083 -0.143859589 0.0978157483 -0.548901613 -0.00735653371
-0.0150782279 8.39480055 -0.1286568 -0.112028809 0.0571242243 -0.103250181 0.0531836277 -1 -8.71444917 -0.768831527
-0.242223896 -0.1 -0.608761429 0.79335334 0.433883739 -0.900968868 0 0 0 -0.0344162495 0.112532726 -1 -1 -0.157647324
1 1 0 -8.02596619 0.597766235 0.680763895 0.580276953 0.881729535 -0.300951742 0.2 0 0 0 0 0.135369317 -1
-0.0228454731 -1 -0.0140705791 0.195654197 0.375769528 -0.0217042592 -1 -0.584430694 -1.22559611 0.0132123352 1
0.00646532169 0.629936427`;
const afterHole = `0.0030063655 0.0202161286 0.891122423 0.0229436887 287.341674 -0.0036107487 0.0234240553 0.0871943733 0.00259048918
0.00358594342 0.00811299296 0.0116853911 0.00662498638 0.636635475 0.0012060472 0.891122423 1 0 0.441717292
0.0486080211 0 -0.707106781 0.707106781 0 1 0 0 0 0.0242220059 0.699212253 1 1 0.0237946877 0.96 0 0 0.896414163
1.21806209 0.878396777 0.239338988 0.296680186 0.0172547 0.4 0 0 0 0 0.762401794 1 0.014699636 1 0.00984328386
0.674470021 0.603116466 0.0264302371 1 0.241292488 1.07635426 0.0041255086 0.892 0.0572578157 0.57656395`;
const weekEnd = `0.000908705152 0.0123145059 0.863531448 0.00802061803 197.867628 -0.00174379487 0.0132990543 0.127493452
0.000743585325 0.00162580739 0.793949938 0.00545577034 0.00429086147 0.687201911 0.000460003695 0.863531448 1
0.252188802 0.353966087 0.0176914829 0.1 -0.0654031292 0.997858923 -0.781831482 0.623489802 0 0 0 0.00942196258
0.614750898 -1 1 0.00986891306 0.98 0 0 0.654987439 1.5656932 0.956194815 0.319782817 0.358031866 0.235358008 0.4 0 0
0 0 0.647281183 1 0.00589847275 1 0.0050044579 0.675646745 0.58930218 0.0223182147 1 0.482915254 1.19483931
0.00182686727 0.478 0.056452668 0.633292891`;
const fxSunday = `0.00171017041 0.000390797574 0.443725744 0.00083752646 0.000798351878 -0.00377547347 0.00209958292 -0.0285259283
0.000217727782 4.17271396e-05 0.124395301 -0.000136544863 -0.0003745082 0.464650183 5.28834713e-05 0.878378378 1
0.0375774152 0.0110573601 -0.0744682999 0.2 -0.707106781 0.707106781 -0.781831482 0.623489802 0 0 0 0.00111454933
0.532703161 1 1 2.64403374e-05 0.35 0 0 0.0501054283 5.79944775 0.112732246 0.19891547 0.0747922438 -0.557377049 0.5 0
0 0 0 0.514499457 1 6.49213127e-05 1 -0.00021631359 0.489722444 0.547098465 0.00439176843 0.5 -0.250134827 -0.29788151
0.0007036231 0.408 0.019521594 0.71292943`;
const means = `0.00673351299 0.00699798117 0.526303563 0.00141748204 212.106801 -0.0170409576 0.0137334616 -0.00194024508
9.87497238e-05 9.84745259e-05 1.04649334 0.000344907345 0.000132603101 0.505784769 2.04269625e-05 0.515785774
0.0716509706 0.00564192176 -0.00135622062 -1.68995321e-05 0.00158626433 4.07109364e-05 -1.69878731e-05 -1.00177011e-05
0.00118679595 0.375014415 0.374963162 0.375014415 0.00216587947 0.520570342 -0.0160548402 0.134038055 0.000493318261
0.476434493 0.0991094881 0.236863348 -0.000178257503 2.13356788 1.76244988 0.263218844 0.205622502 -0.000326372974
0.437064514 0 0 0 0 0.51041772 0.0807610994 0.000537960852 -0.0245627523 0.000266677473 0.507363337 0.544984345
0.0129607822 0.092248062 0.000545408528 0.0318916704 0.00334302306 0.491625626 0.0439891532 0.644019124`;

/** Columns whose value differs from the written one by more than half a unit of its ninth digit and rounding noise. */
function differing(found: Float64Array, written: string): string[] {
  const wanted = written.split(/\s+/).map(Number);
  expect(wanted).toHaveLength(62);
  return featureNames.filter((_, column) => {
    const [a, b] = [found[column] as number, wanted[column] as number];
    const halfUnit = b === 0 ? 0 : 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(b))) - 8);
    return !(Math.abs(a - b) <= halfUnit + 1e-9 * Math.abs(b) + 1e-11);
  });
}

describe.skipIf(!hasData)('the features of real markets (skipped without ../shared/data)', () => {
  let btc: { bars: readonly Bar[]; matrix: FeatureMatrix };
  let eur: typeof btc;
  let xau: typeof btc;

  beforeAll(async () => {
    const load = async (file: string, roundStep: number) => {
      const { bars } = await loadBars(join(folder, file));
      return { bars, matrix: featureMatrix(bars, { roundStep }) };
    };
    btc = await load('btcusd_m15.csv.gz', 1_000);
    eur = await load('eurusd_m15.csv.gz', 0.01);
    xau = await load('xauusd_m15.csv.gz', 10);
  });

  function rowAt(index: number): Float64Array {
    const row = index - btc.matrix.first;
    return btc.matrix.values.slice(row * 62, (row + 1) * 62);
  }

  function indexOf(bars: readonly Bar[], time: string): number {
    return bars.findIndex(({ openTime }) => openTime === Date.parse(time));
  }

  test('begin at the known bars', () => {
    expect([btc.matrix.first, eur.matrix.first, xau.matrix.first]).toEqual([9_503, 6_897, 6_518]);
  });

  test.each([
    ['a crash', '2023-08-17T21:30Z', crash],
    ['the first bar after a hole of four', '2024-10-28T21:00Z', afterHole],
    ['the bar that completes every timeframe', '2025-06-29T23:45Z', weekEnd],
  ])('of BTCUSD on %s are as published', (_, time, written) => {
    expect(differing(rowAt(indexOf(btc.bars, time)), written)).toEqual([]);
  });

  test('of EURUSD on the first bar after a weekend are as published', () => {
    const row = indexOf(eur.bars, '2025-06-01T21:00Z') - eur.matrix.first;
    expect(differing(eur.matrix.values.slice(row * 62, (row + 1) * 62), fxSunday)).toEqual([]);
  });

  test('of BTCUSD have the published means over all bars', () => {
    const { rows, values } = btc.matrix;
    const found = Float64Array.from({ length: 62 }, (_, column) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += values[row * 62 + column] as number;
      return sum / rows;
    });
    expect(rows).toBe(78_045);
    expect(differing(found, means)).toEqual([]);
  });

  test.each([
    ['the first vector', 9_503],
    ['a bar inside every bucket', 31_337],
    ['the end of a day', 9_503 + 95],
    ['a Monday', 9_504],
    ['the hole', 64_000],
    ['the last bar but one', 87_546],
  ])('are the same bits when the series ends at %s', (_, index) => {
    const { values } = featureMatrix(btc.bars.slice(0, index + 1), { roundStep: 1_000 });
    expect(values.slice(-62)).toEqual(rowAt(index));
  });

  test.each([
    ['inside warm-up', 5_000],
    ['inside a bucket of each timeframe', 31_337],
    ['after the close of a day', 40_031],
    ['in the middle of a day', 40_070],
    ['before the hole', indexOfHole()],
  ])('go on with the same bits from a snapshot %s', (_, cut) => {
    const engine = createFeatureEngine({ roundStep: 1_000 });
    for (const bar of btc.bars.slice(0, cut)) engine.update(bar);
    const snapshot = JSON.parse(JSON.stringify(engine.snapshot()));
    const restored = createFeatureEngine({ roundStep: 1_000, snapshot });
    for (let index = cut; index < Math.max(cut, 9_503) + 700; index++) {
      const vector = restored.update(btc.bars[index] as Bar);
      if (index >= 9_503) expect(vector).toEqual(rowAt(index));
      else expect(vector).toBeUndefined();
    }
  });

  test('stay finite on every bar', () => {
    for (const { matrix } of [btc, eur, xau]) {
      expect(matrix.values.every(Number.isFinite)).toBe(true);
    }
  });
});

/** Index of the last BTCUSD bar before the four missing ones, 2024-10-28 19:45 UTC. */
function indexOfHole(): number {
  return (Date.UTC(2024, 9, 28, 19, 45) - Date.UTC(2023, 0, 1)) / 900_000;
}

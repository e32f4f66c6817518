/**
 * Six indicators on 300,000 bars by the classes of the feature engine, and by the libraries of npm. Before anything is
 * timed every library has to come to our values, as near and from the bar on that its definition allows.
 *
 *   npx tsx bench/indicators.bench.ts
 *
 * The libraries are installed into a temporary folder; one that cannot be had is left out, and said.
 */
import { generatedBars } from '../test/generated-bars.ts';
import {
  type Agreement,
  type Indicator,
  indicators,
  type Library,
  ours,
  type Peer,
  peers,
} from './indicator-libraries.ts';
import { printMachine, printTable, quantile, spread } from './measure.ts';
import { NpmPeers } from './npm-peers.ts';

const count = 300_000;
const warmUps = 2;
const runs = 9;
const targetMs = 25;
/** The longest warm-up among the six: no value before it is compared. */
const firstCompared = 40;

const bars = generatedBars({ seed: 1, count });
const npm = new NpmPeers();
const own = ours(bars);
const libraries: Library[] = [];
for (const peer of peers) {
  if (!npm.install(peer.name, peer.version)) {
    console.log(`${peer.name} ${peer.version} cannot be installed here: left out`);
    continue;
  }
  const { name, version } = peer;
  const library = { name, version, series: await peer.open(npm, bars) };
  verify(library, peer);
  libraries.push(library);
}

printMachine();
console.log(
  `${count} generated bars, ms as median [min .. max] of ${runs}; in brackets: not compared`,
);
const ownMs = measured(own);
const sixMs = sixOf(ownMs);
printTable(
  ['library', ...indicators, 'all that it has', 'ours, the same'],
  [own, ...libraries].map((library) => rowOf(library)),
);
npm.remove();
const median = quantile(sixMs, 0.5);
console.log(
  `all six: ${spread(sixMs, 1)} ms, target <= ${targetMs}: ${median <= targetMs ? 'met' : 'missed'}`,
);

function rowOf(library: Library): string[] {
  const times = library === own ? ownMs : measured(library);
  const agrees = peers.find(({ name }) => name === library.name)?.agrees;
  const cells = indicators.map((indicator) => {
    const ms = times[indicator];
    if (ms === undefined) return '';
    const text = spread(ms, 1);
    return library === own || agrees?.[indicator] ? text : `(${text})`;
  });
  const had = indicators.filter((indicator) => times[indicator] !== undefined);
  const theirs = had.reduce((sum, each) => sum + quantile(times[each] ?? [], 0.5), 0);
  const same = had.reduce((sum, each) => sum + quantile(ownMs[each] ?? [], 0.5), 0);
  const ratio = library === own ? '' : ` (${(theirs / same).toFixed(1)} x)`;
  return [
    `${library.name} ${library.version}`,
    ...cells,
    theirs.toFixed(1),
    `${same.toFixed(1)}${ratio}`,
  ];
}

type Times = Partial<Record<Indicator, number[]>>;

function measured({ series }: Library): Times {
  const times: Times = {};
  for (const indicator of indicators) {
    const work = series[indicator];
    if (work === undefined) continue;
    times[indicator] = timed(work);
  }
  return times;
}

function timed(work: () => unknown): number[] {
  for (let run = 0; run < warmUps; run += 1) work();
  return Array.from({ length: runs }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
}

/** Run by run, one after the other. */
function sixOf(times: Times): number[] {
  return Array.from({ length: runs }, (_, run) =>
    indicators.reduce((sum, each) => sum + (times[each]?.[run] ?? Number.NaN), 0),
  );
}

function verify({ name, series }: Library, { agrees }: Peer): void {
  for (const indicator of indicators) {
    const agreement = agrees[indicator];
    if (agreement === undefined) continue;
    const mine = own.series[indicator]?.();
    const theirs = series[indicator]?.();
    if (!mine || !theirs) throw new Error(`${name} has no ${indicator}`);
    verifyNear(`${indicator} of ${name}`, { mine, theirs }, agreement);
  }
}

/** Both series end with the same bar. */
function verifyNear(
  what: string,
  { mine, theirs }: { readonly mine: Float64Array; readonly theirs: Float64Array },
  { from, share = 0, units = 0 }: Agreement,
): void {
  const shift = mine.length - theirs.length;
  for (let index = Math.max(from, firstCompared, shift); index < mine.length; index += 1) {
    const [one, other] = [mine[index] as number, theirs[index - shift] as number];
    const allowed = Math.max(units, share * Math.abs(one));
    if (Math.abs(one - other) <= allowed) continue;
    throw new Error(`${what} at bar ${index}: ${other}, ours ${one}, allowed ${allowed}`);
  }
}

/**
 * A bracket backtest by our exchange and by grademark, after both came to the same trades; then the whole command over
 * 87,548 bars: features, models, both orders inside the bar, figures and JSON, with and without its cache.
 *
 * Brackets are played through a series that each side has made ready before, as for many strategies over the same bars:
 * grademark a baked data frame, we how far the quote gets in each bar. Both are warm: V8 has compiled them.
 *
 *   npm run build && npx tsx bench/backtest.bench.ts [FILE.csv.gz]
 *
 * Without a file the command plays generated bars, on which the shipped models seldom trade.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { writeGeneratedFile } from '../test/scenarios/generated-file.ts';
import {
  type BracketTrade,
  bracketBars,
  bracketSeries,
  grademark,
  ourTrades,
} from './bracket-backtest.ts';
import { distFolder } from './built-entry.ts';
import { printMachine, printTable, quantile, spread } from './measure.ts';
import { NpmPeers } from './npm-peers.ts';

const bars = 87_548;
const warmUps = 30;
const runsOfBrackets = 15;
const runsUncached = 3;
const runsCached = 5;
const targets = { ratio: 10, cachedS: 3, uncachedS: 15 };
const peerVersion = '0.3.0';
const folder = mkdtempSync(join(tmpdir(), 'novosky-backtest-bench-'));

const { positionals } = parseArgs({
  options: { dist: { type: 'string' } },
  allowPositionals: true,
});

printMachine();
await brackets();
wholeBacktests();
rmSync(folder, { recursive: true });

async function brackets(): Promise<void> {
  const npm = new NpmPeers();
  if (!npm.install('grademark', peerVersion, ['chai@4.5.0'])) {
    throw new Error('grademark cannot be installed here');
  }
  const input = bracketBars(bars);
  const peer = await grademark(npm, input);
  const started = performance.now();
  const series = bracketSeries(input);
  const readyMs = performance.now() - started;
  const ours = ourTrades(series);
  verifyTrades(ours, peer.trades(peer.run()));
  const mine = timed(runsOfBrackets, () => ourTrades(series));
  const theirs = timed(runsOfBrackets, peer.run);
  npm.remove();
  const ratio = quantile(theirs, 0.5) / quantile(mine, 0.5);
  console.log(`\n${bars} generated bars, ${ours.length} trades, the same ones; no costs:\n`);
  printTable(
    ['bracket backtest', 'ms'],
    [
      ['exchange/', spread(mine, 1)],
      [`grademark ${peerVersion}`, spread(theirs, 1)],
    ],
  );
  const ready = [readyMs, peer.readyMs].map((ms) => ms.toFixed(0));
  console.log(
    `\nMade ready before, once: our series in ${ready[0]} ms, grademark's in ${ready[1]} ms.`,
  );
  const verdict = ratio >= targets.ratio ? 'met' : 'missed';
  console.log(`${ratio.toFixed(1)} x grademark, target >= ${targets.ratio} x: ${verdict}`);
}

function verifyTrades(ours: readonly BracketTrade[], theirs: readonly BracketTrade[]): void {
  const at = ours.findIndex((trade, index) => !isDeepStrictEqual(trade, theirs[index]));
  if (at === -1 && ours.length === theirs.length && ours.length > 500) return;
  const [one, other] = [JSON.stringify(ours[at]), JSON.stringify(theirs[at])];
  throw new Error(
    `${ours.length} trades, grademark ${theirs.length}; first difference ${at}: ${one}, grademark ${other}`,
  );
}

function timed(runs: number, work: () => unknown): number[] {
  for (let run = 0; run < warmUps; run += 1) work();
  return Array.from({ length: runs }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
}

type Run = { readonly wallS: number; readonly cpuS: number; readonly report: object };

function wholeBacktests(): void {
  const data = dataFile();
  const uncached = Array.from({ length: runsUncached }, (_, run) =>
    backtest(data, join(folder, `cache-${run}`)),
  );
  const cached = Array.from({ length: runsCached }, () => backtest(data, join(folder, 'cache-0')));
  const [first, ...others] = [...uncached, ...cached].map(({ report }) => report);
  if (!others.every((report) => isDeepStrictEqual(report, first))) {
    throw new Error('two backtests of the same bars say different things');
  }
  const trades = (first as { trades: { pessimistic: readonly unknown[] } }).trades.pessimistic;
  console.log(
    `\nnovosky backtest over ${basename(data)}, ${trades.length} trades, each in a new process:\n`,
  );
  const row = (name: string, runs: readonly Run[], target: number) => {
    const seconds = runs.map(({ wallS }) => wallS);
    const verdict = quantile(seconds, 0.5) <= target ? 'met' : 'missed';
    const cpu = runs.map(({ cpuS }) => cpuS);
    return [name, spread(seconds, 2), spread(cpu, 2), `<= ${target} s: ${verdict}`];
  };
  printTable(
    ['full backtest', 's', 'processor s', 'target'],
    [
      row('with features and models', uncached, targets.uncachedS),
      row('probabilities cached', cached, targets.cachedS),
    ],
  );
}

function dataFile(): string {
  if (positionals[0] !== undefined) return positionals[0];
  const path = join(folder, 'generated.csv');
  writeGeneratedFile(path, { seed: 1, bars: bars - 16 * 672 });
  return path;
}

function backtest(data: string, cache: string): Run {
  const json = join(folder, 'report.json');
  const told = 'process.on("exit",()=>console.error("cpu "+JSON.stringify(process.cpuUsage())))';
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...['--import', `data:text/javascript,${told}`, join(distFolder(), 'main.js'), 'backtest'],
      ...['--data', data, '--symbol', 'BTCUSD', '--cache', cache, '--json', json],
    ],
    { encoding: 'utf8', cwd: join(import.meta.dirname, '..') },
  );
  const wallS = (performance.now() - started) / 1_000;
  if (status !== 0) throw new Error(`the backtest ended with ${status}: ${stderr}`);
  const { user, system } = JSON.parse(/cpu (\{.*\})/.exec(stderr)?.[1] ?? '');
  const { wallMs: _, generatedAt: __, ...report } = JSON.parse(readFileSync(json, 'utf8'));
  return { wallS, cpuS: (user + system) / 1e6, report };
}

import { describe, expect, test } from 'vitest';
import { anOutcome } from '../../../test/backtest-builder.ts';
import { randomBacktest } from '../../../test/random-backtest.ts';
import { epochMs } from '../../domain/units.ts';
import { backtestMetrics } from '../metrics/metrics.ts';
import type { BacktestOutcome } from '../outcome.ts';
import { changeText, groupedText } from './figure-text.ts';
import { backtestHtml } from './html.ts';
import { backtestJson } from './json.ts';
import { backtestSummary } from './terminal.ts';

const { outcome, bars } = randomBacktest({ days: 60, seed: 2 });
const metrics = backtestMetrics(outcome);
const stampAt = (generatedAtMs: number, wallMs: number) => ({
  generatedAtMs: epochMs(generatedAtMs),
  wallMs,
});

/** Every field, however deep, with its path. */
function fieldsOf(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, each]) => fieldsOf(each, `${path}/${key}`));
}

describe('the JSON of a backtest', () => {
  test('differs between two runs in its two volatile fields alone', () => {
    const [once, again] = [stampAt(0, 1), stampAt(86_400_000, 2)].map((stamp) => {
      const rerun = randomBacktest({ days: 60, seed: 2 }).outcome;
      return fieldsOf(JSON.parse(backtestJson(rerun, backtestMetrics(rerun), stamp)));
    });
    const differing = once?.filter(([, value], index) => value !== again?.[index]?.[1]);
    expect(differing?.map(([path]) => path)).toEqual(['/generatedAt', '/wallMs']);
    expect(once?.map(([path]) => path)).toEqual(again?.map(([path]) => path));
  });

  test('does not care in which order settings and reasons were found', () => {
    const turned = (record: Readonly<Record<string, number>>) =>
      Object.fromEntries(Object.entries(record).reverse());
    const { decisions, ...path } = outcome.pessimistic;
    const other: BacktestOutcome = {
      ...outcome,
      settings: Object.fromEntries(Object.entries(outcome.settings).reverse()),
      pessimistic: { ...path, decisions: { ...decisions, denied: turned(decisions.denied) } },
    };
    const stamp = stampAt(0, 0);
    expect(backtestJson(other, metrics, stamp)).toBe(backtestJson(outcome, metrics, stamp));
  });

  test('has figures as they are, trades of both paths, and null where there is none', () => {
    const report = JSON.parse(backtestJson(outcome, metrics, stampAt(0, 0)));
    const { winRate, sharpe } = metrics.pessimistic.headline;
    expect(report.figures.winRate.pessimistic).toBe(winRate);
    expect(report.figures.sharpe.pessimistic).toBe(sharpe);
    expect(report.trades.pessimistic).toHaveLength(outcome.pessimistic.trades.length);
    expect(report.trades.optimistic).toHaveLength(outcome.optimistic.trades.length);
    const empty = anOutcome();
    const nothing = JSON.parse(backtestJson(empty, backtestMetrics(empty), stampAt(0, 0)));
    expect(nothing.figures.winRate).toEqual({ pessimistic: null, optimistic: null });
    expect([nothing.modelHash, nothing.trainedUntil]).toEqual([null, null]);
  });
});

describe('the summary of a backtest', () => {
  const text = backtestSummary(outcome, metrics).join('\n');

  test('fits a line of 100 characters, whatever is said', () => {
    const inSample = { ...anOutcome(), isInSample: true };
    const lines = [
      ...backtestSummary(outcome, metrics),
      ...backtestSummary(inSample, backtestMetrics(inSample)),
    ];
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  test('begins with what is wrong', () => {
    const inSample = { ...anOutcome(), isInSample: true };
    const lines = backtestSummary(inSample, backtestMetrics(inSample));
    expect(lines[0]).toMatch(/IN-SAMPLE$/);
    expect(lines[1]).toMatch(/^! IN-SAMPLE: /);
    expect(lines.join(' ')).toContain('! TOO FEW TRADES TO SAY: 0');
  });

  test('says what both paths make of each month, kind of trade and decision', () => {
    const { pessimistic, optimistic } = metrics;
    const said = text.replace(/\n +/g, ' ');
    const returns = optimistic.months.map(({ monthReturn }) => changeText(monthReturn));
    const range = (low: string, high = '') => (low === high ? low : `${low} to ${high}`);
    for (const [index, { month, monthReturn }] of pessimistic.months.entries()) {
      expect(said).toContain(`${month} ${range(changeText(monthReturn), returns[index])}`);
    }
    for (const { kind, trades } of pessimistic.bySession) {
      const other = optimistic.bySession.find((row) => row.kind === kind)?.trades ?? 0;
      expect(said).toContain(`${kind} ${range(String(trades), String(other))} (`);
    }
    const entered = [outcome.pessimistic, outcome.optimistic].map((each) => each.decisions.entered);
    expect(said).toContain(`decisions entered ${range(String(entered[0]), String(entered[1]))}`);
  });

  test('has figures of both paths, months, closes and decisions', () => {
    const { winRate = 0 } = metrics.pessimistic.headline;
    expect(text).toContain(`${(100 * winRate).toFixed(1)} %`);
    expect(text).toMatch(/equity {2}[▁▂▃▄▅▆▇█]{40,}/);
    expect(text).toMatch(/^months {4}2023-01 [+−]/m);
    expect(text).toMatch(/^closes {4}TP_HIT \d+/m);
    expect(text).toContain('Deflated Sharpe ratio (N = 1)');
    expect(text).toMatch(/^decisions entered \d+/m);
    expect(text).toMatch(/Max drawdown \(MaxDD\) +\d+\.\d % +(\d+\.\d %|=)$/m);
  });
});

describe('the page of a backtest', () => {
  test('says what both paths make of each month, and of the results in R', () => {
    const html = backtestHtml({ outcome, metrics, bars, stamp: stampAt(0, 0) });
    for (const { months, rDistribution } of [metrics.pessimistic, metrics.optimistic]) {
      for (const { monthReturn } of months) expect(html).toContain(changeText(monthReturn));
      expect(html).toContain(`${groupedText(rDistribution.quantiles?.p50 ?? 0, 2)} R`);
    }
  });

  test('refers to nothing outside itself', () => {
    const html = backtestHtml({ outcome, metrics, bars, stamp: stampAt(0, 0) });
    expect(html).not.toMatch(/(src|href)\s*=\s*"?(?!data:|")/);
    expect(html).not.toMatch(/https?:|@import|url\(/);
    expect(html).toContain("default-src 'none'");
  });

  test('can be drawn where nothing was traded, and without bars', () => {
    const empty = anOutcome();
    const html = backtestHtml({
      outcome: empty,
      metrics: backtestMetrics(empty),
      bars: [],
      stamp: stampAt(0, 0),
    });
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
    expect(html).toContain('TOO FEW TRADES TO SAY');
  });
});

/** What is written of a sweep: a table, a page beside the results, JSON for programs. */
import { resolve } from 'node:path';
import type { SetResult } from '../backtest/sweep/set-player.ts';
import { sweepHtml } from '../backtest/sweep/sweep-html.ts';
import { sweepJson } from '../backtest/sweep/sweep-json.ts';
import { sweepReport } from '../backtest/sweep/sweep-report.ts';
import type { SweepStore } from '../backtest/sweep/sweep-store.ts';
import { epochMs } from '../domain/units.ts';
import type { Clock } from '../runtime/clock.ts';
import { writeWhole } from './backtest-output.ts';
import { backtestArguments } from './sweep-again.ts';
import type { SweepPlan } from './sweep-plan.ts';
import type { SweepOptions } from './sweep-run.ts';
import { sweepLines } from './sweep-text.ts';

/** @param startedAt reading of the clock */
export function writeSweep(
  { world, sets, account }: SweepPlan,
  store: SweepStore,
  {
    options,
    clock,
    startedAt,
  }: {
    readonly options: SweepOptions;
    readonly clock: Clock;
    readonly startedAt: number;
  },
): void {
  const { target, json } = options;
  const played = sets.map((set) => ({ ...set, result: store.result(set.key) as SetResult }));
  const report = sweepReport(world, {
    ...{ target, sets: played, tried: store.all() },
    baseKey: account.policy.hash,
    settings: account.settings,
  });
  const generatedAtMs = epochMs(Math.round(clock.now()));
  const stamp = { generatedAtMs, wallMs: Math.round(clock.elapsed() - startedAt) };
  const beside = (ending: string) => store.path.replace(/\.sqlite$/, `-${target}.${ending}`);
  const html = resolve(options.html ?? beside('html'));
  writeWhole(html, sweepHtml(report, stamp));
  // A surface is made to be drawn by another program.
  const drawn = target === 'surface' ? beside('json') : undefined;
  const file = typeof json === 'string' ? json : drawn;
  if (file !== undefined) writeWhole(resolve(file), sweepJson(report, stamp));
  const again = backtestArguments(options, report.rows[0]?.override ?? {});
  const written = [`page: ${html}`, ...(file === undefined ? [] : [`JSON: ${resolve(file)}`])];
  const lines = [...sweepLines(report, again), '', ...written];
  process.stdout.write(json === true ? sweepJson(report, stamp) : `${lines.join('\n')}\n`);
}

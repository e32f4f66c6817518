import { figureGroups } from '../metrics/figure-definitions.ts';
import type { Headline } from '../metrics/path-figures.ts';
import type { RunStamp } from '../report/run-stamp.ts';
import type { SweepReport } from './sweep-report.ts';
import type { SweepRow } from './sweep-rows.ts';
import { worseColumn } from './worse-column.ts';

/** Every set with all its figures, best Score first. Only `generatedAt` and `wallMs` differ between two runs. */
export function sweepJson(report: SweepReport, { generatedAtMs, wallMs }: RunStamp): string {
  const { symbol, target, fromMs, toMs, holdoutMs, tried, settings, surface } = report;
  const { bars, barsWithDetail } = report;
  const content = {
    ...{ symbol, target, from: moment(fromMs), to: moment(toMs), holdoutFrom: moment(holdoutMs) },
    ...{
      bars,
      barsWithDetail,
      tried,
      settings: Object.fromEntries(Object.entries(settings).toSorted()),
    },
    sets: report.rows.map((row) => setOf(row, report)),
    surface,
    generatedAt: moment(generatedAtMs),
    wallMs,
  };
  return `${JSON.stringify(content, (_key, value) => (value === undefined ? null : value), 2)}\n`;
}

function setOf({ rank, key, override, result, deflatedSharpe }: SweepRow, report: SweepReport) {
  const { pessimistic, optimistic } = result;
  const judgedBy = worseColumn(result);
  // Of its own, it would be one of one; here it is one of all that were tried.
  const deflated: Partial<Record<typeof judgedBy, number>> = { [judgedBy]: deflatedSharpe };
  const keys = figureGroups.flatMap(({ figures }) => figures.map((figure) => figure.key));
  const figure = (name: keyof Headline) => ({
    pessimistic: name === 'deflatedSharpe' ? deflated.pessimistic : pessimistic[name],
    optimistic: name === 'deflatedSharpe' ? deflated.optimistic : optimistic[name],
  });
  return {
    ...{ rank, isAsConfigured: key === report.baseKey, override, judgedBy },
    figures: Object.fromEntries(keys.map((name) => [name, figure(name)])),
  };
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString();
}

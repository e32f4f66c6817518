/** Decisions that were made again, as a person reads them. */
import { epochMs } from '../../domain/units.ts';
import { momentText } from '../../protocol/amount-text.ts';
import type { Difference } from '../../trade-log/difference.ts';
import { table } from '../table.ts';
import type { LayerResult } from './recompute.ts';
import { type DecisionReport, type Layer, layers } from './replay-layers.ts';

/** Differences that are told of one layer; a wrong input makes many others. */
const differencesShown = 12;

type Counts = {
  readonly decisions: number;
  readonly reasons: ReadonlyMap<string, number>;
  of(layer: Layer, outcome: LayerResult['outcome']): number;
};

/** One decision, layer by layer. */
export function reportLines(report: DecisionReport): readonly string[] {
  const results = layers.map((layer) => [layer, report.layers[layer]] as const);
  const isDifferent = results.some(([, { outcome }]) => outcome === 'different');
  const unchecked = results.filter(([, { outcome }]) => outcome === 'not-checkable');
  const but =
    unchecked.length === 0
      ? ''
      : `, as far as it can be checked (${unchecked.map(([layer]) => layer).join(', ')} cannot)`;
  return [
    headline(report),
    ...table(results.map(([layer, result]) => [layer, outcomeText(result), whatText(result)])).map(
      (line) => `  ${line}`,
    ),
    ...unrecordedLines(report.layers.decision),
    ...results.flatMap(([, result]) => differenceLines(result)),
    isDifferent ? 'it differs from what was recorded' : `the same, bit for bit${but}`,
  ];
}

/** Only what differs. */
export function differenceText(report: DecisionReport): readonly string[] {
  return [headline(report), ...layers.flatMap((layer) => differenceLines(report.layers[layer]))];
}

export function summaryLines(counts: Counts): readonly string[] {
  const { decisions, reasons } = counts;
  const outcomes = ['equal', 'different', 'not-checkable'] as const;
  const rows = layers.map((layer) => [
    layer,
    ...outcomes.map((outcome) => String(counts.of(layer, outcome))),
  ]);
  return [
    `${decisions} decisions made again`,
    ...table([['layer', 'equal', 'different', 'not checkable'], ...rows]),
    ...[...reasons].map(([reason, times]) => `not checkable, ${times} times: ${reason}`),
  ];
}

function headline({ account, decision, bar, verdict, orderId }: DecisionReport): string {
  const order = orderId === null ? '' : `, order ${orderId}`;
  return `${account} ${decision}, bar ${momentText(epochMs(Date.parse(bar)))} UTC: ${verdict}${order}`;
}

function outcomeText({ outcome }: LayerResult): string {
  return outcome === 'not-checkable' ? 'not checkable' : outcome;
}

function whatText(result: LayerResult): string {
  switch (result.outcome) {
    case 'equal':
      return result.what;
    case 'different':
      return `${result.differences.length} of its numbers`;
    case 'not-checkable':
      return result.reason;
  }
}

function unrecordedLines(result: LayerResult): readonly string[] {
  if (result.outcome !== 'equal' || result.unrecorded === undefined) return [];
  return [`  not kept by the program that recorded it: ${result.unrecorded.join(', ')}`];
}

function differenceLines(result: LayerResult): readonly string[] {
  if (result.outcome !== 'different') return [];
  const { differences } = result;
  const more = differences.length - differencesShown;
  return [
    ...differences.slice(0, differencesShown).map(differenceLine),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

function differenceLine({ path, recorded, recomputed }: Difference): string {
  return `    ${path}: recorded ${valueText(recorded)}, computed now ${valueText(recomputed)}`;
}

/** Numbers with all their digits. */
function valueText(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

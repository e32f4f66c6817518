import type { Decision } from '../engine/dashboard-store.ts';

const barsShown = 50;
const tones = {
  entered: 'bg-gain',
  denied: 'bg-warn',
  held: 'bg-edge',
} as const satisfies Record<Decision['verdict'], string>;

/** The last bars of one account at a glance: as high as the model was sure, in the colour of what came of it. */
export function DecisionRibbon({ decisions }: { decisions: readonly Decision[] }) {
  const shown = decisions.slice(-barsShown);
  const count = (verdict: Decision['verdict']) =>
    shown.filter((decision) => decision.verdict === verdict).length;
  return (
    <div
      role="img"
      aria-label={`Last ${shown.length} bars: ${count('entered')} entered, ${count('denied')} denied, ${count('held')} held`}
      className="flex h-6 items-end justify-end gap-0.5 border-b border-line px-4"
    >
      {shown.map(({ trace, verdict, confidence }) => (
        <span
          key={trace}
          className={`max-w-3 flex-1 rounded-t-xs ${tones[verdict]}`}
          style={{ height: `${heightOf(confidence)}%` }}
        />
      ))}
    </div>
  );
}

/** Three classes: a third is no opinion at all, two thirds are a strong one. */
function heightOf(confidence: number): number {
  if (!Number.isFinite(confidence)) return 8;
  return Math.min(100, Math.max(8, (confidence - 1 / 3) * 300));
}

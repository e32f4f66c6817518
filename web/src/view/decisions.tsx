import { memo, useState } from 'react';
import type { Decision } from '../engine/dashboard-store.ts';
import { useDashboard } from '../engine/use-dashboard.ts';
import { figure, moment, percent } from './format.ts';
import { newestDecisions } from './newest-decisions.ts';
import { Empty, Panel } from './panel.tsx';
import { verdictTone } from './tone.ts';

/** What the accounts made of the last bars, newest first, and why. */
export function Decisions() {
  const decisions = useDashboard((state) => state.fleet?.decisions);
  const selected = useDashboard((state) => state.selected);
  const [showsHeld, setShowsHeld] = useState(true);
  const rows = newestDecisions(decisions ?? {}, { account: selected, showsHeld });
  return (
    <Panel
      title="Last decisions"
      aside={
        <label className="flex min-h-9 items-center gap-2 text-sm text-muted">
          <input
            type="checkbox"
            checked={showsHeld}
            onChange={(event) => setShowsHeld(event.target.checked)}
            className="size-4 accent-live"
          />
          Held bars too
        </label>
      }
    >
      {rows.length === 0 ? (
        <Empty>No decision yet. The first comes with the next closed bar.</Empty>
      ) : (
        <ol className="scroll-quiet max-h-[28rem] divide-y divide-line/60 overflow-y-auto text-sm sm:max-h-[52rem]">
          {rows.map(({ account, decision }) => (
            <Row key={`${account} ${decision.trace}`} account={account} decision={decision} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

const Row = memo(function Row({ account, decision }: { account: string; decision: Decision }) {
  const { at, trace, verdict, side } = decision;
  return (
    <li className="grid animate-arrive grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 px-4 py-2 sm:grid-cols-[6rem_9rem_4.5rem_minmax(0,1fr)_12rem]">
      <time dateTime={new Date(at).toISOString()} className="whitespace-nowrap text-muted">
        {moment(at)}
      </time>
      <span className="truncate text-right font-mono text-xs text-soft sm:text-left">
        {account}
      </span>
      <span className={`font-medium ${verdictTone[verdict]}`}>{verdict}</span>
      <span className="col-span-2 text-soft max-sm:order-last sm:col-span-1">
        <Reason decision={decision} />
      </span>
      <Confidence symbol={trace.split('/')[0] ?? ''} side={side} decision={decision} />
    </li>
  );
});

function Reason({ decision: { verdict, denial, gap } }: { decision: Decision }) {
  if (denial === undefined) {
    return (
      <span className="text-muted">{verdict === 'held' ? 'no signal' : `gap ${percent(gap)}`}</span>
    );
  }
  const { limit, observed, allowed } = denial;
  return (
    <>
      {limit}{' '}
      <span className="text-muted">
        {figure(observed)}, allowed {figure(allowed)}
      </span>
    </>
  );
}

function Confidence(props: { symbol: string; side: Decision['side']; decision: Decision }) {
  const { confidence } = props.decision;
  const share = Number.isFinite(confidence) ? Math.min(1, Math.max(0, confidence)) : 0;
  return (
    <span className="flex items-center justify-end gap-2 text-xs text-muted">
      <span className="whitespace-nowrap">
        {props.symbol} {props.side}
      </span>
      <span className="h-1 w-10 overflow-hidden rounded-full bg-line" aria-hidden="true">
        <span className="block h-full rounded-full bg-soft" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="w-10 text-right whitespace-nowrap text-soft">{percent(confidence)}</span>
    </span>
  );
}

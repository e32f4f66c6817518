import { memo } from 'react';
import type { AccountEvent } from '../engine/dashboard-store.ts';
import { useDashboard } from '../engine/use-dashboard.ts';
import { eventText } from './event-text.ts';
import { moment } from './format.ts';
import { Empty, Panel } from './panel.tsx';

const rowsMax = 60;

/** What the accounts tell, newest first. */
export function EventFeed() {
  const feed = useDashboard((state) => state.fleet?.feed);
  const selected = useDashboard((state) => state.selected);
  const events = (feed ?? [])
    .filter(({ account }) => selected === undefined || account === selected)
    .slice(-rowsMax)
    .reverse();
  return (
    <Panel title="Events">
      {events.length === 0 ? (
        <Empty>Quiet. Signals, orders and closes appear here.</Empty>
      ) : (
        <ol className="scroll-quiet max-h-[26rem] divide-y divide-line/60 overflow-y-auto text-sm">
          {events.map((event) => (
            <Row key={keyOf(event)} event={event} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

/** Events have no number of their own; one account tells two of the same kind in one moment about different things. */
function keyOf(event: AccountEvent): string {
  return JSON.stringify(event);
}

const Row = memo(function Row({ event }: { event: AccountEvent }) {
  const { word, tone, text } = eventText(event);
  return (
    <li className="animate-arrive px-4 py-2">
      <p className="flex justify-between gap-3 text-xs text-muted">
        <span className="truncate font-mono">{event.account}</span>
        {event.at > 0 && ( // 0: the account has seen no quote yet
          <time dateTime={new Date(event.at).toISOString()} className="shrink-0">
            {moment(event.at)}
          </time>
        )}
      </p>
      <p className="break-words text-soft">
        <span className={`font-medium ${tone}`}>{word}</span> {text}
      </p>
    </li>
  );
});

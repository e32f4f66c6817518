import { useDashboard } from '../engine/use-dashboard.ts';
import { moment } from './format.ts';
import { Panel } from './panel.tsx';

const rowsMax = 8;

/** What had to be started again, and why. Not there while nothing had to be. */
export function Restarts() {
  const restarts = useDashboard((state) => state.fleet?.restarts);
  if (restarts === undefined || restarts.length === 0) return null;
  return (
    <Panel title="Restarts">
      <ol className="divide-y divide-line/60 text-sm">
        {restarts
          .slice(-rowsMax)
          .reverse()
          .map(({ actor, reason, at }) => (
            <li key={`${actor} ${at}`} className="px-4 py-2">
              <p className="flex justify-between gap-3 text-xs text-muted">
                <span className="truncate font-mono text-soft">{actor}</span>
                <time dateTime={new Date(at).toISOString()} className="shrink-0">
                  {moment(at)}
                </time>
              </p>
              <p className="break-words text-muted">{reason}</p>
            </li>
          ))}
      </ol>
    </Panel>
  );
}

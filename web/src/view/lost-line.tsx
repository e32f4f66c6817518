import { useDashboard, useLink } from '../engine/use-dashboard.ts';
import { Button } from './button.tsx';

/** Says that what is shown is old, as long as the line is broken. */
export function LostLine() {
  const connection = useDashboard((state) => state.connection);
  const link = useLink();
  if (connection.state === 'live') return null;
  return (
    <div role="alert" className="border-b border-warn/30 bg-warn/10">
      <div className="mx-auto flex max-w-[110rem] flex-wrap items-center justify-between gap-2 px-4 py-2 text-sm text-warn lg:px-6">
        <p>
          No line to the engine
          {connection.state === 'lost' && ` (${connection.reason})`}: this is what was last known.
          The engine trades on without this page.
        </p>
        <Button onClick={() => link.retry()} disabled={connection.state !== 'lost'}>
          Try now
        </Button>
      </div>
    </div>
  );
}

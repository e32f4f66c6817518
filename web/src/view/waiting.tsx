import type { Connection } from '../engine/dashboard-store.ts';
import { useLink } from '../engine/use-dashboard.ts';
import { Button } from './button.tsx';
import { Mark } from './mark.tsx';

/** Before the first snapshot, or when there will be none. */
export function Waiting({ connection }: { connection: Connection }) {
  const link = useLink();
  return (
    <main className="grid min-h-dvh place-items-center p-4 text-center">
      <div role="status" className="max-w-sm">
        <Mark className="mx-auto size-10 animate-beat text-live" />
        <p className="mt-6 text-text">{headline(connection)}</p>
        <p className="mt-2 text-sm text-muted">{explanation(connection)}</p>
        <div className="mt-6 flex justify-center gap-2">
          {connection.state === 'lost' && <Button onClick={() => link.retry()}>Try now</Button>}
          {connection.state === 'mismatch' && (
            <Button onClick={() => window.location.reload()}>Load the page again</Button>
          )}
          <Button onClick={() => link.signOut()}>Use another token</Button>
        </div>
      </div>
    </main>
  );
}

function headline({ state }: Connection): string {
  if (state === 'mismatch') return 'This page and the engine do not understand each other.';
  return state === 'lost' ? 'The engine does not answer.' : 'Connecting to the engine…';
}

function explanation(connection: Connection): string {
  if (connection.state === 'mismatch') {
    return `The engine was probably updated (${connection.reason}).`;
  }
  if (connection.state !== 'lost') return 'One moment.';
  return `${connection.reason}. The next try is in ${connection.retryMs / 1_000} s.`;
}

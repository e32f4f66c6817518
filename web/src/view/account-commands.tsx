import { useState } from 'react';
import type { Account } from '../engine/dashboard-store.ts';
import { useDashboard, useLink } from '../engine/use-dashboard.ts';
import { Button } from './button.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';

/** Pause or resume at once; flatten only after a second word. */
export function AccountCommands({ account: { id, state, positions } }: { account: Account }) {
  const link = useLink();
  const isLive = useDashboard(({ connection }) => connection.state === 'live');
  const isBusy = useDashboard(({ underWay }) =>
    Object.values(underWay).some(({ target }) => target === id),
  );
  const [asks, setAsks] = useState(false);
  const isStopped = state === 'paused' || state === 'halted';
  const owned = positions.filter(({ isOwned }) => isOwned).length;
  return (
    <>
      <Button
        disabled={!isLive || isBusy}
        aria-label={`${isStopped ? 'Resume' : 'Pause'} ${id}`}
        onClick={() => link.command(isStopped ? 'resume' : 'pause', id)}
      >
        {isStopped ? 'Resume' : 'Pause'}
      </Button>
      <Button
        tone="danger"
        disabled={!isLive || isBusy}
        aria-label={`Flatten ${id}`}
        onClick={() => setAsks(true)}
      >
        Flatten
      </Button>
      <span aria-live="polite" className="ml-auto text-xs text-muted">
        {isBusy && 'Sent, waiting…'}
      </span>
      {asks && (
        <ConfirmDialog
          title={`Flatten ${id}?`}
          confirm="Flatten"
          onConfirm={() => link.command('flatten', id)}
          onClose={() => setAsks(false)}
        >
          {owned === 0
            ? 'It holds nothing of its own now.'
            : `Closes ${held(owned)} at the market.`}{' '}
          The account is paused afterwards.
        </ConfirmDialog>
      )}
    </>
  );
}

function held(count: number): string {
  return count === 1 ? 'its open position' : `its ${count} open positions`;
}

import { useState } from 'react';
import type { Account } from '../engine/dashboard-store.ts';
import { useDashboard, useLink } from '../engine/use-dashboard.ts';
import { Button } from './button.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';

/** What is asked twice: it costs money, or only a person can take it back. */
type Grave = 'flatten' | 'halt' | 'revive';

const labels = {
  flatten: 'Flatten',
  halt: 'Halt',
  revive: 'Revive',
} as const satisfies Record<Grave, string>;

/** Pause or resume at once; whatever is grave only after a second word. */
export function AccountCommands({ account }: { account: Account }) {
  const { id, state } = account;
  const link = useLink();
  const isLive = useDashboard(({ connection }) => connection.state === 'live');
  const isBusy = useDashboard(({ underWay }) =>
    Object.values(underWay).some(({ target }) => target === id),
  );
  const [asked, setAsked] = useState<Grave>();
  const disabled = !isLive || isBusy;
  const pausing = state === 'paused' ? 'Resume' : 'Pause';
  const isHalted = state === 'halted';
  const grave = (command: Grave) => (
    <Button
      tone={command === 'revive' ? 'quiet' : 'danger'}
      disabled={disabled}
      aria-label={`${labels[command]} ${id}`}
      onClick={() => setAsked(command)}
    >
      {labels[command]}
    </Button>
  );
  return (
    <>
      {isHalted ? (
        grave('revive')
      ) : (
        <Button
          disabled={disabled}
          aria-label={`${pausing} ${id}`}
          onClick={() => link.command(pausing === 'Resume' ? 'resume' : 'pause', id)}
        >
          {pausing}
        </Button>
      )}
      {grave('flatten')}
      {!isHalted && grave('halt')}
      <span aria-live="polite" className="ml-auto text-xs text-muted">
        {isBusy && 'Sent, waiting…'}
      </span>
      {asked !== undefined && (
        <ConfirmDialog
          title={`${labels[asked]} ${id}?`}
          confirm={labels[asked]}
          onConfirm={() => link.command(asked, id)}
          onClose={() => setAsked(undefined)}
        >
          {consequence(asked, account)}
        </ConfirmDialog>
      )}
    </>
  );
}

function consequence(command: Grave, { positions }: Account): string {
  const owned = positions.filter(({ isOwned }) => isOwned).length;
  switch (command) {
    case 'flatten':
      return `${owned === 0 ? 'It holds nothing of its own now.' : `Closes ${held(owned)} at the market.`} The account is paused afterwards.`;
    case 'halt':
      return `It enters nothing until somebody revives it; what it holds stays behind its stops. When every account is halted and flat, the engine ends.`;
    case 'revive':
      return 'It enters again from the next bar on. Be sure that what halted it is over.';
  }
}

function held(count: number): string {
  return count === 1 ? 'its open position' : `its ${count} open positions`;
}

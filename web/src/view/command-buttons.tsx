import { useState } from 'react';
import type { CommandName } from '../../../src/protocol/message.ts';
import type { Account } from '../engine/dashboard-store.ts';
import { useDashboard, useLink } from '../engine/use-dashboard.ts';
import { Button } from './button.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';

type Said = Exclude<CommandName, 'restart'>;
/** What is asked twice: it costs money, or only a person can take it back. */
export type Grave = 'flatten' | 'halt' | 'kill' | 'revive';

const labels = {
  pause: 'Pause',
  reduce: 'Reduce',
  resume: 'Resume',
  flatten: 'Flatten',
  halt: 'Halt',
  kill: 'Kill',
  revive: 'Revive',
} as const satisfies Record<Said, string>;

const offered = {
  active: ['pause', 'reduce', 'flatten', 'halt', 'kill'],
  paused: ['resume', 'reduce', 'flatten', 'halt', 'kill'],
  reducing: ['resume', 'pause', 'flatten', 'halt', 'kill'],
  halted: ['revive', 'flatten', 'kill'],
} as const satisfies Record<Account['state'], readonly Said[]>;

/** What can be said to an account or to the fleet in its state: the mild at once, the grave only after a second word. */
export function CommandButtons(props: {
  target: string;
  /** As the buttons call it. */
  name: string;
  state: Account['state'];
  consequence: (command: Grave) => string;
}) {
  const { target, name, state, consequence } = props;
  const link = useLink();
  const isLive = useDashboard(({ connection }) => connection.state === 'live');
  const isBusy = useDashboard(({ underWay }) =>
    Object.values(underWay).some((order) => order.target === target),
  );
  const [asked, setAsked] = useState<Grave>();
  return (
    <>
      {offered[state].map((command) => (
        <Button
          key={command}
          tone={isDangerous(command) ? 'danger' : 'quiet'}
          disabled={!isLive || isBusy}
          aria-label={`${labels[command]} ${name}`}
          onClick={() => (isGrave(command) ? setAsked(command) : link.command(command, target))}
        >
          {labels[command]}
        </Button>
      ))}
      <span aria-live="polite" className="ml-auto text-xs text-muted">
        {isBusy && 'Sent, waiting…'}
      </span>
      {asked !== undefined && (
        <ConfirmDialog
          title={`${labels[asked]} ${name}?`}
          confirm={labels[asked]}
          onConfirm={() => link.command(asked, target)}
          onClose={() => setAsked(undefined)}
        >
          {consequence(asked)}
        </ConfirmDialog>
      )}
    </>
  );
}

function isGrave(command: Said): command is Grave {
  return command === 'revive' || isDangerous(command);
}

function isDangerous(command: Said): boolean {
  return command === 'flatten' || command === 'halt' || command === 'kill';
}

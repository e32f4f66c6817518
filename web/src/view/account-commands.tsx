import type { Account } from '../engine/dashboard-store.ts';
import { CommandButtons, type Grave } from './command-buttons.tsx';

export function AccountCommands({ account }: { account: Account }) {
  const { id, state } = account;
  return (
    <CommandButtons
      target={id}
      name={id}
      state={state}
      consequence={(command) => consequence(command, account)}
    />
  );
}

function consequence(command: Grave, { positions }: Account): string {
  const owned = positions.filter(({ isOwned }) => isOwned).length;
  const closes =
    owned === 0 ? 'It holds nothing of its own now.' : `Closes ${held(owned)} at the market.`;
  switch (command) {
    case 'flatten':
      return `${closes} The account is paused afterwards.`;
    case 'kill':
      return `${closes} It enters nothing until somebody revives it.`;
    case 'halt':
      return `It enters nothing until somebody revives it; what it holds stays behind its stops. When every account is halted and flat, the engine ends.`;
    case 'revive':
      return 'It enters again from the next bar on. Be sure that what halted it is over.';
  }
}

function held(count: number): string {
  return count === 1 ? 'its open position' : `its ${count} open positions`;
}

import { useDashboard } from '../engine/use-dashboard.ts';
import { CommandCentre } from './command-centre.tsx';
import { Notices } from './notices.tsx';
import { SignIn } from './sign-in.tsx';
import { Waiting } from './waiting.tsx';

export function App() {
  return (
    <>
      <Room />
      <Notices />
    </>
  );
}

function Room() {
  const connection = useDashboard((state) => state.connection);
  const isKnown = useDashboard((state) => state.fleet !== undefined);
  if (connection.state === 'signed-out') return <SignIn reason={connection.reason} />;
  if (isKnown && connection.state !== 'mismatch') return <CommandCentre />;
  return <Waiting connection={connection} />;
}

import { useDashboard } from '../engine/use-dashboard.ts';
import { AccountCard } from './account-card.tsx';
import { AccountFilter } from './account-filter.tsx';
import { Decisions } from './decisions.tsx';
import { EventFeed } from './event-feed.tsx';
import { FleetCommands } from './fleet-commands.tsx';
import { FleetHeader } from './fleet-header.tsx';
import { LostLine } from './lost-line.tsx';
import { Empty } from './panel.tsx';
import { Positions } from './positions.tsx';
import { Restarts } from './restarts.tsx';
import { SupervisionTree } from './supervision-tree.tsx';

/** The one room: the fleet above, its accounts, then what they hold, decided and told, and the engine's own health. */
export function CommandCentre() {
  const isLive = useDashboard((state) => state.connection.state === 'live');
  return (
    <>
      <FleetHeader />
      <LostLine />
      <main
        className={`mx-auto grid max-w-[110rem] gap-4 p-4 transition-opacity lg:p-6 ${isLive ? '' : 'opacity-75'}`}
      >
        <FleetCommands />
        <Accounts />
        <AccountFilter />
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
          <div className="grid min-w-0 gap-4">
            <Positions />
            <Decisions />
          </div>
          <div className="grid min-w-0 gap-4 md:grid-cols-2 xl:grid-cols-1">
            <EventFeed />
            <div className="grid content-start gap-4">
              <SupervisionTree />
              <Restarts />
            </div>
          </div>
        </div>
      </main>
    </>
  );
}

function Accounts() {
  const accounts = useDashboard((state) => state.fleet?.accounts ?? none);
  if (accounts.length === 0) {
    return (
      <section aria-label="Accounts" className="rounded-xl border border-dashed border-edge">
        <Empty>No account has started yet. They appear here as they come up.</Empty>
      </section>
    );
  }
  return (
    <section
      aria-label="Accounts"
      className="grid gap-4 [grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr))]"
    >
      {accounts.map((account) => (
        <AccountCard key={account.id} account={account} />
      ))}
    </section>
  );
}

const none = [] as const;

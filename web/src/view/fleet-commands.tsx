import { fleetOrderText } from '../../../src/protocol/fleet-order-text.ts';
import { wholeFleet } from '../../../src/protocol/message.ts';
import { useDashboard } from '../engine/use-dashboard.ts';
import { CommandButtons, type Grave } from './command-buttons.tsx';
import { stateTone } from './tone.ts';

/** What holds for the whole fleet, and the hand on all brakes at once. */
export function FleetCommands() {
  const order = useDashboard((state) => state.fleet?.order);
  const state = order?.state ?? 'active';
  return (
    <section
      aria-label="Fleet"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl border border-line bg-panel px-4 py-3"
    >
      <p className="mr-auto flex items-center gap-2 text-sm">
        <span className={`size-1.5 rounded-full ${stateTone[state].dot}`} aria-hidden="true" />
        <span className={stateTone[state].text}>
          {order === undefined ? 'Every account is what it is by itself' : fleetOrderText(order)}
        </span>
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <CommandButtons
          target={wholeFleet}
          name="the fleet"
          state={state}
          consequence={consequence}
        />
      </div>
    </section>
  );
}

function consequence(command: Grave): string {
  switch (command) {
    case 'flatten':
      return 'Closes every position of ours at the market, in every account, and pauses them.';
    case 'kill':
      return 'Closes every position of ours at the market, in every account and in whoever joins later, and enters nothing until somebody revives the fleet. When all are halted and flat, the engine ends.';
    case 'halt':
      return 'No account enters anything, also none that joins later, until somebody revives the fleet; what is open stays behind its stops.';
    case 'revive':
      return 'The order to the fleet is taken back. An account that was halted by itself stays halted.';
  }
}

import type { FleetSnapshot } from '../../../src/protocol/fleet.ts';
import type { Connection } from '../engine/dashboard-store.ts';
import { useDashboard, useLink } from '../engine/use-dashboard.ts';
import { type CurrencyTotal, currencyTotals } from './currency-totals.ts';
import { amount, day, figure, result, timeOfDay } from './format.ts';
import { Mark } from './mark.tsx';
import { resultTone } from './tone.ts';

/** The fleet in one line: what time it is in the market, what all accounts are worth, whether we are connected. */
export function FleetHeader() {
  const engine = useDashboard((state) => state.fleet?.engine);
  const accounts = useDashboard((state) => state.fleet?.accounts);
  const connection = useDashboard((state) => state.connection);
  const link = useLink();
  return (
    <header className="top-0 z-10 sm:sticky border-b border-line bg-void/85 backdrop-blur">
      <div className="mx-auto flex max-w-[110rem] flex-wrap items-center gap-x-8 gap-y-3 px-4 py-3 lg:px-6">
        <div className="flex items-center gap-2.5 text-live">
          <Mark />
          <h1 className="font-semibold tracking-[0.2em] text-text">NOVOSKY</h1>
        </div>
        <div className="order-3 grid w-full grid-cols-2 items-end gap-x-8 gap-y-3 sm:order-none sm:flex sm:w-auto sm:flex-1 sm:flex-wrap">
          {engine && <MarketTime engine={engine} />}
          {currencyTotals(accounts ?? []).map((total) => (
            <Total key={total.currency} total={total} />
          ))}
        </div>
        <div className="ml-auto flex items-center gap-4">
          <Line connection={connection} />
          <button
            type="button"
            onClick={() => link.signOut()}
            className="min-h-9 text-sm text-muted hover:text-text"
          >
            Sign out
          </button>
        </div>
      </div>
    </header>
  );
}

function MarketTime({ engine: { marketTime, mode, speed } }: { engine: FleetSnapshot['engine'] }) {
  return (
    <div className="max-sm:col-span-2">
      <p className="eyebrow">
        Market time, UTC
        <span className={`ml-2 ${mode === 'live' ? 'text-live' : 'text-soft'}`}>
          {mode}
          {speed !== undefined && ` ×${figure(speed)}`}
        </span>
      </p>
      <p className="text-lg leading-tight">
        {marketTime === undefined ? (
          <span className="text-muted">before the first bar</span>
        ) : (
          <time dateTime={new Date(marketTime).toISOString()}>
            <span className="font-medium">{timeOfDay(marketTime)}</span>{' '}
            <span className="text-sm text-muted">{day(marketTime)}</span>
          </time>
        )}
      </p>
    </div>
  );
}

function Total({ total: { currency, equity, dayResult } }: { total: CurrencyTotal }) {
  return (
    <div>
      <p className="eyebrow">Equity, {currency}</p>
      <p className="text-lg leading-tight">
        <span className="font-medium">{amount(equity)}</span>{' '}
        <span className={`text-sm max-sm:block ${resultTone(dayResult)}`}>
          {result(dayResult)} today
        </span>
      </p>
    </div>
  );
}

const lines = {
  live: { text: 'Live', dot: 'bg-gain animate-beat' },
  connecting: { text: 'Connecting', dot: 'bg-warn' },
  lost: { text: 'Reconnecting', dot: 'bg-warn animate-beat' },
  mismatch: { text: 'Not understood', dot: 'bg-stop' },
  'signed-out': { text: 'Signed out', dot: 'bg-muted' },
} as const satisfies Record<Connection['state'], { text: string; dot: string }>;

function Line({ connection }: { connection: Connection }) {
  const { text, dot } = lines[connection.state];
  return (
    <p role="status" className="flex items-center gap-2 text-sm text-soft">
      <span className={`size-2 rounded-full ${dot}`} aria-hidden="true" />
      {text}
    </p>
  );
}

import type { Account, Position } from '../engine/dashboard-store.ts';
import { useDashboard } from '../engine/use-dashboard.ts';
import { figure, result } from './format.ts';
import { Empty, Panel } from './panel.tsx';
import { resultTone } from './tone.ts';

type Row = { readonly account: Account; readonly position: Position };

/** Everything that is open at the brokers: a table where there is room, a list on a phone. */
export function Positions() {
  const accounts = useDashboard((state) => state.fleet?.accounts);
  const selected = useDashboard((state) => state.selected);
  const rows = (accounts ?? [])
    .filter(({ id }) => selected === undefined || id === selected)
    .flatMap((account) => account.positions.map((position) => ({ account, position })));
  return (
    <Panel title="Open positions" aside={<span className="text-sm text-muted">{rows.length}</span>}>
      {rows.length === 0 ? (
        <Empty>Flat. Nothing is open at any broker.</Empty>
      ) : (
        <>
          <Table rows={rows} />
          <List rows={rows} />
        </>
      )}
    </Panel>
  );
}

function keyOf({ account, position }: Row): string {
  return `${account.id} ${position.ticket}`;
}

function Table({ rows }: { rows: readonly Row[] }) {
  return (
    <table className="hidden w-full text-sm sm:table">
      <thead className="text-left text-xs text-muted [&_th]:px-2 [&_th]:py-2 [&_th]:font-normal [&_th:first-child]:pl-4 [&_th:last-child]:pr-4">
        <tr>
          <th scope="col">Account</th>
          <th scope="col">Position</th>
          <th scope="col" className="text-right">
            Entry
          </th>
          <th scope="col" className="text-right">
            Stop loss
          </th>
          <th scope="col" className="text-right">
            Take profit
          </th>
          <th scope="col" className="text-right">
            Profit
          </th>
        </tr>
      </thead>
      <tbody className="[&_td]:border-t [&_td]:border-line/60 [&_td]:px-2 [&_td]:py-2 [&_td:first-child]:pl-4 [&_td:last-child]:pr-4">
        {rows.map((row) => (
          <TableRow key={keyOf(row)} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function TableRow({ row: { account, position } }: { row: Row }) {
  const { entry, takeProfit, profit } = position;
  return (
    <tr>
      <td className="font-mono text-xs text-soft">{account.id}</td>
      <td>
        <What position={position} />
      </td>
      <td className="text-right">{figure(entry)}</td>
      <td className="text-right">
        <StopLoss position={position} />
      </td>
      <td className="text-right text-soft">
        {takeProfit === undefined ? '–' : figure(takeProfit)}
      </td>
      <td className={`text-right font-medium ${resultTone(profit)}`}>
        {result(profit)} <span className="text-xs font-normal text-muted">{account.currency}</span>
      </td>
    </tr>
  );
}

function List({ rows }: { rows: readonly Row[] }) {
  return (
    <ul className="divide-y divide-line/60 sm:hidden">
      {rows.map((row) => (
        <ListItem key={keyOf(row)} row={row} />
      ))}
    </ul>
  );
}

function ListItem({ row: { account, position } }: { row: Row }) {
  const { entry, takeProfit, profit } = position;
  return (
    <li className="grid gap-1 px-4 py-3 text-sm">
      <div className="flex justify-between gap-3">
        <What position={position} />
        <span className={`font-medium ${resultTone(profit)}`}>
          {result(profit)}{' '}
          <span className="text-xs font-normal text-muted">{account.currency}</span>
        </span>
      </div>
      <p className="font-mono text-xs text-muted">{account.id}</p>
      <p className="flex flex-wrap gap-x-4 text-xs text-muted">
        <span>
          in <span className="text-soft">{figure(entry)}</span>
        </span>
        <span>
          SL <StopLoss position={position} />
        </span>
        <span>
          TP{' '}
          <span className="text-soft">{takeProfit === undefined ? '–' : figure(takeProfit)}</span>
        </span>
      </p>
    </li>
  );
}

function What({ position: { side, lots, symbol, isOwned } }: { position: Position }) {
  return (
    <span className="whitespace-nowrap">
      <span className="text-soft">{side === 'buy' ? '▲ buy' : '▼ sell'}</span> {figure(lots)}{' '}
      {symbol}
      {!isOwned && (
        <span className="ml-2 rounded border border-edge px-1 text-2xs text-muted">foreign</span>
      )}
    </span>
  );
}

/** A position of ours without a stop is the one thing that must never be, so it is said in red. */
function StopLoss({ position: { stopLoss, isOwned } }: { position: Position }) {
  if (stopLoss !== undefined) return <span className="text-soft">{figure(stopLoss)}</span>;
  return <span className={isOwned ? 'font-semibold text-stop' : 'text-muted'}>no stop</span>;
}

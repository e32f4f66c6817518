import { memo } from 'react';
import type { Account, Denial } from '../engine/dashboard-store.ts';
import { useDashboard } from '../engine/use-dashboard.ts';
import { AccountCommands } from './account-commands.tsx';
import { DecisionRibbon } from './decision-ribbon.tsx';
import { amount, figure, result, signedPercent } from './format.ts';
import { Sparkline } from './sparkline.tsx';
import { resultTone, stateTone } from './tone.ts';

/** One account: what it is worth, how it got there, what holds it back, and the hand on its brake. */
export const AccountCard = memo(function AccountCard({ account }: { account: Account }) {
  const equity = useDashboard((state) => state.fleet?.equity[account.id]);
  const decisions = useDashboard((state) => state.fleet?.decisions[account.id]);
  const titleId = `account-${account.id}`;
  return (
    <article
      aria-labelledby={titleId}
      className="flex flex-col overflow-hidden rounded-xl border border-line bg-panel bg-linear-to-b from-white/[0.025] to-transparent to-30%"
    >
      <header className="flex items-center justify-between gap-3 px-4 pt-3.5">
        <h2 id={titleId} className="truncate font-mono text-sm text-text">
          {account.id}
        </h2>
        <State account={account} />
      </header>
      <Worth account={account} />
      <Sparkline points={equity ?? none} start={account.startingBalance} />
      <DecisionRibbon decisions={decisions ?? none} />
      <Standing account={account} />
      <footer className="mt-auto flex flex-wrap items-center gap-2 border-t border-line px-4 py-3">
        <AccountCommands account={account} />
      </footer>
    </article>
  );
});

const none = [] as const;

function State({ account: { state, epoch } }: { account: Account }) {
  const { text, dot } = stateTone[state];
  return (
    <p className="flex shrink-0 items-center gap-2 text-2xs font-semibold tracking-wider uppercase">
      {epoch > 1 && (
        <span className="font-normal tracking-normal text-muted normal-case">life {epoch}</span>
      )}
      <span className={`size-1.5 rounded-full ${dot}`} aria-hidden="true" />
      <span className={text}>{state}</span>
    </p>
  );
}

function Worth({ account }: { account: Account }) {
  const { equity, balance, currency, dayResult, startingBalance } = account;
  const sinceStart = startingBalance > 0 ? equity / startingBalance - 1 : Number.NaN;
  return (
    <div className="flex items-end justify-between gap-4 px-4 pt-2 pb-3">
      <div className="min-w-0">
        <p className="text-2xl leading-tight font-medium">
          <span className="sr-only">Equity </span>
          {amount(equity)} <span className="text-sm font-normal text-muted">{currency}</span>
        </p>
        <p className="text-sm text-muted">
          Balance <span className="text-soft">{amount(balance)}</span>
        </p>
      </div>
      <div className="shrink-0 text-right text-sm">
        <p>
          <span className="text-muted">Today </span>
          <span className={resultTone(dayResult)}>{result(dayResult)}</span>
        </p>
        <p>
          <span className="text-muted">In all </span>
          <span className={resultTone(sinceStart)}>{signedPercent(sinceStart)}</span>
        </p>
      </div>
    </div>
  );
}

function Standing({ account }: { account: Account }) {
  const { state, stateReason, blockedBy, counts } = account;
  return (
    <div className="grid gap-2.5 px-4 py-3 text-sm">
      {state !== 'active' && <p className="text-soft">{stateReason}</p>}
      {blockedBy.length > 0 && (
        <ul aria-label="Entries are blocked by" className="flex flex-wrap gap-1.5">
          {blockedBy.map((denial) => (
            <Blocker key={denial.limit} denial={denial} />
          ))}
        </ul>
      )}
      <dl className="grid grid-cols-5 gap-2 text-center">
        <Count name="Bars" value={counts.predictions} />
        <Count name="Entered" value={counts.entered} />
        <Count name="Held" value={counts.held} />
        <Count name="Denied" value={counts.denied} />
        <Count name="Closed" value={counts.closed} />
      </dl>
    </div>
  );
}

function Blocker({ denial: { limit, observed, allowed } }: { denial: Denial }) {
  return (
    <li className="rounded border border-warn/40 bg-warn/10 px-2 py-0.5 text-xs text-warn">
      {limit} <span className="opacity-80">{figure(observed)}</span>
      <span className="text-muted"> / {figure(allowed)}</span>
    </li>
  );
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div className="flex flex-col-reverse">
      <dt className="text-2xs text-muted">{name}</dt>
      <dd className="text-soft">{figure(value)}</dd>
    </div>
  );
}

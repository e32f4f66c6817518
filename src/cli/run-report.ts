import type { AccountFact } from '../account/account-fact.ts';
import { reportOf } from '../account/report.ts';
import type { StepLatency } from '../actors/market-time.ts';
import type { AccountView } from '../domain/account.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { readJournal } from '../journal/sqlite/sqlite-journal.ts';
import type { Replay } from './replay-file.ts';
import { latencyOf, type Restart, type RunReport } from './report.ts';
import type { RunIdentity } from './run-state.ts';

/** What a finished replay amounts to. */
export function runReport(run: {
  readonly plan: RunPlan;
  readonly replay: Replay;
  readonly identity: RunIdentity;
  readonly wallMs: number;
  readonly latencies: readonly StepLatency[];
  readonly restarts: readonly Restart[];
  /** The brokers' own word at the end, by account. */
  readonly views: ReadonlyMap<string, AccountView>;
}): RunReport {
  const { plan, replay, identity, wallMs, latencies, restarts, views } = run;
  return {
    symbol: plan.lockstep?.symbol ?? '',
    from: new Date(replay.from).toISOString(),
    to: new Date(replay.to).toISOString(),
    bars: replay.bars,
    seed: identity.kind === 'replay' ? identity.seed : 0,
    wallMs: Math.round(wallMs),
    restarts,
    latencyMs: latencyOf(latencies),
    accounts: Object.fromEntries(
      plan.accounts.map(({ id, journalPath }) => {
        const view = views.get(id);
        const account = reportOf(readJournal<AccountFact>(journalPath));
        return [
          id,
          {
            ...account,
            terminalBalance: view?.balance ?? Number.NaN,
            terminalEquity: view?.equity ?? Number.NaN,
            journal: journalPath,
          },
        ];
      }),
    ),
  };
}

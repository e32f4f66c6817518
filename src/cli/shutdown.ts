/** How an engine ends: in phases, each with its own limit, the later ones whatever became of the earlier ones. */
import type { Clock } from '../runtime/clock.ts';
import type { Phase, PhaseResult } from '../runtime/phased-shutdown.ts';
import { PhasedShutdown } from '../runtime/phased-shutdown.ts';
import { settlesWithin } from '../runtime/settles-within.ts';
import type { AccountPolicies } from './account-policies.ts';
import { type FleetWatch, hasStopped } from './fleet-watch.ts';

/** How long each phase may take; together at most 15 s. */
export const shutdownLimitsMs = {
  entries: 1_500,
  orders: 3_000,
  tree: 9_000,
  journals: 1_000,
  log: 500,
} as const;

/** The bar under way is waited for so long: a replay that goes on later shall not have decided it otherwise. */
const holdMs = 500;
/** What the phase itself needs to see that the tree is down. */
const treeMarginMs = 500;

export type ShutdownMeans = {
  readonly engine: {
    /** Resolves when no bar is under way and none will begin; at once where the market moves by itself. */
    holdMarketTime(): Promise<void>;
    stop(deadlineMs: number): Promise<void>;
  };
  readonly policies: Pick<AccountPolicies, 'stopAllEntries'>;
  readonly watch: FleetWatch;
  readonly clock: Clock;
  readonly write: (line: string) => void;
  /** Puts what the write-ahead logs hold into the journals. */
  readonly checkpoint: () => void;
  /** Puts the log on disk. */
  readonly flushLog: () => void;
};

/**
 * Entries stop; orders under way come to their answers; the tree stops in reverse order of its start; the journals are
 * made whole; the log is put on disk. Positions stay at the broker behind their stops. `isOver`: nothing trades any
 * more, only the last three are left. Each phase that was cut off or failed is said. Never rejects.
 */
export async function shutDown(
  means: ShutdownMeans,
  { isOver }: { readonly isOver: boolean },
): Promise<readonly PhaseResult[]> {
  const trading = [entriesPhase(means), ordersPhase(means)];
  const ending = [treePhase(means), journalsPhase(means), logPhase(means)];
  const shutdown = new PhasedShutdown({
    phases: isOver ? ending : [...trading, ...ending],
    clock: means.clock,
    onPhase: (result) => sayPhase(result, means),
  });
  return shutdown.run('shutdown');
}

const names = {
  entries: 'entries stop',
  orders: 'orders under way settle',
  tree: 'everything stops in order',
  journals: 'journals are made whole',
  log: 'the log is put on disk',
} as const satisfies Record<keyof typeof shutdownLimitsMs, string>;

function entriesPhase({ engine, policies, watch, clock }: ShutdownMeans): Phase {
  return {
    name: names.entries,
    withinMs: shutdownLimitsMs.entries,
    run: async (signal) => {
      await settlesWithin(engine.holdMarketTime(), holdMs, clock);
      policies.stopAllEntries('shutdown');
      await watch.until(() => watch.all().every(hasStopped), signal);
    },
  };
}

function ordersPhase({ watch }: ShutdownMeans): Phase {
  return {
    name: names.orders,
    withinMs: shutdownLimitsMs.orders,
    run: (signal) => watch.until(() => watch.all().every(({ isSettled }) => isSettled), signal),
  };
}

function treePhase({ engine }: ShutdownMeans): Phase {
  return {
    name: names.tree,
    withinMs: shutdownLimitsMs.tree,
    run: () => engine.stop(shutdownLimitsMs.tree - treeMarginMs),
  };
}

function journalsPhase({ checkpoint }: ShutdownMeans): Phase {
  return { name: names.journals, withinMs: shutdownLimitsMs.journals, run: checkpoint };
}

function logPhase({ flushLog }: ShutdownMeans): Phase {
  return { name: names.log, withinMs: shutdownLimitsMs.log, run: flushLog };
}

function sayPhase({ name, outcome, tookMs, error }: PhaseResult, means: ShutdownMeans): void {
  if (outcome === 'done') return;
  const how =
    outcome === 'cut-off'
      ? `was cut off after ${(tookMs / 1_000).toFixed(1)} s`
      : `failed: ${error?.message ?? 'no reason was told'}`;
  const open = name === names.orders ? `; not settled: ${unsettled(means)}` : '';
  means.write(`alert   shutdown, "${name}" ${how}${open}`);
}

function unsettled({ watch }: ShutdownMeans): string {
  const ids = watch.all().flatMap(({ id, isSettled }) => (isSettled ? [] : [id]));
  return ids.join(', ') || 'none';
}

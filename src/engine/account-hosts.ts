/**
 * Starts, moves and stops the hosts of accounts, and draws the line where one of them crashes too often: beside others it
 * is isolated, alone it is quarantined. Nothing of it touches anybody else's host.
 */
import { type AccountId, epochMs } from '../domain/units.ts';
import type { ChildExit, ChildSpec } from '../runtime/child-spec.ts';
import type { Clock } from '../runtime/clock.ts';
import { SupervisorStoppedError, UnknownChildError } from '../runtime/supervisor-errors.ts';
import { residentOf } from '../threads/thread-data.ts';
import { accountHostThread } from './engine-threads.ts';
import type { EngineTree } from './engine-tree.ts';
import { isSharedHost, ownHostOf } from './placement.ts';
import type { Quarantine, QuarantineStore } from './quarantine.ts';
import type { Roster, RosterEntry } from './roster.ts';
import type { RunPlan } from './run-plan.ts';
import type { SeatDesk } from './seat-desk.ts';
import type { ThreadFleet } from './thread-fleet.ts';

/** Ends of a shared thread in this time that are one account's fault, until it is isolated. */
const blame = { deathsMax: 2, windowMs: 600_000 } as const;
/** Threads that everybody talks to. */
const everybody = ['main', 'market', 'inference'] as const;

export type AccountHostsOptions = {
  readonly plan: RunPlan;
  readonly roster: Roster;
  readonly fleet: ThreadFleet;
  readonly seats: SeatDesk;
  readonly quarantines: QuarantineStore;
  readonly clock: Clock;
  readonly tree: EngineTree;
  readonly onIsolated: (account: AccountId, reason: string) => void;
  readonly onQuarantined: (account: AccountId, quarantine: Quarantine) => void;
  readonly onDivided: (host: string, into: readonly string[], reason: string) => void;
  /** Something that nobody waits for did not work. */
  readonly onTrouble: (account: AccountId, reason: string) => void;
};

export class AccountHosts {
  readonly #options: AccountHostsOptions;
  /** Those whose start somebody waits for: its failure is the answer, not a quarantine. */
  readonly #awaited = new Set<AccountId>();
  /** Those that the run begins with and that have not started yet. */
  readonly #toStart: Set<AccountId>;
  readonly #works = new Map<AccountId, Promise<unknown>>();

  constructor(options: AccountHostsOptions) {
    this.#options = options;
    const { roster, quarantines } = options;
    for (const entry of roster.entries) {
      entry.quarantine = quarantines.read(entry.plan.journalPath);
      this.#link(entry);
    }
    this.#toStart = new Set(roster.ids);
  }

  /** The hosts that a run begins with. */
  specs(): readonly ChildSpec[] {
    return this.#options.roster.hosts.map((host) => this.#spec(host, 'fail'));
  }

  /** Whoever lives there has started: from now on he may crash too often, also while the run waits for others. */
  hasStarted(host: string): void {
    for (const { plan } of this.#options.roster.livingIn(host)) this.#toStart.delete(plan.id);
  }

  /** Nobody waits for the beginning of the run any more. */
  started(): void {
    this.#toStart.clear();
  }

  /** Its account runs when this resolves, or is quarantined as it was when it left. */
  add(entry: RosterEntry): Promise<void> {
    const { plan, placement } = entry;
    return this.#inTurn(plan.id, async () => {
      entry.quarantine = this.#options.quarantines.read(plan.journalPath);
      this.#link(entry);
      if (entry.quarantine === undefined) await this.#settle(plan.id, placement.host);
    });
  }

  /** Stops it in order; when this resolves its lock and its journal are free. */
  remove(id: AccountId): Promise<void> {
    return this.#inTurn(id, async () => {
      const { roster } = this.#options;
      const host = roster.find(id)?.placement.host;
      roster.remove(id);
      this.#unlink(id);
      if (host !== undefined) await this.#vacate(id, host);
    });
  }

  /** Starts a quarantined account again, alone. Rejects when it cannot start; then it is where it was. */
  revive(entry: RosterEntry): Promise<void> {
    const { quarantines, roster } = this.#options;
    const { id, journalPath } = entry.plan;
    return this.#inTurn(id, async () => {
      const { quarantine } = entry;
      if (quarantine === undefined) return;
      quarantines.remove(journalPath);
      entry.quarantine = undefined;
      roster.isolate(id);
      try {
        await this.#settle(id, entry.placement.host);
      } catch (error) {
        entry.quarantine = quarantine;
        quarantines.write(journalPath, quarantine);
        throw error;
      }
    });
  }

  /** Stops an account that shares its host and starts it again. */
  restartShared({ plan, placement }: RosterEntry, reason: string): Promise<void> {
    return this.#options.seats.restart(placement.host, { account: plan.id, reason });
  }

  /** A thread has ended: it may have been the fault of one who lives there, and may be once too often. */
  threadEnded(host: string, exit: ChildExit): void {
    const { roster, clock } = this.#options;
    const culprit = exit.reason === 'failed' ? exit.culprit : undefined;
    const entry = roster.livingIn(host).find(({ plan }) => residentOf(plan.id) === culprit);
    if (entry === undefined || !isSharedHost(host)) return;
    const now = clock.elapsed();
    entry.blame = [...entry.blame.filter((at) => at > now - blame.windowMs), now];
    if (entry.blame.length < blame.deathsMax) return;
    this.#isolate(entry, `its code ended ${host} ${blame.deathsMax} times`);
  }

  /** A supervisor is spent: an account's in a shared host, that of an account's own host, or that of a shared one. */
  supervisorFailed(supervisor: string, reason: string): void {
    const { roster } = this.#options;
    const alone = roster.find(supervisor);
    const why = `crashed too often, at last because ${reason}`;
    if (alone !== undefined) return this.#quarantine(alone, why);
    const resident = roster.running.find(({ plan }) => residentOf(plan.id) === supervisor);
    if (resident !== undefined && isSharedHost(resident.placement.host)) {
      return this.#isolate(resident, why);
    }
    const host = roster.hosts.find((each) => keeperOf(each) === supervisor);
    if (host !== undefined && isSharedHost(host)) this.#divide(host, why);
  }

  #isolate(entry: RosterEntry, reason: string): void {
    const { roster, onIsolated } = this.#options;
    const { id } = entry.plan;
    const former = entry.placement.host;
    roster.isolate(id);
    // His failure is no answer to whoever waits for the host that he has left.
    this.#toStart.delete(id);
    onIsolated(id, reason);
    this.#move(id, async () => {
      await this.#vacate(id, former);
      await this.#start(entry.placement.host);
    });
  }

  /** Somebody in it ends the whole thread. In halves the others are soon rid of him, and he is found in the end. */
  #divide(host: string, reason: string): void {
    const { roster, onDivided } = this.#options;
    const entries = roster.livingIn(host);
    const middle = Math.ceil(entries.length / 2);
    const halves = [entries.slice(0, middle), entries.slice(middle)].filter(
      ({ length }) => length > 0,
    );
    for (const [index, half] of halves.entries()) {
      for (const entry of half) {
        const own = half.length === 1;
        entry.placement = {
          host: own ? ownHostOf(entry.plan.id) : `${host}.${index + 1}`,
          kind: 'thread',
        };
      }
    }
    this.#options.fleet.forget(host);
    onDivided(host, [...new Set(entries.map(({ placement }) => placement.host))], reason);
    for (const half of halves) {
      const first = half[0];
      if (first) this.#move(first.plan.id, () => this.#start(first.placement.host));
    }
  }

  #quarantine(entry: RosterEntry, reason: string): void {
    const { clock, quarantines, onQuarantined, onTrouble } = this.#options;
    const { id, journalPath } = entry.plan;
    const isStarting = this.#awaited.has(id) || this.#toStart.has(id);
    if (isStarting || entry.quarantine !== undefined) return;
    const quarantine = { at: epochMs(Math.floor(clock.now())), reason };
    entry.quarantine = quarantine;
    try {
      quarantines.write(journalPath, quarantine);
    } catch (cause) {
      onTrouble(
        id,
        `its quarantine is not on disk, a restart of the process starts it again: ${String(cause)}`,
      );
    }
    onQuarantined(id, quarantine);
  }

  /** @throws what keeps it from starting */
  async #settle(id: AccountId, host: string): Promise<void> {
    const { fleet, seats, roster } = this.#options;
    this.#awaited.add(id);
    try {
      if (fleet.find(host) === undefined || !isSharedHost(host)) {
        await this.#start(host, 'fail');
        return;
      }
      await fleet.host(host, residentOf(id));
      await seats.settle(host, () => roster.seatsOf(host));
    } finally {
      this.#awaited.delete(id);
    }
  }

  async #start(host: string, firstStart: 'fail' | 'restart' = 'restart'): Promise<void> {
    const supervisor = this.#options.tree.groupOf('accounts');
    if (supervisor === undefined) throw new SupervisorStoppedError('accounts');
    await this.#gone(host);
    await supervisor.addChild(this.#spec(host, firstStart));
  }

  /** It does not live in `host` any more; a host that nobody is left in ends. */
  async #vacate(id: AccountId, host: string): Promise<void> {
    const { roster, fleet, seats, tree, onTrouble } = this.#options;
    if (roster.livingIn(host).length > 0) {
      // A host that is down or hangs starts without it.
      const refused = (cause: unknown) => onTrouble(id, String(cause));
      await seats.settle(host, () => roster.seatsOf(host)).catch(refused);
      return;
    }
    await this.#gone(host);
    fleet.forget(host);
    tree.forget(host, keeperOf(host));
  }

  /** Its supervisor is down and forgotten; one that is spent may still be on its way. */
  async #gone(host: string): Promise<void> {
    const supervisor = this.#options.tree.groupOf('accounts');
    await supervisor?.removeChild(keeperOf(host)).catch((error: unknown) => {
      if (!(error instanceof UnknownChildError)) throw error;
    });
  }

  /** Nobody waits for it. Who cannot start at his new place is restarted there as anybody else. */
  #move(id: AccountId, work: () => Promise<void>): void {
    this.#inTurn(id, work).catch((error: unknown) => {
      if (error instanceof SupervisorStoppedError) return;
      this.#options.onTrouble(id, `it could not be moved: ${String(error)}`);
    });
  }

  /** What is asked of one account is done in order. */
  #inTurn(id: AccountId, work: () => Promise<void>): Promise<void> {
    const done = (this.#works.get(id) ?? Promise.resolve()).then(work);
    const settled = done.catch(() => undefined);
    this.#works.set(id, settled);
    void settled.then(() => {
      if (this.#works.get(id) === settled) this.#works.delete(id);
    });
    return done;
  }

  #spec(host: string, firstStart: 'fail' | 'restart'): ChildSpec {
    const { plan, roster, fleet, tree } = this.#options;
    const kind = roster.livingIn(host)[0]?.placement.kind ?? 'thread';
    const thread = accountHostThread(plan, { host, kind }, roster);
    if (isSharedHost(host)) void fleet.link(host, 'main');
    const start = () => fleet.child(thread);
    return tree.keeper(keeperOf(host), { id: host, start, above: 'accounts' }, { firstStart });
  }

  #link({ plan }: RosterEntry): void {
    void this.#options.fleet.link(residentOf(plan.id), ...everybody);
  }

  #unlink(id: AccountId): void {
    this.#options.fleet.unlink(residentOf(id), ...everybody);
  }
}

/** The supervisor of a host: `exness_main` above `account:exness_main`, `host:shard:1` above `shard:1`. */
function keeperOf(host: string): string {
  return isSharedHost(host) ? `host:${host}` : host.slice(ownHostOf('' as AccountId).length);
}

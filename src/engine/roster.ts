/** Which accounts belong to the run right now, where each of them lives, and which of them do not run. */
import type { AccountPolicy } from '../account/policy.ts';
import { assert } from '../domain/assert.ts';
import type { AccountId } from '../domain/units.ts';
import type { AccountSeat, TerminalConnection } from '../threads/thread-data.ts';
import {
  type AccountPlacement,
  isSharedHost,
  ownHostOf,
  placeAccounts,
  placeNewcomer,
} from './placement.ts';
import type { Quarantine } from './quarantine.ts';
import type { AccountPlan, RunPlan } from './run-plan.ts';

export type RosterEntry = {
  readonly plan: AccountPlan;
  /** What is in force: a hot change outlives the thread that it was told to. */
  policy: AccountPolicy;
  placement: AccountPlacement;
  /** It crashed too often and does not run. */
  quarantine: Quarantine | undefined;
  /** When its code ended a thread that it shares, on `Clock.elapsed`. */
  blame: readonly number[];
};

export class Roster {
  readonly #entries = new Map<AccountId, RosterEntry>();
  readonly #cores: number;
  readonly #inForce: (policy: AccountPolicy) => AccountPolicy;

  /** @param options `inForce`: a policy with what was said to the whole fleet */
  constructor(
    accounts: readonly AccountPlan[],
    options: {
      readonly cores: number;
      readonly inForce?: (policy: AccountPolicy) => AccountPolicy;
    },
  ) {
    const { cores, inForce = (policy) => policy } = options;
    this.#cores = cores;
    this.#inForce = inForce;
    const places = placeAccounts(accounts.map(placed), { cores });
    for (const plan of accounts) {
      const placement = places.get(plan.id);
      assert(placement, `${plan.id} has a place`);
      this.#entries.set(plan.id, newEntry(plan, placement));
    }
  }

  get ids(): readonly AccountId[] {
    return [...this.#entries.keys()];
  }

  get entries(): readonly RosterEntry[] {
    return [...this.#entries.values()];
  }

  /** Those that run, or shall. */
  get running(): readonly RosterEntry[] {
    return this.entries.filter(({ quarantine }) => quarantine === undefined);
  }

  find(id: string): RosterEntry | undefined {
    return this.#entries.get(id as AccountId);
  }

  add(plan: AccountPlan): RosterEntry {
    const present = this.entries.map((entry) => ({
      ...placed(entry.plan),
      host: entry.placement.host,
    }));
    const entry = newEntry(plan, placeNewcomer(placed(plan), present, { cores: this.#cores }));
    this.#entries.set(plan.id, entry);
    return entry;
  }

  remove(id: AccountId): void {
    this.#entries.delete(id);
  }

  /** Names of the hosts that have somebody to run. */
  get hosts(): readonly string[] {
    return [...new Set(this.running.map(({ placement }) => placement.host))];
  }

  /** Those that run in a host, or shall. */
  livingIn(host: string): readonly RosterEntry[] {
    return this.running.filter(({ placement }) => placement.host === host);
  }

  seatsOf(host: string): readonly AccountSeat[] {
    return this.livingIn(host).map(({ plan, policy }) => ({
      account: plan.id,
      policy: this.#inForce(policy),
      magic: plan.magic,
      deviationPoints: plan.deviationPoints,
      terminal: plan.terminal,
      journalPath: plan.journalPath,
    }));
  }

  /** How a terminal that an account or a symbol's bars come from is reached. */
  connectionTo(terminal: string, { markets }: RunPlan): TerminalConnection | undefined {
    const known = [
      ...this.entries.map(({ plan }) => plan.terminal),
      ...markets.flatMap(({ sources }) => sources),
    ];
    return known.find(({ key }) => key === terminal);
  }

  /** Those that are told about a symbol. */
  tradersOf(symbol: string): readonly AccountId[] {
    return this.running
      .filter(({ plan }) => plan.policy.symbols.includes(symbol))
      .map(({ plan }) => plan.id);
  }

  /** From now on it lives alone; a process stays one. */
  isolate(id: AccountId): void {
    const entry = this.find(id);
    if (entry === undefined || !isSharedHost(entry.placement.host)) return;
    entry.placement = { host: ownHostOf(id), kind: 'thread' };
    entry.blame = [];
  }
}

function placed({ id, isolation = 'auto' }: AccountPlan) {
  return { id, isolation };
}

function newEntry(plan: AccountPlan, placement: AccountPlacement): RosterEntry {
  return { plan, placement, policy: plan.policy, quarantine: undefined, blame: [] };
}

/** The ledger of what all accounts hold together, as a child of the engine. Nothing of it exists where nothing is capped. */
import type { AccountMessage } from '../actors/account-message.ts';
import { createFleet, type FleetMessage } from '../actors/fleet.ts';
import type { AccountId } from '../domain/units.ts';
import type { LedgerEntry } from '../risk/exposure-ledger.ts';
import { type ActorChild, actorChild } from '../runtime/actor-child.ts';
import type { ChildSpec } from '../runtime/child-spec.ts';
import type { Clock } from '../runtime/clock.ts';
import type { DeadLetter } from '../runtime/dead-letters.ts';
import type { PostOffice } from '../runtime/post-office.ts';
import { addresses } from '../threads/thread-data.ts';
import type { EngineHost } from './engine-host.ts';
import type { Roster } from './roster.ts';
import type { RunPlan } from './run-plan.ts';

export type FleetLedgerOptions = {
  readonly plan: RunPlan;
  readonly roster: Roster;
  readonly office: PostOffice;
  readonly clock: Clock;
  readonly host: EngineHost;
  readonly onDeadLetter: (letter: DeadLetter) => void;
};

export class FleetLedger {
  readonly #options: FleetLedgerOptions;
  readonly #child: ActorChild<FleetMessage> | undefined;
  readonly #memory = new Map<AccountId, LedgerEntry>();

  constructor(options: FleetLedgerOptions) {
    this.#options = options;
    const { plan, office } = options;
    if (plan.fleetCaps === undefined) return;
    this.#child = this.#newChild(plan.fleetCaps);
    office.register('fleet', this.#child.ref);
  }

  get specs(): readonly ChildSpec[] {
    return this.#child ? [this.#child] : [];
  }

  get addresses(): readonly string[] {
    return this.#child ? [addresses.fleet] : [];
  }

  /** Throws inside of it. False where there is none. */
  crash(reason: string): boolean {
    return this.#child?.crash(reason) ?? false;
  }

  /** It has started again and knows of nothing: every account tells it what it holds. */
  restarted(): void {
    const { roster, office } = this.#options;
    for (const { plan } of roster.running) {
      office.ref<AccountMessage>(addresses.account(plan.id)).tell({ type: 'fleet-started' });
    }
  }

  /**
   * Who is waited for is another. What a quarantined account holds still counts; where nobody knows what that is, as
   * after a start of the process, all entries are denied until it runs again or has left.
   */
  accountsChanged(): void {
    this.#child?.ref.tell({ type: 'accounts-changed' });
  }

  left(account: AccountId): void {
    this.#child?.ref.tell({ type: 'account-left', account });
  }

  #newChild(caps: NonNullable<RunPlan['fleetCaps']>): ActorChild<FleetMessage> {
    const { plan, roster, office, clock, host, onDeadLetter } = this.#options;
    return actorChild<FleetMessage>({
      id: 'fleet',
      restart: 'permanent',
      shutdownMs: 5_000,
      startMs: 5_000,
      clock,
      schedule: host.schedule,
      mailbox: { capacity: 10_000, overflow: 'drop-oldest' },
      onDeadLetter,
      start: () =>
        createFleet({
          caps,
          isLockstep: plan.lockstep !== undefined,
          accounts: () => roster.running.map((entry) => entry.plan.id),
          members: () => roster.ids,
          memory: this.#memory,
          accountRef: (account) => office.ref<AccountMessage>(addresses.account(account)),
        }),
    });
  }
}

import type { AccountPolicy } from '../account/policy.ts';
import type { AccountId } from '../domain/units.ts';
import { withEntriesStopped } from '../engine/account-policy.ts';

type Stop = NonNullable<AccountPolicy['entriesStopped']>;

/** What each account is told: the policy of the configuration, and that entries have stopped, whatever changes in it. */
export class AccountPolicies {
  readonly #tell: (policy: AccountPolicy) => void;
  readonly #configured = new Map<AccountId, AccountPolicy>();
  readonly #stopped = new Map<AccountId, Stop>();

  /** @param tell how a policy reaches its account, and the account's later lives */
  constructor(tell: (policy: AccountPolicy) => void, known: Iterable<AccountPolicy> = []) {
    this.#tell = tell;
    for (const policy of known) this.join(policy);
  }

  /** An account that was started with this policy. */
  join(policy: AccountPolicy): void {
    this.#configured.set(policy.account, policy);
  }

  leave(account: AccountId): void {
    this.#configured.delete(account);
    this.#stopped.delete(account);
  }

  /** The configuration says something else of an account that is known. Telling the same again is not heard. */
  configure(policy: AccountPolicy): void {
    if (this.#configured.get(policy.account)?.hash === policy.hash) return;
    this.#configured.set(policy.account, policy);
    this.#tellInForce(policy);
  }

  /** For good: no later change of the configuration lets entries go on. */
  stopEntries(account: AccountId, why: Stop): void {
    const policy = this.#configured.get(account);
    if (policy === undefined || this.#stopped.get(account) === why) return;
    this.#stopped.set(account, why);
    this.#tellInForce(policy);
  }

  stopAllEntries(why: Stop): void {
    for (const account of this.#configured.keys()) this.stopEntries(account, why);
  }

  /** An account that was to leave stays; a shutdown is not taken back. */
  letStay(account: AccountId): void {
    const policy = this.#configured.get(account);
    if (policy === undefined || this.#stopped.get(account) !== 'removed') return;
    this.#stopped.delete(account);
    this.#tellInForce(policy);
  }

  isStopped(account: AccountId): boolean {
    return this.#stopped.has(account);
  }

  #tellInForce(policy: AccountPolicy): void {
    this.#tell(withEntriesStopped(policy, this.#stopped.get(policy.account)));
  }
}

import type { EngineEvent, ObserverMessage } from '../actors/observer.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import { type AccountId, accountId } from '../domain/units.ts';

/** The newest word of every account that runs, and a way to wait for what they will say. */
export class FleetWatch {
  /** Those that are to run. */
  readonly #expected: Set<AccountId>;
  readonly #views = new Map<AccountId, AccountSnapshot>();
  readonly #waiting = new Set<() => void>();

  constructor(expected: Iterable<AccountId>) {
    this.#expected = new Set(expected);
  }

  take(message: ObserverMessage): void {
    if (message.type === 'account-changed') this.#see(message.snapshot);
    if (message.type === 'engine-event') this.#follow(message.event);
  }

  of(account: AccountId): AccountSnapshot | undefined {
    return this.#views.get(account);
  }

  /** Of all that have spoken. */
  all(): readonly AccountSnapshot[] {
    return [...this.#views.values()];
  }

  /** Those that are to run and have not spoken yet. */
  silent(): readonly AccountId[] {
    return [...this.#expected].filter((account) => !this.#views.has(account));
  }

  /** Resolves once `isSo`, which is asked now and after every word. Rejects with the reason of the signal. */
  until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(look);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        end();
        reject(signal.reason as Error);
      };
      const look = () => {
        if (!isSo()) return;
        end();
        resolve();
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(look);
      look();
    });
  }

  #see(snapshot: AccountSnapshot): void {
    if (!this.#expected.has(snapshot.id)) return;
    this.#views.set(snapshot.id, snapshot);
    this.#look();
  }

  #follow(event: EngineEvent): void {
    switch (event.type) {
      case 'account-added':
      case 'account-revived':
        this.#expected.add(accountId(event.account));
        break;
      case 'account-removed':
      case 'account-quarantined':
        this.#forget(accountId(event.account));
        break;
      default: // other events change nothing about who runs
        break;
    }
  }

  /** Nothing runs it any more: nobody waits for its word. */
  #forget(account: AccountId): void {
    this.#expected.delete(account);
    this.#views.delete(account);
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** It knows that entries have stopped. */
export function hasStopped({ blockedBy }: AccountSnapshot): boolean {
  return blockedBy.some(({ limit }) => limit === 'stopping');
}

/** Positions of ours that an account holds, by its newest word. */
export function openCount({ positions }: AccountSnapshot): number {
  return positions.filter(({ isOwned }) => isOwned).length;
}

/** Its broker was read and nothing is under way: its positions are the whole truth. */
export function isKnown({ isSettled, blockedBy }: AccountSnapshot): boolean {
  return isSettled && !blockedBy.some(({ limit }) => limit === 'broker-unread');
}

/** It holds nothing of ours, for all that there is to know. */
export function isFlat(account: AccountSnapshot): boolean {
  return isKnown(account) && openCount(account) === 0;
}

/** `2 positions (exness_main 1, icmarkets_main 1)`. */
export function openText(accounts: readonly AccountSnapshot[]): string {
  const holding = accounts.filter((account) => openCount(account) > 0);
  const count = holding.reduce((sum, account) => sum + openCount(account), 0);
  const names = holding.map((account) => `${account.id} ${openCount(account)}`).join(', ');
  return `${count} ${count === 1 ? 'position' : 'positions'}${names === '' ? '' : ` (${names})`}`;
}

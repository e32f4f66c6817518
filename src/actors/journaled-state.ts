/** An account's state and the journal that it can be made from again. */
import type { AccountFact } from '../account/account-fact.ts';
import { type AccountState, stateVersion } from '../account/account-state.ts';
import { decide } from '../account/decide.ts';
import type { AccountEffect } from '../account/effect.ts';
import type { AccountInput } from '../account/input.ts';
import type { Journal } from '../journal/journal.ts';

/** Recovery folds at most about this many facts. */
const factsPerSnapshot = 1_000;

type Recovered = {
  readonly journal: Journal<AccountFact>;
  readonly state: AccountState;
  /** Of the last fact in it. */
  readonly sequence: number;
};

export class JournaledState {
  readonly #journal: Journal<AccountFact>;
  #state: AccountState;
  /** Facts of a reading that nothing follows from: the decision after it takes them along, in one transaction. */
  #unwritten: AccountFact[] = [];
  #hasFailed = false;
  #onDisk: Promise<void> = Promise.resolve();
  /** Why what was written may not be on disk: nothing may be written on top of it. */
  #lost: Error | undefined;
  #sequence: number;
  #snapshotAt: number;

  constructor({ journal, state, sequence }: Recovered) {
    this.#journal = journal;
    this.#state = state;
    this.#sequence = sequence;
    this.#snapshotAt = sequence + factsPerSnapshot;
  }

  get state(): AccountState {
    return this.#state;
  }

  /** The journal refused facts that the state holds: nothing may be written on top of them. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Resolves when what was decided so far is on disk; rejects when nobody can know that. No trade leaves before. */
  get onDisk(): Promise<void> {
    return this.#onDisk;
  }

  /**
   * Decides one input. What is returned may be done now: the facts that it follows from are written. Those of a bar's
   * order are still on their way to the disk, which takes as long as all the rest: whoever shares the thread goes on.
   */
  take(input: AccountInput): readonly AccountEffect[] {
    const { state, facts, durability, effects } = decide(this.#state, input);
    this.#state = state;
    this.#unwritten.push(...facts);
    const mayWait = input.type === 'reconciled' && effects.length === 0 && durability === 'normal';
    if (mayWait) return effects;
    const isOfBar = input.type === 'predicted' && durability === 'full';
    this.write(isOfBar ? 'normal' : durability);
    if (isOfBar) this.#sync();
    return effects;
  }

  #sync(): void {
    this.#onDisk = this.#journal.sync();
    this.#onDisk.catch((cause: Error) => {
      this.#lost = cause;
    });
  }

  /** Writes what is left: at the end of every message, and before anybody is told of the state. */
  write(durability: 'full' | 'normal' = 'normal'): void {
    const facts = this.#unwritten;
    if (facts.length === 0) return;
    this.#hasFailed = true;
    if (this.#lost !== undefined) throw this.#lost;
    this.#journal.append(facts, durability);
    this.#hasFailed = false;
    this.#unwritten = [];
    this.#sequence += facts.length;
  }

  saveSnapshot(): void {
    if (this.#sequence < this.#snapshotAt) return;
    this.write();
    this.#snapshotAt = this.#sequence + factsPerSnapshot;
    const { state } = this;
    this.#journal.saveSnapshot({ sequence: this.#sequence, version: stateVersion, state });
  }
}

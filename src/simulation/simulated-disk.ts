/** The disk of a simulated host: journals, their locks and the bar store, and what is left of them after a crash. */
import type { AccountFact } from '../account/account-fact.ts';
import type { Bar } from '../domain/bar.ts';
import type { Journal, Snapshot } from '../journal/journal.ts';
import { journalError } from '../journal/sqlite/journal-error.ts';
import { openJournal } from '../journal/sqlite/sqlite-journal.ts';
import { type BarStore, openBarStore } from '../market-data/bar-store.ts';
import { AccountOwnedError, type Lease } from '../ownership/ownership.ts';
import type { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';

type Durability = 'full' | 'normal';

type File = {
  readonly account: string;
  /** The real journal, in memory. */
  journal: Journal<AccountFact>;
  readonly facts: AccountFact[];
  /** How many of them survive a power cut. */
  durable: number;
  snapshot: Snapshot | undefined;
  epoch: number;
  holder: SimulatedThread | undefined;
  /** So many appends fail, as on a full disk. */
  fullFor: number;
  /** The next append is written, and whoever wrote it dies before it can act. */
  crashesAfterWrite: boolean;
};

export type DiskOptions = {
  /** Closed bars that the store begins with. */
  readonly history: readonly Bar[];
  /** Facts were written; `facts` are all of the account. */
  readonly onAppend: (account: string, appended: readonly AccountFact[]) => void;
  /** A power cut has taken facts away. */
  readonly onLoss: (account: string) => void;
};

class CrashedAfterWriteError extends Error {
  override readonly name = 'CrashedAfterWriteError';
}

/** Whoever writes to a journal without holding the account's lock is a second writer. */
class FencedError extends Error {
  override readonly name = 'FencedError';
}

export class SimulatedDisk {
  readonly #options: DiskOptions;
  readonly #files = new Map<string, File>();
  #bars: BarStore;

  constructor(options: DiskOptions) {
    this.#options = options;
    this.#bars = storeOf(options.history);
  }

  /** What the journal of an account holds now. */
  facts(account: string): readonly AccountFact[] {
    return this.#file(account).facts;
  }

  /** Those of them that a power cut would leave. */
  durableFacts(account: string): readonly AccountFact[] {
    const { facts, durable } = this.#file(account);
    return facts.slice(0, durable);
  }

  acquire(account: string, owner: SimulatedThread): Lease {
    const file = this.#file(account);
    if (file.holder?.isOver === false) throw new AccountOwnedError(`${account} is held`);
    file.holder = owner;
    file.epoch += 1;
    const { epoch } = file;
    const release = () => {
      if (file.epoch === epoch) file.holder = undefined;
    };
    return { accountId: account, epoch, release };
  }

  openJournal(account: string, owner: SimulatedThread): Journal<AccountFact> {
    const file = this.#file(account);
    const { epoch } = file;
    const assertOwned = () => {
      if (file.holder !== owner || file.epoch !== epoch) throw new FencedError(account);
    };
    return {
      append: (facts, durability) => {
        assertOwned();
        this.#append(file, facts, durability);
      },
      read: (after) => file.journal.read(after),
      saveSnapshot: (snapshot) => {
        assertOwned();
        file.journal.saveSnapshot(snapshot);
        file.snapshot = snapshot;
      },
      snapshot: () => file.journal.snapshot(),
      close: () => {},
    };
  }

  /** One store, however often the market's thread opens it. */
  openBars(): BarStore {
    return { ...this.#bars, close: () => {} };
  }

  fillUp(account: string, appends: number): void {
    this.#file(account).fullFor = appends;
  }

  crashAfterWrite(account: string): void {
    this.#file(account).crashesAfterWrite = true;
  }

  /** What was not on disk is gone: facts since the last `full`, and the newest bar. */
  cutPower(): void {
    for (const file of this.#files.values()) {
      file.facts.splice(file.durable);
      if (file.snapshot !== undefined && file.snapshot.sequence > file.durable) {
        file.snapshot = undefined;
      }
      file.journal.close();
      file.journal = openJournal<AccountFact>(':memory:');
      file.journal.append(file.facts, 'full');
      if (file.snapshot !== undefined) file.journal.saveSnapshot(file.snapshot);
      this.#options.onLoss(file.account);
    }
    const bars = this.#bars.bars('BTCUSD', 'M15');
    this.#bars.close();
    this.#bars = storeOf(bars.slice(0, Math.max(this.#options.history.length, bars.length - 1)));
  }

  close(): void {
    for (const { journal } of this.#files.values()) journal.close();
    this.#bars.close();
  }

  #append(file: File, facts: readonly AccountFact[], durability: Durability): void {
    if (file.fullFor > 0) {
      file.fullFor -= 1;
      const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
      throw journalError(`${file.account}.db`, full);
    }
    file.journal.append(facts, durability);
    const kept = JSON.parse(JSON.stringify(facts)) as AccountFact[];
    file.facts.push(...kept);
    if (durability === 'full') file.durable = file.facts.length;
    this.#options.onAppend(file.account, kept);
    if (!file.crashesAfterWrite) return;
    file.crashesAfterWrite = false;
    throw new CrashedAfterWriteError('asked for by the simulation');
  }

  #file(account: string): File {
    const known = this.#files.get(account);
    if (known !== undefined) return known;
    const file: File = {
      account,
      journal: openJournal<AccountFact>(':memory:'),
      facts: [],
      durable: 0,
      snapshot: undefined,
      epoch: 0,
      holder: undefined,
      fullFor: 0,
      crashesAfterWrite: false,
    };
    this.#files.set(account, file);
    return file;
  }
}

function storeOf(bars: readonly Bar[]): BarStore {
  const store = openBarStore(':memory:');
  store.append('BTCUSD', 'M15', bars);
  return store;
}

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
  /** How many there were after each commit since. */
  commits: number[];
  snapshot: Snapshot | undefined;
  epoch: number;
  holder: SimulatedThread | undefined;
  /** The next appends fail with this code of SQLite. */
  failing: { readonly code: string; left: number };
  /** So many attempts to open it fail. */
  failingOpens: number;
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
  /** Somebody has tried to write who does not hold the lock. */
  readonly onSecondWriter: (account: string) => void;
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
    if (file.failingOpens > 0) {
      file.failingOpens -= 1;
      throw journalError(`${account}.db`, new Error('asked for'));
    }
    const assertOwned = () => {
      if (file.holder === owner && file.epoch === epoch) return;
      this.#options.onSecondWriter(account);
      throw new FencedError(account);
    };
    return {
      append: (facts, durability) => {
        assertOwned();
        this.#append(file, facts, durability);
      },
      sync: () => this.#sync(file, owner),
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

  /** The next appends of an account fail. */
  refuse(account: string, code: 'SQLITE_FULL' | 'SQLITE_BUSY', appends: number): void {
    this.#file(account).failing = { code, left: appends };
  }

  /** The next starts of an account fail. */
  failStarts(account: string, times: number): void {
    this.#file(account).failingOpens = times;
  }

  /** Whether code of this thread may act for an account. */
  isHeldBy(account: string, owner: SimulatedThread): boolean {
    return this.#file(account).holder === owner;
  }

  /** Nothing fails any more. */
  heal(): void {
    for (const file of this.#files.values()) {
      file.failing = { code: '', left: 0 };
      file.failingOpens = 0;
      file.crashesAfterWrite = false;
    }
  }

  crashAfterWrite(account: string): void {
    this.#file(account).crashesAfterWrite = true;
  }

  /**
   * What was not on disk is gone: commits since the last `full`, and the newest bar.
   *
   * @param keptShare of those commits got there all the same, the oldest first; none is torn
   */
  cutPower(keptShare: number): void {
    for (const file of this.#files.values()) {
      const kept = Math.floor(file.commits.length * keptShare);
      file.durable = file.commits[kept - 1] ?? file.durable;
      file.commits = [];
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

  /** It takes until one of the next steps of whoever waits: power may be cut before, and then he is gone, too. */
  #sync(file: File, owner: SimulatedThread): Promise<void> {
    const count = file.facts.length;
    return new Promise((resolve, reject) => {
      owner.run(() => {
        const failure = failureOf(file);
        if (failure !== undefined) return reject(failure);
        isOnDisk(file, count);
        resolve();
      });
    });
  }

  #append(file: File, facts: readonly AccountFact[], durability: Durability): void {
    const failure = failureOf(file);
    if (failure !== undefined) throw failure;
    file.journal.append(facts, durability);
    const kept = JSON.parse(JSON.stringify(facts)) as AccountFact[];
    file.facts.push(...kept);
    file.commits.push(file.facts.length);
    if (durability === 'full') isOnDisk(file, file.facts.length);
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
      commits: [],
      snapshot: undefined,
      epoch: 0,
      holder: undefined,
      failing: { code: '', left: 0 },
      failingOpens: 0,
      crashesAfterWrite: false,
    };
    this.#files.set(account, file);
    return file;
  }
}

/** What the next write comes to, where it was told to fail. */
function failureOf({ account, failing }: File): Error | undefined {
  if (failing.left === 0) return undefined;
  failing.left -= 1;
  const cause = Object.assign(new Error('asked for'), { code: failing.code });
  return journalError(`${account}.db`, cause);
}

function isOnDisk(file: File, facts: number): void {
  file.durable = Math.max(file.durable, facts);
  file.commits = file.commits.filter((count) => count > file.durable);
}

function storeOf(bars: readonly Bar[]): BarStore {
  const store = openBarStore(':memory:');
  store.append('BTCUSD', 'M15', bars);
  return store;
}

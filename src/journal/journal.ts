/**
 * The append-only log of what happened to one account. Facts are the truth: everything else (state, report, trade
 * table) is computed from them. One writer, proven by the lock beside it.
 */
export type Journal<Fact extends JournalFact> = {
  /**
   * Writes `facts` in one transaction. `full` is on disk (synchronous=FULL) when it returns, and so is everything
   * appended before it; `normal` survives the death of the process, not that of the machine.
   */
  append(facts: readonly Fact[], durability: 'full' | 'normal'): void;
  /**
   * Resolves when everything that was appended before is on disk, as `full` would have put it there; the thread does
   * other things meanwhile. Rejects when it cannot be known to be.
   */
  sync(): Promise<void>;
  /** Facts with a sequence number above `after`, oldest first. */
  read(after: number): Iterable<{ readonly sequence: number; readonly fact: Fact }>;
  /** Keeps a state so that recovery need not fold the whole log; older snapshots go. */
  saveSnapshot(snapshot: Snapshot): void;
  snapshot(): Snapshot | undefined;
  /** Work that has to be done now and then and may be done at any time: called when nobody waits. */
  tidy?(): void;
  close(): void;
};

/** Facts are plain JSON values told apart by `type`; `at` is market time. */
export type JournalFact = { readonly type: string; readonly at: number };

/** A state and the sequence number of the last fact in it; `version` refuses states of other programs. */
export type Snapshot = {
  readonly sequence: number;
  readonly version: number;
  readonly state: unknown;
};

/** The right to trade one account. */
export type Lease = {
  readonly accountId: string;
  /**
   * Grows with every owner: whoever holds a smaller one has been replaced. It begins again when its store was lost; who
   * keeps a journal goes on above the newest epoch in there.
   */
  readonly epoch: number;
  release(): void;
};

/** One owner per account. */
export type Ownership = {
  /** Rejects with `AccountOwnedError` while another owner holds the account. */
  acquire(accountId: string): Lease;
};

export class AccountOwnedError extends Error {
  override readonly name = 'AccountOwnedError';
}

/** Who holds what, who was granted what, and who may have what he asks for. A value: whoever has it decides nothing else. */
import type { Denial } from '../domain/account-event.ts';
import type { AccountId, EpochMs } from '../domain/units.ts';
import { assessExposure, type FleetCaps, type Holding } from './exposure.ts';

/** What an account says of itself: all that it holds, and what it would like to add. */
export type Told = {
  /** Grows with every incarnation of the account. */
  readonly epoch: number;
  readonly holdings: readonly Holding[];
  /** Open time of the newest bar that it decided; absent before the first. */
  readonly decided?: EpochMs;
  readonly asking?: Wish;
};

export type Wish = {
  readonly holding: Holding;
  /** Open time of the bar that it is for. */
  readonly barTime: EpochMs;
};

export type Answer = {
  readonly account: AccountId;
  readonly wish: Wish;
  /** Absent: granted, and reserved until the account tells what became of it. */
  readonly denial?: Denial;
};

export type Ledger = {
  readonly caps: FleetCaps;
  readonly entries: ReadonlyMap<AccountId, LedgerEntry>;
};

/** `granted`: reserved and not yet told as held. */
export type LedgerEntry = Told & { readonly granted?: Wish };

export function blankLedger(caps: FleetCaps): Ledger {
  return { caps, entries: new Map() };
}

/** What an account says takes the place of what it said before; a grant stands until the account no longer asks for it. */
export function tell(ledger: Ledger, account: AccountId, told: Told): Ledger {
  const former = ledger.entries.get(account);
  if (former && former.epoch > told.epoch) return ledger;
  return { ...ledger, entries: new Map(ledger.entries).set(account, told) };
}

/** What is known of an account that cannot be asked, where the ledger does not know better: all but its wish. */
export function recall(
  ledger: Ledger,
  account: AccountId,
  { asking: _, ...known }: LedgerEntry,
): Ledger {
  if (ledger.entries.has(account)) return ledger;
  return { ...ledger, entries: new Map(ledger.entries).set(account, known) };
}

/** It has left, and holds nothing that counts. */
export function forget(ledger: Ledger, account: AccountId): Ledger {
  const entries = new Map(ledger.entries);
  entries.delete(account);
  return { ...ledger, entries };
}

/**
 * Answers the wishes that can be answered, in the order of `accounts`.
 *
 * @param accounts all that run, in the order in which they come first
 * @param isLockstep a wish waits until every account has decided its bar or asks for it, so that the answer does not
 *   depend on who was quicker; else it is answered now
 * @param members all whose holdings count, those that do not run among them: every wish is refused while what one of
 *   them holds is not known
 */
export function settle(
  ledger: Ledger,
  accounts: readonly AccountId[],
  isLockstep: boolean,
  members = accounts,
): { readonly ledger: Ledger; readonly answers: readonly Answer[] } {
  const answers: Answer[] = [];
  let settled = ledger;
  for (const account of accounts) {
    const wish = ledger.entries.get(account)?.asking;
    const isAnswered = settled.entries.get(account)?.asking === undefined;
    if (!wish || isAnswered || (isLockstep && !isComplete(ledger, accounts, wish))) continue;
    const denial = untold(settled, members) ?? assessWish(settled, wish);
    settled = answered(settled, account, denial ? undefined : wish);
    answers.push({ account, wish, ...(denial && { denial }) });
  }
  return { ledger: settled, answers };
}

/** Everything that is held or reserved. */
export function heldBy({ entries }: Ledger): readonly Holding[] {
  return [...entries.values()].flatMap(({ holdings, granted }) => {
    const isHeld = holdings.some(({ id }) => id === granted?.holding.id);
    return granted && !isHeld ? [...holdings, granted.holding] : holdings;
  });
}

function isComplete(
  { entries }: Ledger,
  accounts: readonly AccountId[],
  { barTime }: Wish,
): boolean {
  return accounts.every((account) => {
    const entry = entries.get(account);
    if (!entry) return false;
    const hasDecided = entry.decided !== undefined && entry.decided >= barTime;
    return hasDecided || (entry.asking ?? entry.granted)?.barTime === barTime;
  });
}

/** How many accounts have not told what they hold: nobody can say then what would be too much. */
function untold({ entries }: Ledger, accounts: readonly AccountId[]): Denial | undefined {
  const observed = accounts.filter((account) => !entries.has(account)).length;
  return observed > 0 ? { limit: 'fleet-untold', observed, allowed: 0 } : undefined;
}

function assessWish(ledger: Ledger, { holding }: Wish): Denial | undefined {
  const others = heldBy(ledger).filter(({ id }) => id !== holding.id);
  return assessExposure(others, holding, ledger.caps);
}

function answered(ledger: Ledger, account: AccountId, granted: Wish | undefined): Ledger {
  const entry = ledger.entries.get(account);
  if (!entry) return ledger;
  const { asking: _, granted: __, ...told } = entry;
  const entries = new Map(ledger.entries);
  return {
    ...ledger,
    entries: entries.set(account, granted ? { ...told, granted } : told),
  };
}

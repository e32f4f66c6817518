/** Which thread or process each account runs in. */
import type { AccountId } from '../domain/units.ts';

/** What the configuration says about an account. */
export type Isolation = 'auto' | 'thread' | 'process' | `shared:${string}`;

export type AccountPlacement = {
  /** `account:<id>` for one that has it to itself, else `shard:<n>` or `shared:<group>`. */
  readonly host: string;
  readonly kind: 'thread' | 'process';
};

type Placed = { readonly id: AccountId; readonly isolation: Isolation };

/** Beyond so many threads they take more memory and time to start than they protect. */
const ownThreadsMost = 24;
/**
 * Beyond so many of a core they wait for each other: of 20 accounts on two cores each in a thread of its own, code and
 * memory of 20 heaps cost 1.6 to 3 times the processor time of two shards, and orders left later.
 */
const ownThreadsPerCore = 8;

/** As many accounts as `auto` gives a thread each. */
export function ownThreadsMax(cores: number): number {
  return Math.min(ownThreadsMost, ownThreadsPerCore * Math.max(1, cores));
}

/**
 * Places all accounts of a run.
 *
 * @param cores of this host: so many shards at most, and threads by `ownThreadsMax`
 */
export function placeAccounts(
  accounts: readonly Placed[],
  { cores }: { readonly cores: number },
): ReadonlyMap<AccountId, AccountPlacement> {
  const auto = accounts.filter(({ isolation }) => isolation === 'auto');
  const isSharded = auto.length > ownThreadsMax(cores);
  const shardOf = new Map(
    auto.map(({ id }, index) => [id, `shard:${(index % Math.max(1, cores)) + 1}`]),
  );
  return new Map(
    accounts.map(({ id, isolation }) => {
      const shard = isSharded ? shardOf.get(id) : undefined;
      return [id, shard === undefined ? placementOf(id, isolation) : inShard(shard)];
    }),
  );
}

/** Places one that joins a run: nobody who is there moves. */
export function placeNewcomer(
  { id, isolation }: Placed,
  present: Iterable<{ readonly isolation: Isolation; readonly host: string }>,
  { cores }: { readonly cores: number },
): AccountPlacement {
  if (isolation !== 'auto') return placementOf(id, isolation);
  const auto = [...present].filter((each) => each.isolation === 'auto');
  const shards = Array.from({ length: Math.max(1, cores) }, (_, index) => `shard:${index + 1}`);
  const isSharded = auto.some(({ host }) => isShard(host));
  if (!isSharded && auto.length < ownThreadsMax(cores)) return placementOf(id, 'thread');
  const sizeOf = (shard: string) => auto.filter(({ host }) => host === shard).length;
  return inShard(shards.reduce((least, shard) => (sizeOf(shard) < sizeOf(least) ? shard : least)));
}

/** Where an account is alone. */
export function ownHostOf(id: AccountId): string {
  return `account:${id}`;
}

/** Whether others may live there, too. */
export function isSharedHost(host: string): boolean {
  return isShard(host) || host.startsWith('shared:');
}

function isShard(host: string): boolean {
  return host.startsWith('shard:');
}

function inShard(host: string): AccountPlacement {
  return { host, kind: 'thread' };
}

function placementOf(id: AccountId, isolation: Isolation): AccountPlacement {
  switch (isolation) {
    case 'auto':
    case 'thread':
      return { host: ownHostOf(id), kind: 'thread' };
    case 'process':
      return { host: ownHostOf(id), kind: 'process' };
    default:
      return { host: isolation, kind: 'thread' };
  }
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountId } from '../domain/units.ts';
import {
  type Isolation,
  isSharedHost,
  ownThreadsMax,
  placeAccounts,
  placeNewcomer,
} from './placement.ts';

const cores = 2;

function accounts(count: number, isolation: Isolation = 'auto') {
  return Array.from({ length: count }, (_, index) => ({
    id: accountId(`demo_${index + 1}`),
    isolation,
  }));
}

function hostsOf(placed: readonly { id: ReturnType<typeof accountId>; isolation: Isolation }[]) {
  return [...placeAccounts(placed, { cores }).values()].map(({ host }) => host);
}

describe('the placement of accounts', () => {
  test.each<[Isolation, string, 'thread' | 'process']>([
    ['thread', 'account:demo_1', 'thread'],
    ['process', 'account:demo_1', 'process'],
    ['shared:cents', 'shared:cents', 'thread'],
    ['auto', 'account:demo_1', 'thread'],
  ])('puts one that says %s into %s', (isolation, host, kind) => {
    const [place] = placeAccounts(accounts(1, isolation), { cores }).values();
    expect(place).toEqual({ host, kind });
  });

  test.each([
    { on: 1, own: 8 },
    { on: 2, own: 16 },
    { on: 3, own: 24 },
    { on: 64, own: 24 },
  ])(
    'gives $own accounts on $on cores a thread each, and beyond a shard to each core',
    ({ on, own }) => {
      const hostsOn = (count: number) =>
        new Set(
          [...placeAccounts(accounts(count), { cores: on }).values()].map(({ host }) => host),
        );
      expect(hostsOn(own)).toEqual(new Set(accounts(own).map(({ id }) => `account:${id}`)));
      const shards = Array.from(
        { length: Math.min(on, own + 1) },
        (_, index) => `shard:${index + 1}`,
      );
      expect(hostsOn(own + 1)).toEqual(new Set(shards));
    },
  );

  test('leaves a thread of its own to whoever asks for it, however many there are', () => {
    const named = { id: accountId('named'), isolation: 'thread' } as const;
    expect(hostsOf([...accounts(100), named]).at(-1)).toBe('account:named');
  });

  test('spreads shards evenly, and leaves those alone who have said where they run', () => {
    const named = { id: accountId('named'), isolation: 'process' } as const;
    const hosts = hostsOf([...accounts(100), named]);
    expect(hosts.filter((host) => host === 'shard:1')).toHaveLength(50);
    expect(hosts.at(-1)).toBe('account:named');
  });

  test('is shared exactly where another account may be', () => {
    expect(['shard:1', 'shared:cents', 'account:shared'].map(isSharedHost)).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('a newcomer', () => {
  const newcomer = { id: accountId('newcomer'), isolation: 'auto' } as const;

  test('gets a thread of its own while there are few, and the emptiest shard where there are many', () => {
    const few = accounts(3).map(({ isolation }, index) => ({
      isolation,
      host: `account:${index}`,
    }));
    expect(placeNewcomer(newcomer, few, { cores })).toMatchObject({ host: 'account:newcomer' });
    const many = ['shard:1', 'shard:2', 'shard:1'].map((host) => ({
      isolation: 'auto' as const,
      host,
    }));
    expect(placeNewcomer(newcomer, many, { cores })).toMatchObject({ host: 'shard:2' });
  });

  test('that comes one by one never stands where a shard is fuller than it has to be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), (count) => {
        const present: { isolation: Isolation; host: string }[] = [];
        for (const account of accounts(count)) {
          const { host } = placeNewcomer(account, present, { cores });
          present.push({ isolation: 'auto', host });
        }
        const own = present.filter(({ host }) => !isSharedHost(host)).length;
        const sizes = ['shard:1', 'shard:2'].map(
          (shard) => present.filter(({ host }) => host === shard).length,
        );
        expect(own).toBe(Math.min(count, ownThreadsMax(cores)));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

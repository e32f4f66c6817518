import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { aPolicy } from '../../test/account-world.ts';
import { accountId } from '../domain/units.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { FleetHaltedError, FleetOrders, fleetOrderFiles, fleetOrderPath } from './fleet-orders.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-orders-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [one, two] = [accountId('one'), accountId('two')];

/** A life of the engine, with what its accounts were told. */
function aLife(stateFolder: string, fails = false) {
  const told: string[] = [];
  const alerts: string[] = [];
  const heard: string[] = [];
  const orders = new FleetOrders({
    store: fleetOrderFiles,
    stateFolder,
    clock: new SimulatedClock(),
    accounts: () => [one, two],
    tellPolicy: (account) => told.push(`${account} ${orders.order?.state ?? 'active'}`),
    command: (account, command, by) => {
      told.push(`${account} ${command} by ${by}`);
      return fails ? Promise.reject(new Error(`${account} is not running`)) : Promise.resolve();
    },
    alert: (account, reason) => alerts.push(`${account}: ${reason}`),
    onChange: (order) => heard.push(order?.state ?? 'active'),
  });
  return { orders, told, alerts, heard };
}

function stateFolder(name: string): string {
  return join(folder, name);
}

describe('what is said to the fleet', () => {
  test.each([
    ['pause', 'paused'],
    ['reduce', 'reducing'],
    ['halt', 'halted'],
  ] as const)('%s holds for every account, and for the next life', async (command, state) => {
    const place = stateFolder(command);
    const { orders, told, heard } = aLife(place);
    await orders.give(command, 'a person');
    expect(heard).toEqual([state]);
    expect(told).toEqual([`one ${state}`, `two ${state}`]);
    const next = aLife(place);
    expect(next.orders.order).toMatchObject({ state, by: 'a person', isKill: false });
    expect(next.orders.inForce(aPolicy())).toMatchObject({ fleetState: state });
    expect(next.orders.inForce(aPolicy()).hash).not.toBe(aPolicy().hash);
  });

  test('resume takes back a pause, and leaves nothing behind', async () => {
    const place = stateFolder('resume');
    const { orders } = aLife(place);
    await orders.give('pause', 'a person');
    await orders.give('resume', 'a person');
    expect(existsSync(fleetOrderPath(place))).toBe(false);
    expect(orders.inForce(aPolicy())).toEqual(aPolicy());
    expect(aLife(place).orders.order).toBeUndefined();
  });

  test.each(['pause', 'reduce', 'resume'] as const)(
    '%s does not lead out of a halt',
    async (command) => {
      const { orders } = aLife(stateFolder('halted'));
      await orders.give('halt', 'a person');
      await expect(orders.give(command, 'another')).rejects.toThrow(FleetHaltedError);
      expect(orders.order).toMatchObject({ state: 'halted', by: 'a person' });
      await orders.give('revive', 'a person');
      expect(orders.order).toBeUndefined();
    },
  );

  test('kill reaches those that run, and whoever begins to run later, until it is revived', async () => {
    const place = stateFolder('kill');
    const { orders, told } = aLife(place);
    await orders.give('kill', 'a person');
    expect(told.slice(2)).toEqual([
      'one kill by a person, for the fleet',
      'two kill by a person, for the fleet',
    ]);
    await orders.give('halt', 'another');
    const next = aLife(place);
    next.orders.joined(one);
    expect(next.told).toEqual(['one kill by another, for the fleet']);
    await next.orders.give('revive', 'a person');
    next.orders.joined(two);
    expect(next.told.filter((line) => line.includes('two kill'))).toEqual([]);
  });

  test('a kill that an account has not taken is said, and holds', async () => {
    const { orders, alerts } = aLife(stateFolder('deaf'), true);
    await expect(orders.give('kill', 'a person')).rejects.toThrow('one is not running');
    expect(orders.order).toMatchObject({ isKill: true });
    orders.joined(two);
    await new Promise(setImmediate);
    expect(alerts).toEqual(['two: two is not running']);
  });

  test('a file that cannot be read halts the fleet: only a person takes that back', async () => {
    const place = stateFolder('torn');
    const first = aLife(place);
    await first.orders.give('pause', 'a person');
    writeFileSync(fleetOrderPath(place), '{"state":');
    const { orders } = aLife(place);
    expect(orders.order).toMatchObject({ state: 'halted' });
    expect(orders.order?.by).toContain('cannot be read');
  });
});

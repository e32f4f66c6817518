import { describe, expect, test } from 'vitest';
import { anAccount } from '../../test/browser/fleet-builder.ts';
import { accountId, epochMs } from '../domain/units.ts';
import type { Engine } from '../engine/engine.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { Fleet } from './fleet.ts';

const lost = accountId('lost');

function aFleetOf(quarantined: readonly (typeof lost)[]) {
  const asked: string[] = [];
  const engine = {
    accounts: () => ['lost', 'well'],
    quarantined: () => quarantined.map((account) => ({ account, reason: 'crashed' })),
    revive: async (account: string) => void asked.push(`take back ${account}`),
    command: async (account: string, command: string, by: string) =>
      void asked.push(`${command} ${account} by ${by}`),
    restart: async (target: string) => void asked.push(`restart ${target}`),
    orders: {
      order: { state: 'halted', isKill: true, by: 'telegram ann', at: epochMs(7) },
      give: async (command: string, by: string) => void asked.push(`${command} all by ${by}`),
    },
  } as unknown as Engine;
  const view = { version: 'test', startedAt: epochMs(0), mode: 'paper' } as const;
  return { asked, fleet: new Fleet(view, () => engine, new SimulatedClock(0)) };
}

describe('what consoles say', () => {
  test('revives a halted account, and takes back one that is quarantined', async () => {
    const { asked, fleet } = aFleetOf([lost]);
    await fleet.command({ id: '1', command: 'revive', target: 'well' });
    await fleet.command({ id: '2', command: 'revive', target: 'lost' });
    await fleet.command({ id: '3', command: 'halt', target: 'lost' });
    expect(asked).toEqual(['revive well by console', 'take back lost', 'halt lost by console']);
  });

  test('to the whole fleet is kept for it; to flatten is done by each account', async () => {
    const { asked, fleet } = aFleetOf([]);
    await fleet.command({ id: '1', command: 'kill', target: '*' });
    await fleet.command({ id: '2', command: 'flatten', target: '*' });
    expect(asked).toEqual([
      'kill all by console',
      'flatten lost by console',
      'flatten well by console',
    ]);
  });

  test('to nobody is answered with the accounts that there are', async () => {
    const { fleet } = aFleetOf([]);
    expect(await fleet.command({ id: '1', command: 'halt', target: 'wel' })).toEqual({
      ok: false,
      error: 'there is no account wel; there are lost, well',
    });
  });
});

describe('what consoles see', () => {
  test('is what was said to the whole fleet, and that it was taken back', () => {
    const { fleet } = aFleetOf([]);
    expect(fleet.snapshot().order).toMatchObject({ state: 'halted', by: 'telegram ann' });
    expect(fleet.take({ type: 'engine-event', event: { type: 'fleet-ordered' } })).toEqual([
      { type: 'fleet-ordered' },
    ]);
  });

  test('loses an account that has left', () => {
    const { fleet } = aFleetOf([]);
    fleet.take({ type: 'account-changed', snapshot: anAccount('lost') });
    const event = { type: 'account-removed', account: 'lost' } as const;
    expect(fleet.take({ type: 'engine-event', event })).toEqual([
      { type: 'account-left', account: 'lost' },
    ]);
    expect(fleet.snapshot().accounts).toEqual([]);
  });
});

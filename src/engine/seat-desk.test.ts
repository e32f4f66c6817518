import { describe, expect, test } from 'vitest';
import { accountId } from '../domain/units.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import type { AccountSeat, SeatsMessage } from '../threads/thread-data.ts';
import { SeatDesk } from './seat-desk.ts';

const host = 'shard:1';
const account = accountId('demo');

function aDesk() {
  const clock = new SimulatedClock();
  const told: SeatsMessage[] = [];
  const desk = new SeatDesk({ clock, tell: (_, message) => told.push(message) });
  const taken = (number: number, refusal?: string) =>
    desk.taken({ type: 'seats-taken', host, number, ...(refusal !== undefined && { refusal }) });
  return { clock, told, desk, taken };
}

describe('whoever asks a host who shall live there', () => {
  test('hears when it is so, or why it is not', async () => {
    const { desk, taken, clock } = aDesk();
    const [first, second] = [desk.settle(host, () => []), desk.settle(host, () => [])];
    taken(2, 'the disk is full');
    taken(1);
    await expect(first).resolves.toBeUndefined();
    await expect(second).rejects.toThrow('the disk is full');
    expect(clock.pendingCount).toBe(0);
  });

  test('hears so when the host does not answer in time', async () => {
    const { desk, clock } = aDesk();
    const asked = desk.settle(host, () => []);
    clock.advance(15_000);
    await expect(asked).rejects.toThrow('did not answer');
  });

  test('asks a host that starts anew again, for what is wanted by then', async () => {
    const { desk, told, taken } = aDesk();
    let seats: readonly AccountSeat[] = [];
    const asked = desk.settle(host, () => seats);
    seats = [{ account } as AccountSeat];
    desk.hostIsUp('shard:2');
    desk.hostIsUp(host);
    expect(told).toEqual([
      { type: 'seats-wanted', number: 1, seats: [] },
      { type: 'seats-wanted', number: 1, seats },
    ]);
    taken(1);
    await expect(asked).resolves.toBeUndefined();
  });

  test('does not ask for a restart twice: a host that starts anew has restarted everybody', async () => {
    const { desk, told } = aDesk();
    const asked = desk.restart(host, { account, reason: 'test' });
    desk.hostIsUp(host);
    await expect(asked).resolves.toBeUndefined();
    expect(told).toHaveLength(1);
  });
});

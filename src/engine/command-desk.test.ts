import { describe, expect, test } from 'vitest';
import type { AccountMessage } from '../actors/account-message.ts';
import { accountId } from '../domain/units.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { CommandDesk } from './command-desk.ts';

const account = accountId('exness_main');

function aDesk() {
  const clock = new SimulatedClock();
  const told: string[] = [];
  const desk = new CommandDesk({
    clock,
    tell: (_, message: AccountMessage) => {
      if (message.type === 'command') told.push(`${message.number} ${message.command}`);
    },
  });
  return { clock, told, desk };
}

describe('a command', () => {
  test('is obeyed when its account says that it is on disk', async () => {
    const { clock, told, desk } = aDesk();
    desk.up(account);
    const given = desk.give(account, 'pause', 'test');
    expect(told).toEqual(['1 pause']);
    desk.taken({ type: 'command-taken', account, number: 1 });
    await expect(given).resolves.toBeUndefined();
    expect(clock.pendingCount).toBe(0);
  });

  test('to an account that is down waits, its sender hears so, and it is told when the account is up', async () => {
    const { clock, told, desk } = aDesk();
    const given = desk.give(account, 'flatten', 'test');
    expect(told).toEqual([]);
    clock.advance(5_000);
    await expect(given).rejects.toThrow('obeys "flatten" as soon as it is up');
    desk.up(account);
    expect(told).toEqual(['1 flatten']);
  });

  test('that died with its account is told again, in order, until it is taken', async () => {
    const { told, desk } = aDesk();
    desk.up(account);
    const given = [desk.give(account, 'pause', 'test'), desk.give(account, 'resume', 'test')];
    desk.down(account);
    told.length = 0;
    desk.up(account);
    expect(told).toEqual(['1 pause']);
    desk.taken({ type: 'command-taken', account, number: 1 });
    expect(told).toEqual(['1 pause', '2 resume']);
    told.length = 0;
    desk.up(account);
    expect(told).toEqual(['2 resume']);
    desk.taken({ type: 'command-taken', account, number: 2 });
    await Promise.all(given);
    told.length = 0;
    desk.up(account);
    expect(told).toEqual([]);
  });

  test('that its account crashed on is not overtaken by the next', async () => {
    const { told, desk } = aDesk();
    desk.up(account);
    const given = [desk.give(account, 'flatten', 'test'), desk.give(account, 'revive', 'test')];
    expect(told).toEqual(['1 flatten']);
    desk.up(account); // restarted in place: the command that it failed on is gone
    expect(told).toEqual(['1 flatten', '1 flatten']);
    for (const number of [1, 1, 2]) desk.taken({ type: 'command-taken', account, number });
    expect(told).toEqual(['1 flatten', '1 flatten', '2 revive']);
    await Promise.all(given);
  });

  test('to an account that was given up is refused, also one that waits', async () => {
    const { desk } = aDesk();
    const waiting = desk.give(account, 'flatten', 'test');
    desk.gaveUp(account);
    await expect(waiting).rejects.toThrow('is not running');
    await expect(desk.give(account, 'pause', 'test')).rejects.toThrow('behind their stops');
  });

  test('is refused when too many wait: they would be obeyed at a moment that nobody meant', async () => {
    const { clock, desk } = aDesk();
    const given = Array.from({ length: 100 }, () => desk.give(account, 'pause', 'test'));
    await expect(desk.give(account, 'pause', 'test')).rejects.toThrow('100 commands waiting');
    clock.advance(5_000);
    await Promise.allSettled(given);
  });
});

import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { LoginLimiter } from './login-limiter.ts';

describe('the login limiter', () => {
  test('lets an address try until it was wrong too often', () => {
    const { limiter } = aLimiter();
    limiter.failed('a');
    limiter.failed('a');
    expect(limiter.blockedMs('a')).toBe(0);
    limiter.failed('a');
    expect(limiter.blockedMs('a')).toBe(60_000);
  });

  test('blocks one address only', () => {
    const { limiter } = aLimiter();
    for (let i = 0; i < 3; i++) limiter.failed('a');
    expect(limiter.blockedMs('b')).toBe(0);
  });

  test('forgives when the window of the first wrong token is over', () => {
    const { limiter, clock } = aLimiter();
    for (let i = 0; i < 3; i++) limiter.failed('a');
    clock.advance(59_999);
    expect(limiter.blockedMs('a')).toBe(1);
    clock.advance(1);
    expect(limiter.blockedMs('a')).toBe(0);
    limiter.failed('a');
    expect(limiter.blockedMs('a')).toBe(0);
  });

  test('remembers a bounded number of addresses', () => {
    const { limiter } = aLimiter();
    for (let i = 0; i < 3; i++) limiter.failed('a');
    for (const address of ['b', 'c']) limiter.failed(address);
    expect(limiter.blockedMs('a')).toBe(0);
  });
});

function aLimiter() {
  const clock = new SimulatedClock();
  const limiter = new LoginLimiter({ clock, triesMax: 3, windowMs: 60_000, addressesMax: 2 });
  return { limiter, clock };
}

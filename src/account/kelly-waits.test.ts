import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import { fraction } from '../domain/units.ts';
import type { KellyPlan } from '../risk/kelly.ts';
import type { AccountPolicy } from './policy.ts';
import { hashedPolicy } from './policy-hash.ts';

const classical: KellyPlan = {
  formula: 'classical',
  multiplier: 1,
  max: fraction(0.5),
  atNoEdge: 'skip',
};
const seed: KellyPlan = { ...classical, formula: 'seed' };

function withKelly(kelly: KellyPlan | undefined, changes: Partial<AccountPolicy> = {}) {
  const { hash: _, ...content } = aPolicy(changes);
  return hashedPolicy({ ...content, ...(kelly && { kelly }) });
}

/** An account with one open position, or flat. */
function aWorld(policy: AccountPolicy, { isFlat = false } = {}): AccountWorld {
  const world = new AccountWorld({ policy }).open();
  if (!isFlat) world.bar(aPrediction('buy'));
  expect(Object.keys(world.state.positions)).toHaveLength(isFlat ? 0 : 1);
  return world;
}

function configure(world: AccountWorld, policy: AccountPolicy): void {
  world.policy = policy;
  world.give({ type: 'configured', policy });
}

function takeProfit(world: AccountWorld): void {
  world.move(96_000, monday + barMs);
  world.read();
  expect(world.state.positions).toEqual({});
}

const told = (world: AccountWorld) => world.heard('alert').map(({ reason }) => reason);

describe('a change of the Kelly settings', () => {
  test('is in force at once on a flat account', () => {
    const world = aWorld(withKelly(undefined), { isFlat: true });
    configure(world, withKelly(classical));
    expect(world.state.policy?.kelly).toEqual(classical);
    expect(world.state.policyWaiting).toBeUndefined();
    expect(told(world)).toEqual([]);
  });

  test('waits until a position has left; what else changed does not', () => {
    const world = aWorld(withKelly(undefined));
    configure(world, withKelly(classical, { risk: fraction(0.01) }));
    expect(world.state.policy).toMatchObject({ risk: 0.01 });
    expect(world.state.policy).not.toHaveProperty('kelly');
    expect(world.state.policy?.hash).toBe(withKelly(undefined, { risk: fraction(0.01) }).hash);
    expect(told(world)).toEqual([
      'kelly_lot_sizing.* waits until flat: off -> classical x 1, at most 0.5, without an edge skip',
    ]);
    takeProfit(world);
    expect(world.state.policy).toEqual(withKelly(classical, { risk: fraction(0.01) }));
    expect(world.state.policyWaiting).toBeUndefined();
    expect(told(world).at(-1)).toBe(
      'flat: kelly_lot_sizing.* is in force now: off -> classical x 1, at most 0.5, without an edge skip',
    );
    expect(world.facts('policy-changed').at(-1)).toMatchObject({
      changes: [{ key: 'kelly', to: classical }],
    });
  });

  test('waits for an order whose outcome nobody knows, too', () => {
    const world = new AccountWorld({ policy: withKelly(classical), faults: ['504-lost'] }).open();
    world.isManual = true;
    world.read();
    world.give({ type: 'predicted', prediction: aPrediction('buy') });
    expect(Object.values(world.state.orders)).toMatchObject([{ stage: 'unknown' }]);
    configure(world, withKelly(seed));
    expect(world.state.policy?.kelly).toEqual(classical);
    // Past the bar of the order: it is proven absent and not sent again.
    world.move(95_000, monday + 3 * barMs);
    for (let reads = 0; reads < 20; reads += 1) {
      world.wait(2_000);
      world.read();
    }
    expect(world.state.orders).toEqual({});
    expect(world.state.policy?.kelly).toEqual(seed);
  });

  test('that is taken back before the account is flat never was', () => {
    const before = withKelly(seed);
    const world = aWorld(before);
    configure(world, withKelly(classical));
    configure(world, before);
    expect(told(world).at(-1)).toBe(
      'kelly_lot_sizing.* stays seed x 1, at most 0.5, without an edge skip: the change was taken back',
    );
    takeProfit(world);
    expect(world.state.policy).toEqual(before);
    expect(told(world)).toHaveLength(2);
  });

  test('that is changed again while it waits is taken over as it is last', () => {
    const world = aWorld(withKelly(undefined));
    configure(world, withKelly(classical));
    configure(world, withKelly(seed));
    configure(world, withKelly(seed, { risk: fraction(0.01) }));
    expect(told(world)).toHaveLength(2);
    takeProfit(world);
    expect(world.state.policy).toEqual(withKelly(seed, { risk: fraction(0.01) }));
  });

  test('waits over a restart of the account, which hears the same policy again', () => {
    const world = aWorld(withKelly(undefined));
    configure(world, withKelly(classical));
    const { length } = world.facts('policy-changed');
    world.open();
    expect(world.facts('policy-changed')).toHaveLength(length);
    expect(world.state.policy).not.toHaveProperty('kelly');
    takeProfit(world);
    expect(world.state.policy).toEqual(withKelly(classical));
  });

  test('of the files while the engine was down waits, too, where it comes back to a position', () => {
    const world = aWorld(withKelly(classical));
    world.policy = withKelly(undefined);
    world.open();
    expect(world.state.policy?.kelly).toEqual(classical);
    takeProfit(world);
    expect(world.state.policy).toEqual(withKelly(undefined));
  });

  test('sizes the next order and is in its intent', () => {
    const world = aWorld(withKelly(undefined));
    configure(world, withKelly(classical));
    takeProfit(world);
    world.bar({ ...aPrediction('buy', { bar: 1 }), mean: { buy: 0.6, sell: 0.2, hold: 0.2 } });
    const [first, second] = world.facts('order-intended').map(({ intent }) => intent);
    expect(first?.order.volume).toBe(6);
    expect(first?.sizing).toMatchObject({ baseRisk: 0.02, riskMultiplier: 1, risk: 0.02 });
    // 0.6 at 1 to 1 is worth a fifth of the base risk.
    expect(second?.order.volume).toBe(1);
    expect(second?.sizing).toMatchObject({ kelly: { raw: 0.2, adjusted: 0.2 }, risk: 0.004 });
  });
});

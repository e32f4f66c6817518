import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountId, epochMs } from '../domain/units.ts';
import { assessExposure, type FleetCaps, type Holding } from './exposure.ts';
import {
  type Answer,
  blankLedger,
  forget,
  heldBy,
  type Ledger,
  settle,
  tell,
} from './exposure-ledger.ts';

function aHolding(changes: Partial<Holding> = {}): Holding {
  return { id: 'wish', symbol: 'BTCUSD', side: 'buy', notional: 1_000, risk: 10, ...changes };
}

const off: FleetCaps = { groups: [] };

describe('the exposure of a fleet', () => {
  const held = [aHolding({ id: 'a' }), aHolding({ id: 'b', side: 'sell' })];

  test.each<[string, FleetCaps, Partial<Holding>, ReturnType<typeof assessExposure>]>([
    ['is not limited where no cap is set', off, { notional: 1e9 }, undefined],
    ['may reach the cap of a symbol', { ...off, symbolNotionalMax: 3_000 }, {}, undefined],
    [
      'may not pass it, and sides do not set each other off',
      { ...off, symbolNotionalMax: 2_999.9 },
      {},
      { limit: 'exposure-notional', observed: 3_000, allowed: 2_999.9 },
    ],
    [
      'counts each symbol alone',
      { ...off, symbolNotionalMax: 1_000 },
      { symbol: 'XAUUSD' },
      undefined,
    ],
    [
      'is capped by what is lost at the stops, too',
      { ...off, symbolRiskMax: 29 },
      {},
      { limit: 'exposure-risk', observed: 30, allowed: 29 },
    ],
    [
      'is denied when an amount is no number',
      { ...off, symbolRiskMax: 29 },
      { risk: Number.NaN },
      { limit: 'exposure-risk', observed: Number.NaN, allowed: 29 },
    ],
  ])('%s', (_, caps, wish, denial) => {
    expect(assessExposure(held, aHolding(wish), caps)).toEqual(denial);
  });

  const dollar = { name: 'dollar', members: { EURUSD: 1, XAUUSD: 1, USDJPY: -1 } } as const;
  const grouped = { groups: [dollar], groupRiskMax: 25 };
  const inGroup = [
    aHolding({ id: 'a', symbol: 'EURUSD' }),
    aHolding({ id: 'b', symbol: 'USDJPY', side: 'sell' }),
  ];

  test.each<[string, Partial<Holding>, boolean]>([
    ['the same direction', { symbol: 'XAUUSD' }, false],
    [
      'the same direction by a symbol that moves against',
      { symbol: 'USDJPY', side: 'sell' },
      false,
    ],
    ['the other direction', { symbol: 'XAUUSD', side: 'sell' }, true],
    ['a symbol outside of the group', { symbol: 'BTCUSD' }, true],
  ])('of symbols that move together is capped in %s', (_, wish, fits) => {
    const denial = assessExposure(inGroup, aHolding(wish), grouped);
    expect(denial).toEqual(fits ? undefined : { limit: 'correlation', observed: 30, allowed: 25 });
  });
});

const [one, two, three] = ['one', 'two', 'three'].map(accountId) as [
  ReturnType<typeof accountId>,
  ReturnType<typeof accountId>,
  ReturnType<typeof accountId>,
];
const fleet = [one, two, three];
const bar = epochMs(900_000);
const nextBar = epochMs(1_800_000);
const capped: FleetCaps = { ...off, symbolRiskMax: 20 };

function wishOf(id: string, barTime = bar) {
  return { holding: aHolding({ id }), barTime };
}

function verdicts(answers: readonly Answer[]) {
  return answers.map(({ account, denial }) => [account, denial?.limit ?? 'granted']);
}

describe('in lockstep', () => {
  test('nothing is answered before every account has come to the bar', () => {
    let ledger = tell(blankLedger(capped), two, { epoch: 1, holdings: [], asking: wishOf('w2') });
    ledger = tell(ledger, one, { epoch: 1, holdings: [], asking: wishOf('w1') });
    expect(settle(ledger, fleet, true).answers).toEqual([]);
    ledger = tell(ledger, three, { epoch: 1, holdings: [], decided: epochMs(0) });
    expect(settle(ledger, fleet, true).answers).toEqual([]);
    ledger = tell(ledger, three, { epoch: 1, holdings: [], decided: bar });
    expect(verdicts(settle(ledger, fleet, true).answers)).toEqual([
      [one, 'granted'],
      [two, 'granted'],
    ]);
  });

  test.each([0, 1, 2, 3, 4, 5])(
    'the order of the accounts decides, not who was first: %d',
    (order) => {
      const [first, second] = [order % 3, (order % 3) + 1 + (order > 2 ? 1 : 0)];
      const rest = [0, 1, 2].filter((index) => index !== first && index !== second % 3);
      let ledger = blankLedger(capped);
      for (const index of [first, second % 3, ...rest]) {
        const account = fleet[index] ?? one;
        ledger = tell(ledger, account, { epoch: 1, holdings: [], asking: wishOf(`w-${account}`) });
      }
      const { ledger: settled, answers } = settle(ledger, fleet, true);
      expect(verdicts(answers)).toEqual([
        [one, 'granted'],
        [two, 'granted'],
        [three, 'exposure-risk'],
      ]);
      expect(settle(settled, fleet, true).answers).toEqual([]);
    },
  );

  test('a ledger that lost its memory answers the rest as it would have', () => {
    const asking = (account: (typeof fleet)[number]) => ({
      ...{ epoch: 1, holdings: [], asking: wishOf(`w-${account}`) },
    });
    let ledger = blankLedger(capped);
    // One was granted and told so; the others ask again.
    ledger = tell(ledger, three, asking(three));
    ledger = tell(ledger, two, asking(two));
    const held = [aHolding({ id: 'w-one' })];
    ledger = tell(ledger, one, { epoch: 2, holdings: held, decided: bar });
    expect(verdicts(settle(ledger, fleet, true).answers)).toEqual([
      [two, 'granted'],
      [three, 'exposure-risk'],
    ]);
  });

  test('an account that is no longer expected is not waited for, and what it holds counts', () => {
    const held = [aHolding({ id: 'old', risk: 15 })];
    let ledger = tell(blankLedger(capped), three, { epoch: 1, holdings: held });
    ledger = tell(ledger, one, { epoch: 1, holdings: [], asking: wishOf('w1') });
    ledger = tell(ledger, two, { epoch: 1, holdings: [], decided: bar });
    expect(verdicts(settle(ledger, [one, two], true).answers)).toEqual([[one, 'exposure-risk']]);
    expect(verdicts(settle(forget(ledger, three), [one, two], true).answers)).toEqual([
      [one, 'granted'],
    ]);
  });

  test('a wish for the next bar waits for those that are still at this one', () => {
    let ledger = tell(blankLedger(capped), one, {
      ...{ epoch: 1, holdings: [], decided: bar },
      asking: wishOf('w1', nextBar),
    });
    ledger = tell(ledger, two, { epoch: 1, holdings: [], decided: bar });
    expect(settle(ledger, [one, two], true).answers).toEqual([]);
  });
});

describe('live', () => {
  test('a wish is answered at once, and refused while somebody has not told what he holds', () => {
    const ledger = tell(blankLedger(capped), one, { epoch: 1, holdings: [], asking: wishOf('w1') });
    expect(settle(ledger, fleet, false).answers).toMatchObject([
      { account: one, denial: { limit: 'fleet-untold', observed: 2, allowed: 0 } },
    ]);
    expect(verdicts(settle(ledger, [one], false).answers)).toEqual([[one, 'granted']]);
  });

  test('what an earlier incarnation of an account says is not heard any more', () => {
    const ledger = tell(blankLedger(capped), one, { epoch: 2, holdings: [] });
    expect(tell(ledger, one, { epoch: 1, holdings: [aHolding()] })).toBe(ledger);
  });
});

/** An account as the ledger cannot see it: what it holds is on its disk, what it asks for is not. */
type Teller = { epoch: number; held: Holding[]; asking?: Holding };

type Step = {
  readonly kind: 'ask' | 'hear' | 'close' | 'crash' | 'tell' | 'ledger-lost';
  readonly who: number;
  readonly risk: number;
};

/** Three accounts and a ledger, with the answers that are on their way between them. */
class TellingFleet {
  readonly tellers: readonly Teller[] = fleet.map(() => ({ epoch: 1, held: [] }));
  ledger: Ledger = blankLedger(capped);
  #mail: readonly Answer[][] = fleet.map(() => []);
  #number = 0;

  take({ kind, who, risk }: Step): void {
    const teller = this.tellers[who] as Teller;
    switch (kind) {
      case 'ask':
        this.#number += 1;
        teller.asking ??= aHolding({ id: `w${this.#number}`, risk });
        return this.#tell(who);
      case 'hear':
        return this.#hear(who);
      case 'close':
        teller.held.shift();
        return this.#tell(who);
      case 'crash':
        teller.epoch += 1;
        delete teller.asking;
        this.#mail[who]?.splice(0);
        return this.#tell(who);
      case 'tell':
        return this.#tell(who);
      case 'ledger-lost':
        return this.#loseLedger();
    }
  }

  #tell(who: number): void {
    const { epoch, held, asking } = this.tellers[who] as Teller;
    const wish = asking && { asking: { holding: asking, barTime: bar } };
    this.ledger = tell(this.ledger, fleet[who] ?? one, { epoch, holdings: [...held], ...wish });
    const { ledger, answers } = settle(this.ledger, fleet, false);
    this.ledger = ledger;
    for (const answer of answers) this.#mail[fleet.indexOf(answer.account)]?.push(answer);
  }

  #hear(who: number): void {
    const teller = this.tellers[who] as Teller;
    const answer = this.#mail[who]?.shift();
    if (answer === undefined || answer.wish.holding.id !== teller.asking?.id) return;
    if (!answer.denial) teller.held.push(teller.asking);
    delete teller.asking;
    this.#tell(who);
  }

  /** Answers that had left arrive before the news of the new ledger. */
  #loseLedger(): void {
    this.ledger = blankLedger(capped);
    for (const who of fleet.keys()) {
      while ((this.#mail[who]?.length ?? 0) > 0) this.#hear(who);
    }
    for (const who of fleet.keys()) this.#tell(who);
  }
}

test('what is granted and held never passes a cap, whatever is asked, closed, crashed and lost', () => {
  const kind = fc.constantFrom(
    'ask',
    'ask',
    'hear',
    'hear',
    'close',
    'crash',
    'tell',
    'ledger-lost',
  );
  const step = fc.record({ kind, who: fc.nat(2), risk: fc.integer({ min: 1, max: 15 }) });
  const total = (holdings: readonly Holding[]) => holdings.reduce((sum, { risk }) => sum + risk, 0);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (script) => {
      const world = new TellingFleet();
      for (const each of script as readonly Step[]) {
        world.take(each);
        expect(total(world.tellers.flatMap(({ held }) => held))).toBeLessThanOrEqual(20);
        expect(total(heldBy(world.ledger))).toBeLessThanOrEqual(20);
      }
    }),
    { numRuns: 1_000 },
  );
});

import { describe, expect, test } from 'vitest';
import { AccountStage } from '../../test/account-stage.ts';
import { accountId, epochMs } from '../domain/units.ts';
import type { Holding } from '../risk/exposure.ts';
import type { Told, Wish } from '../risk/exposure-ledger.ts';
import type { AccountMessage } from './account-message.ts';
import { createFleet, type FleetMessage } from './fleet.ts';

const [one, two] = [accountId('one'), accountId('two')];
const caps = { symbolRiskMax: 20, groups: [] };

function aWish(id: string): Wish {
  const holding = { id, symbol: 'BTCUSD', side: 'buy', notional: 1_000, risk: 15 } as const;
  return { holding, barTime: epochMs(900_000) };
}

describe('the ledger of a fleet', () => {
  test('answers each account by itself, and again whom it was released by', async () => {
    const mail: string[] = [];
    const fleet = createFleet({
      caps,
      isLockstep: false,
      accounts: () => [one, two],
      accountRef: (account) => ({
        name: account,
        tell: (message: AccountMessage) => {
          if (message.type !== 'reservation-answered') return;
          mail.push(`${account} ${message.answer.denial?.limit ?? 'granted'}`);
        },
      }),
    });
    const say = async (account: typeof one, told: Partial<Told>) =>
      fleet.receive({ type: 'holdings-told', account, told: { epoch: 1, holdings: [], ...told } });
    await say(one, { asking: aWish('w1') });
    await say(two, {});
    await say(one, { asking: aWish('w1') });
    await say(two, { asking: aWish('w2') });
    await say(one, {}); // the order came to nothing
    await say(two, { asking: aWish('w3') });
    await say(one, { asking: aWish('w4') });
    await fleet.receive({ type: 'account-left', account: two });
    await say(two, {});
    await say(one, { asking: aWish('w5') });
    expect(mail).toEqual([
      'one fleet-untold',
      'one granted',
      'two exposure-risk',
      'two granted',
      'one exposure-risk',
      'one granted',
    ]);
  });
});

describe('a ledger that has started again while an account does not run', () => {
  /** Which answers the other one gets: before anything was told again, and after. */
  function answersTo({ isKnown }: { readonly isKnown: boolean }) {
    const mail: string[] = [];
    const memory = new Map();
    let running = [one, two];
    const start = () =>
      createFleet({
        ...{ caps, isLockstep: true, memory, accounts: () => running, members: () => [one, two] },
        accountRef: (account) => ({
          name: account,
          tell: (message: AccountMessage) => {
            if (message.type !== 'reservation-answered') return;
            const { limit, observed } = message.answer.denial ?? {};
            mail.push(limit === undefined ? 'granted' : `${limit} ${observed}`);
          },
        }),
      });
    const told = { epoch: 1, holdings: [] };
    const former = start();
    if (isKnown) {
      const asked = { ...told, asking: aWish('w1') };
      void former.receive({ type: 'holdings-told', account: one, told: asked });
      const decided = { ...told, decided: epochMs(900_000) };
      void former.receive({ type: 'holdings-told', account: two, told: decided });
    }
    running = [two];
    const next = start();
    void next.receive({
      type: 'holdings-told',
      account: two,
      told: { ...told, asking: aWish('w2') },
    });
    return { mail };
  }

  test('counts what it held and what it was granted', () => {
    expect(answersTo({ isKnown: true }).mail).toEqual(['granted', 'exposure-risk 30']);
  });

  test('grants nothing where nobody knows what it holds', () => {
    expect(answersTo({ isKnown: false }).mail).toEqual(['fleet-untold 1']);
  });
});

const policy = { guards: { fleet: { multiplier: 0.01 } } };

async function aStage(pollEveryMs?: number): Promise<AccountStage> {
  const options = { policy, ...(pollEveryMs !== undefined && { pollEveryMs }) };
  return new AccountStage(options).start();
}

function wishes({ fleetMail }: AccountStage): readonly Holding[] {
  return fleetMail.flatMap((message: FleetMessage) =>
    message.type === 'holdings-told' && message.told.asking ? [message.told.asking.holding] : [],
  );
}

async function ask(stage: AccountStage): Promise<Holding> {
  stage.close(1);
  stage.predict('buy', 1);
  await stage.settle();
  const [holding] = wishes(stage);
  if (!holding) throw new Error('the account asks for nothing');
  return holding;
}

describe('an account that asks the ledger', () => {
  test('sends its order when it is granted, and finishes its bar then', async () => {
    const stage = await aStage();
    const holding = await ask(stage);
    expect(stage.stepsDone).toEqual([]);
    stage.tell({ type: 'reservation-answered', answer: { holding } });
    await stage.settle();
    expect(stage.broker.executed).toMatchObject([{ tradeId: holding.id }]);
    expect(stage.stepsDone).toHaveLength(1);
    expect(stage.fleetMail.at(-1)).toMatchObject({ told: { holdings: [holding] } });
  });

  test('waits in lockstep as long as it takes, and asks a ledger that lost its memory again', async () => {
    const stage = await aStage();
    const holding = await ask(stage);
    for (let minute = 0; minute < 10; minute += 1) await stage.settle(60_000);
    expect(stage.verdicts).toEqual([]);
    stage.tell({ type: 'fleet-started' });
    await stage.settle();
    expect(wishes(stage)).toEqual([holding, holding]);
    stage.tell({ type: 'reservation-answered', answer: { holding } });
    await stage.settle();
    expect(stage.verdicts).toEqual(['BTCUSD 1 entered']);
  });

  test('is refused live when no answer comes in time; a late one changes nothing', async () => {
    const stage = await aStage(5_000);
    const holding = await ask(stage);
    await stage.settle(2_000);
    expect(stage.verdicts).toEqual(['BTCUSD 1 denied fleet-unanswered']);
    stage.tell({ type: 'reservation-answered', answer: { holding } });
    await stage.settle();
    expect(stage.broker.executed).toEqual([]);
    const told = stage.fleetMail.at(-1);
    expect(told).toMatchObject({ told: { holdings: [] } });
    expect(told).not.toHaveProperty('told.asking');
  });

  test('tells what it holds whenever the ledger starts, and after each restart of its own', async () => {
    const stage = await aStage();
    const holding = await ask(stage);
    stage.tell({ type: 'reservation-answered', answer: { holding } });
    await stage.settle();
    const before = stage.fleetMail.length;
    stage.tell({ type: 'fleet-started' });
    await stage.settle();
    await stage.stop();
    await stage.start();
    expect(stage.fleetMail.slice(before)).toMatchObject([
      { told: { epoch: 1, holdings: [holding] } },
      { told: { epoch: 2, holdings: [holding] } },
    ]);
  });
});

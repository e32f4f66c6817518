import { beforeEach, describe, expect, test } from 'vitest';
import { aSnapshot, nowMs } from '../../test/chat-news.ts';
import { type AccountId, accountId, epochMs } from '../domain/units.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { ChatDesk } from './chat-desk.ts';

const [one, two] = [accountId('exness_main'), accountId('icmarkets_main')];
const chatId = '-1001';

let clock: SimulatedClock;
let told: string[];
let done: string[];
let desk: ChatDesk;

beforeEach(() => {
  clock = new SimulatedClock(nowMs);
  told = [];
  done = [];
  desk = new ChatDesk({
    clock,
    snapshot: aSnapshot,
    command: (account, command, by) => done.push(`${command} ${account} by ${by}`),
    fleet: {
      accounts: () => [one, two],
      order: () => ({ state: 'paused', isKill: false, by: 'console', at: epochMs(nowMs) }),
      command: async (command, by) => {
        if (command === 'reduce') throw new Error('the fleet was halted by console');
        done.push(`${command} fleet by ${by}`);
      },
    },
    log: () => {},
  });
});

/** A word in a chat that speaks for these accounts, and what came of it. */
async function say(text: string, accounts: readonly AccountId[] = [one, two]): Promise<void> {
  const outboxes = accounts.map((account) => ({
    ...{ account, chatId },
    put: (answer: string) => void told.push(answer),
  }));
  desk.answer(
    { updateId: 1, chatId, text, sentAtMs: nowMs, from: 'ann' },
    { botName: 'bot', outboxes },
  );
  await clock.advanceAsync(0);
}

describe('what is grave', () => {
  test.each([
    ['/flatten', 'flatten'],
    ['/closeall', 'flatten'],
    ['/halt', 'halt'],
    ['/kill', 'kill'],
    ['/revive', 'revive'],
  ])('is asked twice: %s', async (text, command) => {
    await say(`${text} exness_main`);
    expect(done).toEqual([]);
    expect(told[0]).toMatch(new RegExp(`^exness_main: ${command} it\\? .*/confirm exness_main`));
    await say('/confirm exness_main');
    expect(done).toEqual([`${command} exness_main by telegram ann`]);
    await say('/confirm exness_main');
    expect(done).toHaveLength(1);
  });

  test('is not done by a second word that comes too late', async () => {
    await say('/kill fleet');
    clock.advance(60_001);
    await say('/confirm fleet');
    expect(done).toEqual([]);
    expect(told.at(-1)).toBe('fleet: nothing waits to be confirmed');
  });

  test('is forgotten once something else was said', async () => {
    await say('/kill exness_main');
    await say('/pause exness_main');
    await say('/confirm exness_main');
    expect(done).toEqual(['pause exness_main by telegram ann']);
  });

  test('is confirmed for whom it was asked alone', async () => {
    await say('/kill exness_main');
    await say('/confirm icmarkets_main');
    await say('/confirm fleet');
    expect(done).toEqual([]);
  });
});

test.each(['pause', 'reduce', 'resume'])('%s is done at once', async (command) => {
  await say(`/${command} exness_main`);
  expect(done).toEqual([`${command} exness_main by telegram ann`]);
});

describe('the fleet', () => {
  test('is spoken for by the chat of all of its accounts', async () => {
    await say('/pause fleet');
    expect(told).toEqual(['fleet: /pause is done']);
    await say('/kill fleet');
    await say('/confirm fleet');
    expect(done).toEqual(['pause fleet by telegram ann', 'kill fleet by telegram ann']);
  });

  test('is not spoken for by the chat of a part of them', async () => {
    await say('/kill fleet', [one]);
    await say('/confirm fleet', [one]);
    expect(done).toEqual([]);
    expect(new Set(told)).toEqual(
      new Set(['this chat does not speak for the whole fleet: not for icmarkets_main']),
    );
  });

  test('says what was not done', async () => {
    await say('/reduce fleet');
    expect(told).toEqual(['fleet: /reduce FAILED: the fleet was halted by console']);
  });

  test('tells what holds for it, and how its accounts stand', async () => {
    await say('/status fleet');
    expect(told).toEqual([
      [
        'the fleet is paused, by console: it holds for whoever joins, and over restarts',
        'exness_main: paused',
        'icmarkets_main: paused',
      ].join('\n'),
    ]);
  });
});

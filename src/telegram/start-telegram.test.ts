import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BotApiServer } from '../../test/bot-api-server.ts';
import { aClose, anAlert, aSnapshot, at, nowMs } from '../../test/chat-news.ts';
import { accountId } from '../domain/units.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { startTelegram, type Telegram, type TelegramOptions } from './start-telegram.ts';
import type { TelegramLogEvent } from './telegram-log-event.ts';

const exness = { account: accountId('exness_main'), token: '111:first', chatId: '-1001' };
const icmarkets = { account: accountId('icmarkets_main'), token: '222:second', chatId: '2002' };

let server: BotApiServer;
let clock: SimulatedClock;
let telegram: Telegram;
let logged: TelegramLogEvent[];
let commands: string[];

beforeEach(async () => {
  server = await BotApiServer.start([exness.token, icmarkets.token]);
  clock = new SimulatedClock(nowMs);
  logged = [];
  commands = [];
});

afterEach(async () => {
  await stopped();
  await server.stop();
  expect(JSON.stringify(logged)).not.toMatch(/111:first|222:second/);
  expect(clock.pendingCount).toBe(0);
});

function start(
  accounts: TelegramOptions['accounts'],
  snapshot: TelegramOptions['snapshot'] = aSnapshot,
): void {
  telegram = startTelegram({
    accounts,
    apiRoot: server.root,
    clock,
    snapshot,
    command: (account, command, by) => commands.push(`${account} ${command} by ${by}`),
    fleet: { accounts: () => [], order: () => undefined, command: async () => {} },
    log: (event) => logged.push(event),
  });
}

/** Lets time pass in small steps, each with a round trip to the server, so that no deadline passes an answer. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

async function turn(): Promise<void> {
  await server.turn();
  clock.advance(100);
}

async function stopped(): Promise<void> {
  let isStopped = false;
  const stopping = telegram.stop().then(() => {
    isStopped = true;
  });
  await until(() => isStopped);
  await stopping;
}

const polls = () => server.calls.filter(({ method }) => method === 'getUpdates').length;
const kinds = () => logged.map(({ type }) => type);

describe('alerts', () => {
  test('go to the chat of their account and to no other', async () => {
    start([exness, icmarkets]);
    telegram.tell(anAlert(exness.account, 'the terminal does not answer'));
    telegram.tell(aClose(icmarkets.account));
    await until(() => server.textsTo('-1001').length + server.textsTo('2002').length === 2);
    expect(server.textsTo('-1001')).toEqual(['exness_main ALERT: the terminal does not answer']);
    expect(server.textsTo('2002')).toEqual([
      'icmarkets_main closed buy 0.42 lots BTCUSD at 61000.00, SL_HIT: -98.50 USC, -1.00 R (ticket 17)',
    ]);
  });

  test('that wait together go out together', async () => {
    start([exness]);
    for (const reason of ['one', 'two', 'three']) telegram.tell(anAlert(exness.account, reason));
    await until(() => server.textsTo('-1001').join('\n').includes('three'));
    expect(server.textsTo('-1001')).toEqual([
      'exness_main ALERT: one\nexness_main ALERT: two\nexness_main ALERT: three',
    ]);
  });

  test('wait as long as Telegram asks for, and arrive once', async () => {
    server.fail('sendMessage', {
      type: 'refuse',
      status: 429,
      description: 'Too Many Requests',
      retryAfter: 7,
    });
    start([exness]);
    telegram.tell(anAlert(exness.account, 'slow down'));
    await until(() => kinds().includes('telegram-send-failed'));
    const refusedAt = clock.now();
    await until(() => server.textsTo('-1001').length > 0);
    expect(clock.now() - refusedAt).toBeGreaterThanOrEqual(7_000);
    expect(server.textsTo('-1001')).toEqual(['exness_main ALERT: slow down']);
  });

  test.each([
    ['an error page', { type: 'html', status: 502 }],
    ['a dropped socket', { type: 'drop' }],
    ['an internal error', { type: 'refuse', status: 500, description: 'Internal Server Error' }],
  ] as const)('survive %s', async (_name, fault) => {
    server.fail('sendMessage', fault, fault);
    start([exness]);
    telegram.tell(anAlert(exness.account, 'again'));
    await until(() => server.textsTo('-1001').length > 0);
    expect(logged).toMatchObject([
      { type: 'telegram-send-failed', retryInMs: 1_000 },
      { type: 'telegram-send-failed', retryInMs: 2_000 },
    ]);
  });

  test('that Telegram will never take are given up, the next one is not', async () => {
    server.fail('sendMessage', {
      type: 'refuse',
      status: 403,
      description: 'Forbidden: bot was blocked by the user',
    });
    start([exness]);
    telegram.tell(anAlert(exness.account, 'lost'));
    await until(() => kinds().includes('telegram-send-failed'));
    telegram.tell(anAlert(exness.account, 'kept'));
    await until(() => server.textsTo('-1001').length > 0);
    expect(server.textsTo('-1001')).toEqual(['exness_main ALERT: kept']);
    expect(logged).toEqual([
      {
        type: 'telegram-send-failed',
        account: 'exness_main',
        reason: '403: Forbidden: bot was blocked by the user',
      },
    ]);
  });

  test('beyond what the queue holds push out the oldest, and the chat is told how many', async () => {
    server.fail('sendMessage', { type: 'hang' });
    start([exness]);
    telegram.tell(anAlert(exness.account, 'hangs'));
    await until(() => server.textsTo('-1001').length === 0 && polls() > 0);
    for (let index = 1; index <= 60; index += 1)
      telegram.tell(anAlert(exness.account, `no ${index}`));
    await until(() => server.textsTo('-1001').join('\n').includes('no 60'));
    const [first, second] = server.textsTo('-1001');
    expect(logged).toContainEqual(
      expect.objectContaining({
        type: 'telegram-send-failed',
        reason: 'no answer within 10000 ms',
      }),
    );
    expect(first).toBe('exness_main ALERT: hangs');
    expect(second).toMatch(/^\(10 older messages were dropped\)\nexness_main ALERT: no 11\n/);
  });

  test('that concern no one here are nobody’s business', async () => {
    start([exness]);
    telegram.tell(anAlert(icmarkets.account, 'elsewhere'));
    telegram.tell({
      ...at(exness.account),
      type: 'signal',
      trace: 't',
      symbol: 'BTCUSD',
      side: 'buy',
      confidence: 0.5,
      gap: 0.1,
      votes: 2,
    });
    telegram.tell(anAlert(exness.account, 'here'));
    await until(() => server.textsTo('-1001').length > 0);
    expect(server.textsTo('-1001')).toEqual(['exness_main ALERT: here']);
  });

  test('never throw at the engine that tells them', async () => {
    start([exness], () => {
      throw new Error('the snapshot is broken');
    });
    telegram.tell(aClose(exness.account));
    expect(logged).toEqual([{ type: 'telegram-bug', reason: 'the snapshot is broken' }]);
  });
});

describe('commands', () => {
  const say = (text: string | undefined, from = exness, sentAtMs = clock.now()) =>
    server.say({
      token: from.token,
      chatId: Number(from.chatId),
      sentAtMs,
      ...(text === undefined ? {} : { text }),
    });

  test('pause and resume the account of the chat, with the name of the writer', async () => {
    start([exness, icmarkets]);
    say('/pause');
    await until(() => commands.length === 1);
    say('/resume@novosky_bot');
    await until(() => commands.length === 2);
    expect(commands).toEqual([
      'exness_main pause by telegram ann',
      'exness_main resume by telegram ann',
    ]);
    await until(() => server.textsTo('-1001').join('\n').includes('/resume'));
    expect(server.textsTo('2002')).toEqual([]);
  });

  const saidTo = (chat: string) => server.textsTo(chat).join('\n');

  test('halt an account only after a second word', async () => {
    start([exness]);
    say('/halt');
    await until(() => saidTo('-1001').includes('/confirm exness_main within 60 s'));
    expect(commands).toEqual([]);
    say('/confirm exness_main');
    await until(() => commands.length === 1);
    expect(commands).toEqual(['exness_main halt by telegram ann']);
    say('/confirm');
    await until(() => saidTo('-1001').includes('nothing waits to be confirmed'));
    expect(commands).toHaveLength(1);
  });

  test('halt nothing when the second word comes too late', async () => {
    start([exness]);
    say('/halt');
    await until(() => saidTo('-1001').includes('/confirm'));
    clock.advance(60_001);
    await turn();
    say('/confirm');
    await until(() => saidTo('-1001').includes('nothing waits to be confirmed'));
    expect(commands).toEqual([]);
  });

  test('/status tells state, money and positions', async () => {
    start([exness]);
    say('/status');
    await until(() => server.textsTo('-1001').length > 0);
    expect(server.textsTo('-1001')[0]).toBe(
      [
        'exness_main: paused (by console), market time 2025-03-04 10:15 UTC',
        'equity 100120.40 USC, balance 100000.00 USC',
        'today +120.40 USC',
        'open buy 0.42 lots BTCUSD at 61234.50, SL 61000.00, TP 61500.00, +120.40 USC (ticket 17)',
        'entries blocked: daily-loss 0.031, allowed 0.03',
        'last decision 2025-03-04 10:15 UTC: denied buy, confidence 0.512, atr-floor 12, allowed 15',
      ].join('\n'),
    );
  });

  test('/status before the first word of an account says so', async () => {
    start([exness], () => undefined);
    say('/status');
    await until(() => server.textsTo('-1001').length > 0);
    expect(server.textsTo('-1001')).toEqual(['exness_main: no state yet, it is starting']);
  });

  test('anything else that looks like one is answered with the help', async () => {
    start([exness]);
    say('/buy');
    await until(() => server.textsTo('-1001').length > 0);
    expect(server.textsTo('-1001')[0]).toContain('/pause: no new entries');
    expect(commands).toEqual([]);
  });

  test('from another chat are not obeyed and not answered, and logged once', async () => {
    start([exness]);
    const stranger = { ...exness, chatId: '666' };
    say('/pause', stranger);
    say('/pause', stranger);
    say('/pause');
    await until(() => commands.length > 0);
    expect(commands).toEqual(['exness_main pause by telegram ann']);
    expect(server.textsTo('666')).toEqual([]);
    expect(logged.filter(({ type }) => type === 'telegram-stranger-ignored')).toHaveLength(1);
  });

  test('of one account’s chat do not reach the other account on the same bot', async () => {
    start([exness, { ...icmarkets, token: exness.token }]);
    say('/pause');
    await until(() => commands.length > 0);
    await until(() => server.textsTo('-1001').length > 0);
    expect(commands).toEqual(['exness_main pause by telegram ann']);
  });

  test('to a chat of several accounts reach all of them, or the one that is named', async () => {
    start([exness, { ...exness, account: icmarkets.account }]);
    say('/pause');
    await until(() => commands.length === 2);
    say('/resume icmarkets_main');
    await until(() => commands.length === 3);
    say('/resume nobody');
    await until(() => server.textsTo('-1001').join('\n').includes('nobody'));
    expect(commands.map((line) => line.split(' by ')[0])).toEqual([
      'exness_main pause',
      'icmarkets_main pause',
      'icmarkets_main resume',
    ]);
  });

  test('that were written more than a minute before the start are ignored', async () => {
    say('/resume', exness, nowMs - 61_000);
    say('/pause', exness, nowMs - 59_000);
    start([exness]);
    await until(() => commands.length > 0);
    expect(commands).toEqual(['exness_main pause by telegram ann']);
    expect(logged).toContainEqual({
      type: 'telegram-old-message-ignored',
      chatId: '-1001',
      ageMs: 61_000,
    });
  });

  test('to another bot of the chat, chatter and pictures are ignored', async () => {
    start([exness]);
    say('/pause@other_bot');
    say('how is it going?');
    say(undefined);
    say('/status');
    await until(() => server.textsTo('-1001').length > 0);
    expect(commands).toEqual([]);
    expect(server.textsTo('-1001')).toHaveLength(1);
  });

  test('are taken once each, across polls that fail', async () => {
    server.fail('getUpdates', { type: 'html', status: 500 }, { type: 'drop' });
    start([exness]);
    say('/pause');
    await until(() => commands.length === 1);
    server.fail('getUpdates', {
      type: 'refuse',
      status: 429,
      description: 'Too Many Requests',
      retryAfter: 3,
    });
    await until(() => kinds().filter((type) => type === 'telegram-poll-failed').length === 3);
    say('/resume');
    await until(() => commands.length === 2);
    const waits = logged.flatMap((event) => ('retryInMs' in event ? [event.retryInMs] : []));
    expect(waits).toEqual([1_000, 2_000, 3_000]); // an answer in between ends the doubling
    expect(commands.map((line) => line.split(' by ')[0])).toEqual([
      'exness_main pause',
      'exness_main resume',
    ]);
  });

  test('are read by one poller for each bot, however many accounts it serves', async () => {
    start([exness, { ...exness, account: icmarkets.account, chatId: icmarkets.chatId }]);
    for (let round = 1; round <= 3; round += 1) {
      say('/status');
      await until(() => server.textsTo('-1001').length === round);
    }
    expect(kinds()).not.toContain('telegram-poll-failed');
  });
});

describe('a bot', () => {
  test('whose token is wrong keeps trying, ever slower, and says why', async () => {
    start([{ ...exness, token: '333:revoked' }]);
    await until(() => logged.length === 3);
    expect(logged).toMatchObject([
      { type: 'telegram-poll-failed', reason: '401: Unauthorized', retryInMs: 1_000 },
      { type: 'telegram-poll-failed', retryInMs: 2_000 },
      { type: 'telegram-poll-failed', retryInMs: 4_000 },
    ]);
  });

  test('that hangs is left within two seconds', async () => {
    server.fail('getMe', { type: 'hang' });
    server.fail('sendMessage', { type: 'hang' });
    start([exness]);
    telegram.tell(anAlert(exness.account, 'hangs'));
    await turn();
    const before = clock.now();
    await stopped();
    expect(clock.now() - before).toBeLessThanOrEqual(2_500);
  });

  test('sends what is waiting before it goes', async () => {
    start([exness]);
    telegram.tell(anAlert(exness.account, 'last words'));
    await stopped();
    expect(server.textsTo('-1001')).toEqual(['exness_main ALERT: last words']);
  });

  test('is not there when no account has one', async () => {
    start([]);
    telegram.tell(anAlert(exness.account, 'nobody listens'));
    await turn();
    expect(server.calls).toEqual([]);
  });
});

/** What a person writes to the bot, as the whole process obeys it: from the chat to the brokers' own books. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openDatabase } from '../../src/sqlite/sqlite.ts';
import { BotApiServer } from '../bot-api-server.ts';
import { eventually, type Novosky, novosky } from './process.ts';
import { ScenarioStage } from './stage.ts';

const stage = new ScenarioStage('chat-order');
const both = ['exness_main', 'icmarkets_main'] as const;
const terminals = ['terminal-one', 'terminal-two'] as const;
const state = join(stage.folder, 'state');
const token = '1234:secret';
const chatId = 77;
let bot: BotApiServer;
let engine: Novosky;

beforeAll(async () => {
  bot = await BotApiServer.start([token]);
  const telegram = { chat_id: String(chatId), token_env: 'NOVOSKY_TEST_BOT' };
  const config = stage.config('config', {
    // Far away: nothing but an order of ours closes a position in time.
    trading: { dynamic_sltp: { sl_atr_multiplier: 10, tp_atr_multiplier: 10 } },
    accounts: (accounts) =>
      Object.fromEntries(both.map((id) => [id, { ...accounts[id], telegram }])),
  });
  engine = novosky(['run', '--config', config, '--state', state, '--speed', '30', '--no-console'], {
    NOVOSKY_TEST_BOT: token,
    NOVOSKY_TELEGRAM_API: bot.root,
  });
});

afterAll(async () => {
  engine.child.kill('SIGKILL');
  await engine.ended;
  await bot.stop();
  await stage.close();
});

const factsOf = (id: string) => stage.facts(state, id);
const count = (id: string, type: AccountFact['type']) =>
  factsOf(id).filter((fact) => fact.type === type).length;
const everywhere = (holds: (id: string) => boolean) => both.every(holds);

/** Writes to the bot, and waits for an answer that was not there before. */
async function say(text: string, answer: RegExp): Promise<void> {
  const before = bot.textsTo(String(chatId)).length;
  bot.say({ token, chatId, text, sentAtMs: systemClock.now() });
  await eventually(`an answer to ${text} like ${answer}`, () =>
    answer.test(bot.textsTo(String(chatId)).slice(before).join('\n')),
  );
}

/** The broker was seen without a position, and then the account was called flat. */
function isProvenFlat(facts: readonly AccountFact[]): boolean {
  const flat = facts.findLastIndex(({ type }) => type === 'flattened');
  const read = facts.slice(0, Math.max(0, flat)).findLast(({ type }) => type === 'broker-read');
  return read?.type === 'broker-read' && read.positions.length === 0;
}

function isOpen(id: string): boolean {
  return count(id, 'position-opened') > count(id, 'position-closed');
}

/** What the simulated broker itself has written down; only a broker that has stopped lets go of its books. */
function positionsInBooks(terminal: string): number {
  const books = openDatabase(join(state, 'terminals', `${terminal}.db`), {
    synchronous: 'NORMAL',
    isReadonly: true,
  });
  try {
    return books.prepare('SELECT * FROM positions').all().length;
  } finally {
    books.close();
  }
}

test('a chat flattens, frees, pauses, reduces and kills the fleet, the grave words only once confirmed', async () => {
  const fills = both.map((id) => `fill    ${id}`);
  await eventually('fills of both', () => fills.every((fill) => engine.output().includes(fill)));
  await say('/flatten fleet', /fleet: flatten it\?.*\/confirm fleet/);
  expect(everywhere((id) => count(id, 'close-intended') === 0)).toBe(true);
  await say('/confirm fleet', /fleet: \/flatten is done/);
  await eventually('both to be proven flat', () => everywhere((id) => isProvenFlat(factsOf(id))));
  expect(everywhere((id) => count(id, 'close-intended') > 0)).toBe(true);

  await say('/resume', /(_main: \/resume was passed on[\s\S]*){2}/);
  await eventually('positions again', () => everywhere(isOpen));
  await say('/pause fleet', /fleet: \/pause is done/);
  const intents = both.map((id) => count(id, 'order-intended'));
  await say('/status fleet', /paused[\s\S]*exness_main: paused[\s\S]*icmarkets_main: paused/);
  await say('/reduce fleet', /fleet: \/reduce is done/);
  await say('/kill fleet', /fleet: kill it\?.*\/confirm fleet/);
  expect(everywhere(isOpen)).toBe(true);
  expect(both.map((id) => count(id, 'order-intended'))).toEqual(intents);
  await say('/confirm fleet', /fleet: \/kill is done/);

  expect(await engine.ended, engine.output()).toBe(99);
  for (const id of both) {
    const facts = factsOf(id);
    const kill = facts.findLastIndex(({ type }) => type === 'command-given');
    const by = expect.stringMatching(/telegram.*for the fleet/);
    expect(facts[kill]).toMatchObject({ command: 'kill', by });
    const after = facts.slice(kill);
    expect(isProvenFlat(after)).toBe(true);
    const types = after.map(({ type }) => type);
    expect(types).toContain('close-intended');
    expect(types).toContain('cancel-answered');
    expect(types).not.toContain('order-intended');
  }
  expect(terminals.map(positionsInBooks)).toEqual([0, 0]);
}, 120_000);

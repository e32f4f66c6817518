import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { reportOf } from '../../src/account/report.ts';
import { configWatcherEdge, consoleEdge, telegramEdge } from '../../src/cli/edges.ts';
import { Fleet } from '../../src/cli/fleet.ts';
import { openLog } from '../../src/cli/log-file.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { epochMs } from '../../src/domain/units.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Edge } from '../../src/engine/engine-options.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { protocolVersion, socketPath } from '../../src/protocol/message.ts';
import type { ActorChild } from '../../src/runtime/actor-child.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { BotApiServer } from '../bot-api-server.ts';
import { freePort } from './free-port.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { eventually, type Novosky, novosky } from './process.ts';
import { type ReplayResult, replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-edges-'));
const path = join(folder, 'bars.csv');
const configFolder = join(folder, 'config');
const bars = 100;
/** What a run may take to end, plus the time to notice. */
const stopWithinMs = 16_000;
const botToken = '1234:secret';
const chatId = '77';
const consoleToken = 'a-token-for-the-console-of-the-test';
const env = { NOVOSKY_TEST_BOT: botToken };
const running: Novosky[] = [];
const sockets: WebSocket[] = [];
let bot: BotApiServer;
let from = 0;

beforeAll(async () => {
  bot = await BotApiServer.start([botToken]);
  from = writeGeneratedFile(path, { seed: 31, bars });
  scenarioConfig(configFolder, {
    trading: eager,
    accounts: ({ exness_main: exness, icmarkets_main: icmarkets }) => ({
      exness_main: { ...exness, telegram: { chat_id: chatId, token_env: 'NOVOSKY_TEST_BOT' } },
      icmarkets_main: { ...icmarkets },
    }),
  });
});

afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  await bot.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Logs in, hears the welcome, and from then on reads nothing. */
async function deafClient(port: number, token: string): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${socketPath}`);
  sockets.push(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('message', () => {
      socket.pause();
      resolve();
    });
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'login', token, version: protocolVersion })),
    );
  });
}

function hangTelegram(): void {
  for (const method of ['getMe', 'getUpdates', 'sendMessage']) {
    bot.fail(method, ...Array.from({ length: 200 }, () => ({ type: 'hang' }) as const));
  }
}

function anyLog(folder: string) {
  return openLog({ folder, clock: systemClock, secrets: [], unwritten: () => {} });
}

/** All edges of a real run, around a replay. */
function edgesOf(
  engine: () => Engine,
  { port, state, apiRoot }: { port: number; state: string; apiRoot: string },
): readonly Edge[] {
  const config = loadConfig(configFolder, env);
  const means = { clock: systemClock, log: anyLog(state) };
  const view = { version: 'test', startedAt: epochMs(0), mode: 'replay' } as const;
  const fleet = new Fleet(view, engine, systemClock);
  const telegram = telegramEdge(means, {
    ...{ config, apiRoot },
    command: (account, command) => engine().command(account, command, 'telegram'),
    fleet: { accounts: () => [], order: () => undefined, command: async () => {} },
  });
  if (telegram === undefined) throw new Error('Telegram is not configured');
  return [
    consoleEdge(means, { host: '127.0.0.1', port, token: consoleToken, webRoot: undefined, fleet }),
    telegram,
    configWatcherEdge(means, {
      ...{ config, env, isReplay: false },
      whyNotHot: () => undefined,
      onChange: () => {},
      onRefused: () => {},
    }),
  ];
}

describe('a lockstep replay', () => {
  let alone: ReplayResult;

  function run(
    name: string,
    options: Pick<Parameters<typeof replay>[0], 'edges' | 'onStep' | 'atEnd'> = {},
  ): Promise<ReplayResult> {
    const state = join(folder, name);
    mkdirSync(state);
    return replay({ path, from, bars, state, configFolder, ...options });
  }

  beforeAll(async () => {
    alone = await run('alone');
    for (const { trades } of Object.values(alone.accounts))
      expect(trades.length).toBeGreaterThan(5);
  }, 120_000);

  test('ends as without edges, and stops in time, while consoles do not read and Telegram hangs', async () => {
    hangTelegram();
    const port = await freePort();
    let clients = 0;
    let endedAt = 0;
    const result = await run('hanging', {
      edges: (engine) =>
        edgesOf(engine, { port, state: join(folder, 'hanging'), apiRoot: bot.root }),
      onStep: (step) => {
        if (step === 1) {
          for (let client = 0; client < 5; client += 1) {
            void deafClient(port, consoleToken).then(() => {
              clients += 1;
            });
          }
        }
      },
      atEnd: async () => {
        await eventually('all clients to be in', () => clients === 5);
        endedAt = systemClock.elapsed();
      },
    });
    expect(result).toEqual(alone);
    expect(systemClock.elapsed() - endedAt).toBeLessThan(stopWithinMs);
  }, 60_000);

  test('ends as without edges when each of them is killed again and again', async () => {
    const bot = await BotApiServer.start([botToken]);
    const place = { port: await freePort(), state: join(folder, 'killed'), apiRoot: bot.root };
    const names = ['console', 'telegram', 'config-watcher'];
    let edges: readonly Edge[] = [];
    const killed = new Set<string>();
    const kill = (edge: Edge | undefined) => {
      const child = edge?.child as ActorChild<unknown> | undefined;
      if (child?.crash('killed by the test')) killed.add(child.id);
    };
    let killedMeanwhile: readonly string[] = [];
    const result = await run('killed', {
      edges: (engine) => {
        edges = edgesOf(engine, place);
        return edges;
      },
      onStep: (step) => kill(edges[step % 9]),
      atEnd: async (restarts) => {
        killedMeanwhile = [...killed];
        // Telegram gives what is unsaid two seconds to go out: on a fast machine the replay is over before that.
        await eventually('each to be restarted', () =>
          names.every((name) => restarts.some(({ actor }) => actor === name)),
        );
      },
    });
    expect(new Set(killedMeanwhile)).toEqual(new Set(names));
    expect(new Set(result.restarts.map(({ actor }) => actor))).toEqual(new Set(names));
    expect(result.accounts).toEqual(alone.accounts);
    await bot.stop();
  }, 60_000);
});

describe('a running engine', () => {
  test('takes orders from its chat, and trades on when that and every console hang', async () => {
    const state = join(folder, 'state');
    const bot = await BotApiServer.start([botToken]);
    const port = await freePort();
    const place = ['--config', configFolder, '--state', state];
    const engine = novosky(['run', ...place, '--speed', '600', '--console', String(port)], {
      ...env,
      NOVOSKY_TELEGRAM_API: bot.root,
    });
    running.push(engine);
    const facts = () => readJournal<AccountFact>(join(state, 'state_exness_main.db'));
    const decided = () => facts().filter(({ type }) => type === 'bar-decided').length;
    const given = (command: string) =>
      facts().some((fact) => fact.type === 'command-given' && fact.command === command);
    const say = (text: string) =>
      bot.say({ token: botToken, chatId: Number(chatId), text, sentAtMs: systemClock.now() });

    await eventually('alerts of trades', () => /exness_main.*(buy|sell)/s.test(alerts(bot)));
    expect(alerts(bot)).not.toContain('icmarkets_main');
    say('/pause');
    await eventually('the pause', () => given('pause'));
    say('/status');
    await eventually('the status', () => alerts(bot).includes('paused'));
    say('/resume');
    await eventually('the resumption', () => given('resume'));

    for (const method of ['getMe', 'getUpdates', 'sendMessage']) {
      bot.fail(method, ...Array.from({ length: 50 }, () => ({ type: 'hang' }) as const));
    }
    const token = readFileSync(join(state, 'console.token'), 'utf8').trim();
    await Promise.all([deafClient(port, token), deafClient(port, token)]);
    const [before, orders] = [decided(), reportOf(facts()).orders];
    await eventually('100 bars more', () => decided() > before + 100);
    expect(reportOf(facts()).orders).toBeGreaterThan(orders);

    const stoppedAt = systemClock.elapsed();
    engine.child.kill('SIGINT');
    expect(await engine.ended, engine.output()).toBe(0);
    expect(systemClock.elapsed() - stoppedAt).toBeLessThan(15_000);
    expect(engine.output()).not.toContain('restart ');
    await bot.stop();
  }, 90_000);
});

function alerts(bot: BotApiServer): string {
  return bot.textsTo(chatId).join('\n');
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { aToken } from '../../test/browser/fleet-builder.ts';
import { ScriptedEngine } from '../../test/browser/scripted-engine.ts';
import { UsageError } from '../config/usage-error.ts';
import { type Console, startConsole } from '../console/start-console.ts';
import { systemClock } from '../runtime/clock.ts';
import { ctlCommand } from './ctl.ts';

const token = aToken();
let folder: string;
let tokenFile: string;
const consoles: Console[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novosky-ctl-'));
  tokenFile = join(folder, 'console.token');
  await writeFile(tokenFile, `${token}\n`);
});
afterEach(async () => {
  for (const console of consoles.splice(0)) await console.close();
});
afterAll(() => rm(folder, { recursive: true }));

describe('novosky ctl', () => {
  test('status prints every account, what is open and what blocks', async () => {
    const { url, engine } = await anEngine();
    const { lines, failures } = await ctl('status', '--url', url);
    expect(failures).toEqual([]);
    expect(lines[0]).toMatch(
      /^novosky 0\.1\.0, paper x3600, market time 2025-\d\d-\d\d \d\d:\d\d UTC$/,
    );
    expect(lines[2]).toMatch(/^account +state +equity +balance/);
    for (const { id, state } of engine.snapshot().accounts) {
      expect(lines.some((line) => line.startsWith(id) && line.includes(state))).toBe(true);
    }
  });

  test('status --json prints the fleet as the engine said it', async () => {
    const { url, engine } = await anEngine();
    const { lines } = await ctl('status', '--url', url, '--json');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual(JSON.parse(JSON.stringify(engine.snapshot())));
  });

  test.each(['pause', 'resume', 'flatten', 'halt', 'revive'] as const)(
    '%s reaches the engine',
    async (name) => {
      const { url, engine } = await anEngine();
      const { lines, failures } = await ctl(name, 'exness_main', '--url', url);
      expect({ lines, failures }).toEqual({ lines: [`${name} exness_main: done`], failures: [] });
      expect(engine.commands).toMatchObject([{ command: name, target: 'exness_main' }]);
    },
  );

  test('restart takes a node of the supervision tree', async () => {
    const { url, engine } = await anEngine();
    await ctl('restart', 'market', '--url', url);
    expect(engine.commands).toMatchObject([{ command: 'restart', target: 'market' }]);
    const { lines } = await ctl('status', '--url', url);
    expect(lines.join('\n')).toMatch(/started again:\n {2}market {2}running {2}1 restart$/m);
  });

  test('flatten --all goes to every account', async () => {
    const { url, engine } = await anEngine();
    await ctl('flatten', '--all', '--url', url);
    expect(engine.commands.map(({ target }) => target)).toEqual(['exness_main', 'icmarkets_main']);
  });

  test('an account that does not exist fails, with the ones that do', async () => {
    const { url } = await anEngine();
    const { failures } = await ctl('pause', 'exnes_main', '--url', url);
    expect(failures).toEqual([
      'pause exnes_main: there is no exnes_main: exness_main, icmarkets_main',
    ]);
  });

  test('--json tells the result, failures included', async () => {
    const { url } = await anEngine();
    const { lines, failures } = await ctl('pause', 'exness_main', 'nobody', '--url', url, '--json');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { command: 'pause', target: 'exness_main', ok: true },
      { command: 'pause', target: 'nobody', ok: false },
    ]);
    expect(failures).toHaveLength(1);
  });

  test('watch prints the fleet and then what happens, until the engine stops', async () => {
    const { url, engine, console } = await anEngine();
    const running = ctl('watch', '--url', url);
    await running.line(/^novosky 0\.1\.0/);
    await engine.command({ id: '1', command: 'pause', target: 'exness_main' });
    await running.line(/^state +exness_main .* active -> paused: pause by console$/);
    await console.close();
    expect((await running).failures).toEqual(['the engine ended the connection: the engine stops']);
  });

  test('watch --json prints what the engine says, line by line', async () => {
    const { url, engine, console } = await anEngine();
    const running = ctl('watch', '--url', url, '--json');
    await running.line(/^\{"type":"snapshot"/);
    engine.step();
    await running.line(/^\{"type":"event","sequence":\d+,"event":\{"type":"market-time"/);
    await console.close();
    const { lines } = await running;
    expect(lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true);
  });

  test('a wrong token fails and says whose is needed', async () => {
    const { url } = await anEngine();
    const { failures } = await ctl('status', '--url', url, '--token', 'not-it');
    expect(failures).toEqual([
      'the engine refused the token: use the console.token of its own state folder (--token-file)',
    ]);
  });

  test('the token may come from the environment', async () => {
    vi.stubEnv('NOVOSKY_CONSOLE_TOKEN', token);
    const { url } = await anEngine();
    const { failures } = await ctl('status', '--url', url, '--token-file', '/nowhere');
    vi.unstubAllEnvs();
    expect(failures).toEqual([]);
  });

  test('without an engine it fails and says how to start one', async () => {
    const { url, console } = await anEngine();
    await console.close();
    const { failures } = await ctl('status', '--url', url);
    expect(failures).toEqual([
      `no engine listens at ${url}: start it with \`novosky run\`, or name its address with --url`,
    ]);
  });

  test('a server that is no console is named', async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { failures } = await ctl('status', '--url', `ws://127.0.0.1:${port}`);
    server.close();
    expect(failures[0]).toMatch(/^cannot talk to ws:.*Is it the console of an engine\?$/);
  });

  test.each([
    [['pause'], 'name the accounts to pause, or give --all'],
    [['pause', 'exness_main', '--all'], 'name the accounts to pause, or give --all'],
    [['status', '--url', 'localhost:8765'], '--url must be like ws://127.0.0.1:8765'],
    [['status', '--token-file', '/nowhere/console.token'], '/nowhere/console.token does not exist'],
  ])('%j is bad usage', async (args, message) => {
    await expect(ctl(...args)).rejects.toThrow(UsageError);
    await expect(ctl(...args)).rejects.toThrow(message);
  });

  test.each([[['dance']], [['restart']], [['status', '--fast']]])(
    '%j is refused by the command line itself',
    async (args) => {
      await expect(ctl(...args)).rejects.toMatchObject({ exitCode: 1, code: /^commander\./ });
    },
  );
});

async function anEngine() {
  const engine = new ScriptedEngine(3);
  for (let bar = 0; bar < 60; bar++) engine.step();
  const console = await startConsole({
    host: '127.0.0.1',
    port: 0,
    token,
    clock: systemClock,
    source: engine,
    log: () => {},
  });
  consoles.push(console);
  engine.listen((event) => console.publish(event));
  return { engine, console, url: `ws://127.0.0.1:${console.port}` };
}

type Said = { readonly lines: string[]; readonly failures: string[] };
type Running = Promise<Said> & { line(pattern: RegExp): Promise<void> };

/** Runs the command line in this process. `line` waits until something was printed. */
function ctl(...args: string[]): Running {
  const lines: string[] = [];
  const failures: string[] = [];
  const waiting: { pattern: RegExp; resolve: () => void }[] = [];
  const command = ctlCommand({
    write: (line) => {
      lines.push(line);
      for (const { pattern, resolve } of waiting) if (pattern.test(line)) resolve();
    },
    fail: (line) => failures.push(line),
  });
  for (const each of [command, ...command.commands]) each.configureOutput({ writeErr: () => {} });
  const withToken = args.some((arg) => arg.startsWith('--token'))
    ? []
    : ['--token-file', tokenFile];
  const given = args.includes('dance') ? args : [...args, ...withToken];
  const done = command.parseAsync(given, { from: 'user' }).then(() => ({ lines, failures }));
  const line = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      if (lines.some((printed) => pattern.test(printed))) resolve();
      else waiting.push({ pattern, resolve });
    });
  return Object.assign(done, { line });
}

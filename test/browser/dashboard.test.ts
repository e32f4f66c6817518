import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Console, startConsole } from '../../src/console/start-console.ts';
import { epochMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { buildDashboard } from './build-dashboard.ts';
import { isChromiumMissing, launchChromium } from './chromium.ts';
import { aToken } from './fleet-builder.ts';
import { ScriptedEngine } from './scripted-engine.ts';

/** SCREENSHOT_DIR: where a person wants pictures of the page, if at all. */
const { SCREENSHOT_DIR } = process.env;
const desktop = { width: 1440, height: 1000 };
const phone = { width: 390, height: 844 };

describe.skipIf(isChromiumMissing())('the dashboard, in a real browser,', () => {
  const token = aToken();
  let webRoot: string;
  let browser: Browser;
  let page: Page;
  let engine: ScriptedEngine;
  let console: Console;
  let problems: string[];

  beforeAll(async () => {
    webRoot = await mkdtemp(join(tmpdir(), 'novosky-web-'));
    await buildDashboard(webRoot);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(webRoot, { recursive: true, force: true });
  });

  beforeEach(async () => {
    engine = new ScriptedEngine(7);
    for (let bar = 0; bar < 300; bar++) engine.step();
    console = await aConsole(0);
    page = await browser.newPage({ viewport: desktop, reducedMotion: 'reduce' });
    problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      // A refused connection is the browser's own complaint about what some tests do on purpose.
      if (message.type() === 'error' && !message.text().includes('WebSocket')) {
        problems.push(message.text());
      }
    });
  });
  afterEach(async () => {
    await page.close();
    await console.close();
    expect(problems).toEqual([]);
  });

  async function aConsole(port: number): Promise<Console> {
    const started = await startConsole({
      host: '127.0.0.1',
      port,
      token,
      webRoot,
      clock: systemClock,
      source: { snapshot: () => engine.snapshot(), command: (command) => engine.command(command) },
      log: () => {},
    });
    engine.listen((event) => started.publish(event));
    return started;
  }

  async function enter(): Promise<void> {
    await page.goto(`http://127.0.0.1:${console.port}/#token=${token}`);
    await page.getByRole('heading', { name: 'exness_main' }).waitFor();
  }

  test('is small: all of its scripts and styles stay under 150 kB on the wire', async () => {
    const files = await readdir(join(webRoot, 'assets'));
    const bodies = await Promise.all(files.map((file) => readFile(join(webRoot, 'assets', file))));
    const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(150_000);
  });

  test('asks for the token, says when it is wrong, and opens with the right one', async () => {
    await page.goto(`http://127.0.0.1:${console.port}/`);
    await page.getByLabel('Console token').fill('not-the-token');
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByRole('alert').getByText('Wrong token.').waitFor();
    await picture('sign-in');
    await page.getByLabel('Console token').fill(token);
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByRole('heading', { name: 'exness_main' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'exness_main' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.reload();
    await page.getByLabel('Console token').waitFor();
  });

  test('takes the token out of the address at once', async () => {
    await enter();
    expect(page.url()).toBe(`http://127.0.0.1:${console.port}/`);
  });

  test('shows accounts, positions, decisions with their reasons, events and the tree', async () => {
    stepUntil(() => engine.snapshot().accounts.some(({ positions }) => positions.length > 0));
    await enter();
    const { accounts, decisions } = engine.snapshot();
    for (const { id, currency } of accounts) {
      const card = page.getByRole('article', { name: id });
      expect(await card.innerText()).toContain(currency);
      await card.getByRole('img', { name: /^Equity from / }).waitFor();
    }
    const position = accounts.flatMap(({ positions }) => positions)[0];
    expect(await regionText('Open positions')).toContain(
      position?.entry.toLocaleString('en-US', { maximumFractionDigits: 5 }),
    );
    const denied = Object.values(decisions)
      .flat()
      .findLast(({ denial }) => denial !== undefined);
    expect(await regionText('Last decisions')).toContain(denied?.denial?.limit);
    expect(await regionText('Events')).toMatch(/signal (buy|sell) BTCUSD/);
    expect(await regionText('Supervision tree')).toContain('account:icmarkets_main');
    await picture('desktop');
  });

  test('follows the market as it is told', async () => {
    await enter();
    const before = await page.getByRole('banner').innerText();
    for (let bar = 0; bar < 4; bar++) engine.step();
    const marketTime = engine.snapshot().engine.marketTime ?? 0;
    await page
      .locator(`time[datetime="${new Date(marketTime).toISOString()}"]`)
      .first()
      .waitFor();
    expect(await page.getByRole('banner').innerText()).not.toBe(before);
    await page.getByRole('article', { name: 'exness_main' }).getByText('304').waitFor();
  });

  test('pauses and resumes an account by a click', async () => {
    await enter();
    await page.getByRole('button', { name: 'Pause exness_main' }).click();
    await page.getByText('pause exness_main: done').waitFor();
    await page.getByRole('button', { name: 'Resume exness_main' }).click();
    await page.getByText('resume exness_main: done').waitFor();
    expect(engine.commands).toMatchObject([
      { command: 'pause', target: 'exness_main' },
      { command: 'resume', target: 'exness_main' },
    ]);
  });

  test('flattens only after a second word', async () => {
    await enter();
    await page.getByRole('button', { name: 'Flatten icmarkets_main' }).click();
    const dialog = page.getByRole('dialog', { name: 'Flatten icmarkets_main?' });
    await dialog.getByRole('button', { name: 'Leave it' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(engine.commands).toEqual([]);
    await page.getByRole('button', { name: 'Flatten icmarkets_main' }).click();
    await dialog.getByRole('button', { name: 'Flatten' }).click();
    await page.getByText('flatten icmarkets_main: done').waitFor();
    expect(engine.commands).toMatchObject([{ command: 'flatten', target: 'icmarkets_main' }]);
  });

  test('halts only after a second word, and offers to revive what is halted', async () => {
    await enter();
    await page.getByRole('button', { name: 'Halt exness_main' }).click();
    const halt = page.getByRole('dialog', { name: 'Halt exness_main?' });
    await halt.getByText('until somebody revives it').waitFor();
    await halt.getByRole('button', { name: 'Leave it' }).click();
    await halt.waitFor({ state: 'detached' });
    expect(engine.commands).toEqual([]);
    await page.getByRole('button', { name: 'Halt exness_main' }).click();
    await halt.getByRole('button', { name: 'Halt' }).click();
    await page.getByText('halt exness_main: done').waitFor();
    await page.getByRole('button', { name: 'Revive exness_main' }).click();
    const revive = page.getByRole('dialog', { name: 'Revive exness_main?' });
    await revive.getByRole('button', { name: 'Revive' }).click();
    await page.getByText('revive exness_main: done').waitFor();
    await page.getByRole('button', { name: 'Pause exness_main' }).waitFor();
    expect(engine.commands).toMatchObject([
      { command: 'halt', target: 'exness_main' },
      { command: 'revive', target: 'exness_main' },
    ]);
  });

  test('reduces one account at once, and kills it only after a second word', async () => {
    await enter();
    await page.getByRole('button', { name: 'Reduce exness_main' }).click();
    await page.getByText('reduce exness_main: done').waitFor();
    await page.getByRole('button', { name: 'Kill exness_main' }).click();
    const kill = page.getByRole('dialog', { name: 'Kill exness_main?' });
    await kill.getByText('until somebody revives it').waitFor();
    await kill.getByRole('button', { name: 'Kill' }).click();
    await page.getByText('kill exness_main: done').waitFor();
    expect(engine.commands).toMatchObject([
      { command: 'reduce', target: 'exness_main' },
      { command: 'kill', target: 'exness_main' },
    ]);
  });

  test('shows what holds for the fleet, kills it after a second word, and revives it', async () => {
    await enter();
    const fleet = page.getByRole('region', { name: 'Fleet' });
    await fleet.getByText('Every account is what it is by itself').waitFor();
    await fleet.getByRole('button', { name: 'Kill the fleet' }).click();
    const kill = page.getByRole('dialog', { name: 'Kill the fleet?' });
    await kill.getByText('in whoever joins later').waitFor();
    await kill.getByRole('button', { name: 'Leave it' }).click();
    await kill.waitFor({ state: 'detached' });
    expect(engine.commands).toEqual([]);
    await fleet.getByRole('button', { name: 'Kill the fleet' }).click();
    await kill.getByRole('button', { name: 'Kill' }).click();
    await page.getByText('kill the fleet: done').waitFor();
    await fleet.getByText('the fleet is killed, everything is closed, by console').waitFor();
    await fleet.getByRole('button', { name: 'Revive the fleet' }).click();
    const revive = page.getByRole('dialog', { name: 'Revive the fleet?' });
    await revive.getByRole('button', { name: 'Revive' }).click();
    await fleet.getByText('Every account is what it is by itself').waitFor();
    expect(engine.commands).toMatchObject([
      { command: 'kill', target: '*' },
      { command: 'revive', target: '*' },
    ]);
  });

  test('restarts an actor of the tree and tells of it', async () => {
    await enter();
    const tree = page.getByRole('region', { name: 'Supervision tree' });
    await tree.getByRole('button', { name: 'Restart account:exness_main' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
    await tree.getByText('1 restart').waitFor();
    expect(await regionText('Restarts')).toContain('asked for by console');
    expect(engine.commands).toMatchObject([{ command: 'restart', target: 'account:exness_main' }]);
  });

  test('shows one account in the lists when one is chosen', async () => {
    await enter();
    await page.getByRole('button', { name: 'icmarkets_main', exact: true }).click();
    const decisions = await regionText('Last decisions');
    expect(decisions).toContain('icmarkets_main');
    expect(decisions).not.toContain('exness_main');
  });

  test('keeps what it knew when the engine goes, and comes back with it', async () => {
    await enter();
    const { port } = console;
    await console.close();
    await page.getByText(/No line to the engine/).waitFor();
    await page.getByRole('heading', { name: 'exness_main' }).waitFor();
    expect(await page.getByRole('button', { name: 'Pause exness_main' }).isDisabled()).toBe(true);
    engine.step();
    console = await aConsole(port);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('article', { name: 'exness_main' }).getByText('301').waitFor();
  });

  test('fits a phone without scrolling sideways', async () => {
    stepUntil(() => engine.snapshot().accounts.some(({ positions }) => positions.length > 0));
    await page.setViewportSize(phone);
    await enter();
    await picture('phone');
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  });

  test('tells of a change of the configuration', async () => {
    await enter();
    engine.publish({
      type: 'config-changed',
      changes: [{ key: 'risk_pct', account: 'exness_main', from: 3, to: 2.5 }],
    });
    await page.getByText('configuration: exness_main risk_pct 3 → 2.5').waitFor();
  });

  test('asks for a snapshot when it missed an event', async () => {
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((frame) => {
        const text = String(frame);
        const isLost = text.startsWith('{"type":"event"') && text.includes('lost on the way');
        if (!isLost) socket.send(frame);
      });
    });
    await enter();
    const restart = { actor: 'market', reason: 'lost on the way', at: epochMs(1_000) };
    engine.publish({ type: 'actor-restarted', restart });
    engine.step();
    await page.getByText('lost on the way').waitFor();
    await page.getByRole('article', { name: 'exness_main' }).getByText('301').waitFor();
  });

  function stepUntil(isReached: () => boolean): void {
    for (let bar = 0; bar < 500 && !isReached(); bar++) engine.step();
    expect(isReached()).toBe(true);
  }

  function regionText(name: string): Promise<string> {
    return page.getByRole('region', { name }).innerText();
  }

  async function picture(name: string): Promise<void> {
    if (SCREENSHOT_DIR !== undefined) {
      await page.screenshot({ path: join(SCREENSHOT_DIR, `${name}.png`), fullPage: true });
    }
  }
});

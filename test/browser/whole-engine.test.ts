import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { consoleEdge } from '../../src/cli/edges.ts';
import { Fleet } from '../../src/cli/fleet.ts';
import { openLog } from '../../src/cli/log-file.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { epochMs } from '../../src/domain/units.ts';
import { Engine } from '../../src/engine/engine.ts';
import { planRun, type RunPlan } from '../../src/engine/run-plan.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { freePort } from '../scenarios/free-port.ts';
import { eventually } from '../scenarios/process.ts';
import { eager, scenarioConfig } from '../scenarios/scenario-config.ts';
import { buildDashboard } from './build-dashboard.ts';
import { isChromiumMissing, launchChromium } from './chromium.ts';
import { aToken } from './fleet-builder.ts';

/** SCREENSHOT_DIR: where a person wants pictures of the page, if at all. */
const { SCREENSHOT_DIR } = process.env;
const desktop = { width: 1440, height: 1000 };
const paused = 'exness_main';
const other = 'icmarkets_main';

describe.skipIf(isChromiumMissing())('the dashboard of a running engine', () => {
  const token = aToken();
  let folder: string;
  let browser: Browser;
  let page: Page;
  let engine: Engine;
  let plan: RunPlan;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'novosky-whole-'));
    const webRoot = join(folder, 'web');
    await buildDashboard(webRoot);
    port = await freePort();
    plan = await planTrading();
    engine = startable(webRoot);
    await engine.start();
    browser = await launchChromium();
    page = await browser.newPage({ viewport: desktop, reducedMotion: 'reduce' });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await engine?.stop(15_000);
    await rm(folder, { recursive: true, force: true });
  });

  /** Two paper accounts on built-in terminals that generate their market, 40 bars a second. */
  function planTrading(): Promise<RunPlan> {
    const state = join(folder, 'state');
    mkdirSync(state);
    return planRun({
      config: loadConfig(scenarioConfig(join(folder, 'config'), { trading: eager }), {}),
      stateFolder: state,
      modelsFolder: resolve(import.meta.dirname, '..', '..', 'models'),
      speed: 600,
    });
  }

  function startable(webRoot: string): Engine {
    const view = { version: '0.1.0', startedAt: epochMs(Math.floor(systemClock.now())) };
    const fleet = new Fleet({ ...view, mode: 'paper', speed: 600 }, () => engine, systemClock);
    const log = openLog({
      ...{ folder: plan.stateFolder, clock: systemClock, secrets: [] },
      unwritten: () => {},
    });
    const means = { clock: systemClock, log };
    return new Engine({
      plan,
      clock: systemClock,
      edges: [consoleEdge(means, { host: '127.0.0.1', port, token, webRoot, fleet })],
      observe: () => {},
      onLatency: () => {},
      onRestart: () => {},
      onFinished: () => {},
    });
  }

  function factsOf(account: string): readonly AccountFact[] {
    const journal = plan.accounts.find(({ id }) => id === account)?.journalPath ?? '';
    return readJournal<AccountFact>(journal);
  }

  function entriesOf(account: string): number {
    return factsOf(account).filter(({ type }) => type === 'order-intended').length;
  }

  function bars(account: string): number {
    return factsOf(account).filter(({ type }) => type === 'bar-decided').length;
  }

  function card(account: string) {
    return page.getByRole('article', { name: account });
  }

  test('opens with the token and shows accounts, decisions and the tree as they are', async () => {
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.getByLabel('Console token').fill(token);
    await page.getByRole('button', { name: 'Enter' }).click();
    for (const account of [paused, other]) {
      await card(account).waitFor();
      await card(account).getByText('Bars').waitFor();
    }
    await page
      .getByRole('region', { name: 'Last decisions' })
      .getByText(/buy|sell/)
      .first()
      .waitFor();
    await page
      .getByRole('region', { name: 'Events' })
      .getByText(/filled|order|fill/)
      .first()
      .waitFor();
    await page.reload();
    await card(other).waitFor();
    const headings = await page.getByRole('article').getByRole('heading').allInnerTexts();
    expect(headings).toEqual([paused, other]);
    const tree = page.getByRole('region', { name: 'Supervision tree' });
    for (const node of ['terminals', 'market', 'inference', `account:${paused}`, 'console']) {
      await tree.getByText(node, { exact: true }).first().waitFor();
    }
    if (SCREENSHOT_DIR !== undefined) {
      await eventually('a day of trading', () => bars(other) > 400, 60_000);
      await page.screenshot({ path: join(SCREENSHOT_DIR, 'whole-engine.png') });
    }
  }, 90_000);

  test('pauses one account by a click, and it alone enters no more', async () => {
    await eventually('orders', () => entriesOf(paused) > 0);
    await page.getByRole('button', { name: `Pause ${paused}` }).click();
    await page.getByText(`pause ${paused}: done`).waitFor();
    await card(paused).getByText('paused', { exact: true }).waitFor();

    // The command is on disk before the page says that it is done: from here on there is no entry.
    const [entered, others, decided] = [entriesOf(paused), entriesOf(other), bars(paused)];
    await eventually(
      'the other to enter',
      () => entriesOf(other) > others && bars(paused) > decided + 40,
    );
    expect(entriesOf(paused)).toBe(entered);
    expect(factsOf(paused).findLast(({ type }) => type === 'trading-state-changed')).toMatchObject({
      to: 'paused',
      reason: 'paused by console',
    });
  }, 60_000);

  test('resumes it by a click', async () => {
    const entered = entriesOf(paused);
    await page.getByRole('button', { name: `Resume ${paused}` }).click();
    await page.getByText(`resume ${paused}: done`).waitFor();
    await card(paused).getByText('active', { exact: true }).waitFor();
    await eventually('it to enter again', () => entriesOf(paused) > entered);
  }, 60_000);

  test('restarts an account by a click on the tree, and it goes on', async () => {
    const tree = page.getByRole('region', { name: 'Supervision tree' });
    const decided = bars(other);
    await tree.getByRole('button', { name: `Restart account:${other}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
    await page.getByText(`restart account:${other}: done`).waitFor();
    const lives = () => factsOf(other).filter(({ type }) => type === 'incarnation-started').length;
    await eventually('the next life', () => lives() === 2);
    await eventually('more bars', () => bars(other) > decided + 10);
  }, 60_000);
});

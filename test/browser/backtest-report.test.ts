import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backtestMetrics } from '../../src/backtest/metrics/metrics.ts';
import { backtestHtml } from '../../src/backtest/report/html.ts';
import { backtestJson } from '../../src/backtest/report/json.ts';
import { epochMs } from '../../src/domain/units.ts';
import { randomBacktest } from '../random-backtest.ts';
import { isChromiumMissing, launchChromium } from './chromium.ts';

/** SCREENSHOT_DIR: where a person wants pictures of the page, if at all. */
const { SCREENSHOT_DIR } = process.env;
const desktop = { width: 1280, height: 900 };
const phone = { width: 360, height: 780 };
const stamp = { generatedAtMs: epochMs(Date.UTC(2025, 5, 1)), wallMs: 1_234 };

describe.skipIf(isChromiumMissing())('the report of a backtest, in a real browser,', () => {
  const random = randomBacktest({ days: 120, seed: 5 });
  const attack = '<img src=x onerror=alert(1)>"\'&';
  const outcome = {
    ...random.outcome,
    isInSample: true,
    settings: { ...random.outcome.settings, [attack]: attack },
  };
  const metrics = backtestMetrics(outcome);
  let folder: string;
  let address: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'novosky-report-'));
    const file = join(folder, 'report.html');
    await writeFile(file, backtestHtml({ outcome, metrics, bars: random.bars, stamp }));
    address = pathToFileURL(file).href;
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens the page, lets `look` at it, and wants no complaint and no request beside the page itself. */
  async function opened(
    options: { viewport: typeof phone; colorScheme: 'light' | 'dark' },
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const page = await browser.newPage(options);
    const problems: string[] = [];
    const requests: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => problems.push(message.text()));
    page.on('dialog', (dialog) => problems.push(dialog.message()));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(address);
    await look(page);
    await page.close();
    expect(problems).toEqual([]);
    expect(requests.filter((url) => url !== address && !url.startsWith('data:'))).toEqual([]);
  }

  const looks = [desktop, phone].flatMap((viewport) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme })),
  );

  test.each(looks)('fits $viewport.width px, $colorScheme, everything opened', (options) =>
    opened(options, async (page) => {
      await page.locator('details').evaluateAll((folded) => {
        for (const details of folded) details.setAttribute('open', '');
      });
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width).toBe(options.viewport.width);
      const values = await page
        .locator('.settings td')
        .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().width));
      expect(Math.min(...values)).toBeGreaterThan(120);
      const { width: viewportWidth } = options.viewport;
      if (SCREENSHOT_DIR) {
        const name = `report-${viewportWidth}-${options.colorScheme}.png`;
        await page.screenshot({ path: join(SCREENSHOT_DIR, name), fullPage: true });
      }
    }),
  );

  test('shows exactly the figures of the JSON, each of both paths', () =>
    opened({ viewport: desktop, colorScheme: 'light' }, async (page) => {
      const shown = await page
        .locator('data[data-figure]')
        .evaluateAll((cells) =>
          cells.map((cell) =>
            ['data-figure', 'data-path', 'value'].map((name) => cell.getAttribute(name)),
          ),
        );
      const { figures } = JSON.parse(backtestJson(outcome, metrics, stamp)) as {
        figures: Record<string, Record<string, number | null>>;
      };
      const told = Object.entries(figures).flatMap(([key, range]) =>
        Object.entries(range).map(([path, value]) => [
          key,
          path,
          value === null ? '' : String(value),
        ]),
      );
      expect(told.length).toBeGreaterThan(70);
      expect(shown).toEqual(told);
      const winRate = page.locator('data[data-figure=winRate][data-path=pessimistic]');
      const share = figures['winRate']?.['pessimistic'] ?? 0;
      expect(await winRate.innerText()).toBe(`${(100 * share).toFixed(1)} %`);
    }));

  test('says on top that the models know the answers, and takes names for text', () =>
    opened({ viewport: phone, colorScheme: 'dark' }, async (page) => {
      const warning = page.getByRole('alert').getByText(/^IN-SAMPLE: /);
      const top = (await warning.boundingBox())?.y ?? Number.POSITIVE_INFINITY;
      expect(top).toBeLessThan(phone.height);
      await page.locator('.settings').getByRole('rowheader', { name: attack }).waitFor();
      expect(await page.locator('img').count()).toBe(0);
    }));

  test('reads out the moment under the pointer, on all charts at once', () =>
    opened({ viewport: desktop, colorScheme: 'dark' }, async (page) => {
      const equity = page.getByRole('img', { name: /^Equity from 1,000\.00 to / });
      await equity.hover();
      const texts = await page.locator('figure output').allInnerTexts();
      expect(texts).toHaveLength(3);
      for (const text of texts) expect(text).toMatch(/^2023-0\d-\d\d \d\d:\d\d · .*\d/);
      await page.getByRole('heading', { level: 1 }).hover();
      expect(await page.locator('figure output').allInnerTexts()).toEqual(['', '', '']);
    }));

  test('has every trade', () =>
    opened({ viewport: desktop, colorScheme: 'light' }, async (page) => {
      await page.getByText(/^All \d+ trades, pessimistic$/).click();
      expect(await page.locator('.trades tbody tr').count()).toBe(
        outcome.pessimistic.trades.length,
      );
    }));
});

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const { CHROMIUM_PATH, CI } = process.env;
const chromiumPath = CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Where there is no Chromium the browser tests are skipped, with a hint; in CI that is a failure. */
export function isChromiumMissing(): boolean {
  if (existsSync(chromiumPath)) return false;
  const hint = `no Chromium at ${chromiumPath}: install it or set CHROMIUM_PATH`;
  if (CI) throw new Error(hint);
  process.stderr.write(`the dashboard is not tested in a browser: ${hint}\n`);
  return true;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: browserFlags });
}

const browserFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

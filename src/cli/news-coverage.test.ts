import { expect, test } from 'vitest';
import {
  aConfigFolder,
  anEnvironment,
  oneAccount,
  onRealTerminal,
  writeConfigFile,
} from '../../test/config-folder.ts';
import { loadConfig } from '../config/load-config.ts';
import { newsCoverage } from './news-coverage.ts';

const news = (fail_closed: boolean) => ({
  news_block_minutes: 15,
  news_filter: { events_file: 'news.json', fail_closed },
});
const calendar = { from: '2025-01-01T00:00:00Z', to: '2025-03-31T00:00:00Z', events: [] };
const within = Date.UTC(2025, 1, 1);
const after = Date.UTC(2025, 3, 1);

function coverage(files: object, now: number) {
  const folder = aConfigFolder(files);
  writeConfigFile(folder, 'news.json', calendar);
  return newsCoverage(loadConfig(folder, anEnvironment), now);
}

test.each<[string, boolean, number, boolean, string]>([
  ['within', false, within, true, 'the news calendar covers 2025-01-01 to 2025-03-31'],
  ['its last moment', false, Date.UTC(2025, 2, 31), true, 'the news calendar covers'],
  ['after it ended', false, after, false, 'not now: main enters through news'],
  ['before it begins', false, Date.UTC(2024, 11, 31), false, 'not now: main enters through news'],
  ['after it ended, failing closed', true, after, false, 'not now: main enters nothing'],
])('a calendar of events, looked at %s', (_, failClosed, now, isCovered, text) => {
  const files = { ...onRealTerminal({ mode: 'dry' }), config: news(failClosed) };
  expect(coverage(files, now)).toEqual({ isCovered, text: expect.stringContaining(text) });
});

test.each<[string, object]>([
  ['no entry waits for events', onRealTerminal({ mode: 'dry' })],
  ['the market is built in', { ...oneAccount({}), config: news(false) }],
])('nothing is asked of a calendar where %s', (_, files) => {
  expect(coverage(files, after)).toBeUndefined();
});

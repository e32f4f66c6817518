import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeGeneratedFile } from './generated-file.ts';
import { eventually, type Novosky, novosky } from './process.ts';
import { edit, scenarioConfig } from './scenario-config.ts';

type Json = Record<string, unknown>;

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'novosky-bad-input-'));
const running: Novosky[] = [];
let names = 0;

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function aPath(name: string): string {
  names += 1;
  return join(folder, `${names}-${name}`);
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Novosky {
  const process_ = novosky(args, env);
  running.push(process_);
  return process_;
}

/** Expects the start to be refused with exit code 2 and these words, and the state folder to be as it was. */
async function expectRefused(
  args: readonly string[],
  words: readonly string[],
  state = aPath('state'),
): Promise<void> {
  const before = contentOf(state);
  const process_ = start(['run', '--state', state, ...args]);
  expect(await process_.ended, process_.output()).toBe(2);
  for (const word of words) expect(process_.output()).toContain(word);
  expect(process_.output()).not.toMatch(/^(start|signal|order|equity) /m);
  expect(process_.output()).not.toMatch(/^ +at .*:\d+:\d+\)?$/m);
  expect(contentOf(state)).toEqual(before);
}

function contentOf(path: string): readonly string[] {
  return existsSync(path) ? readdirSync(path, { recursive: true }).map(String).sort() : [];
}

const realTerminal = {
  kind: 'mt5',
  url: 'https://terminal.example/broker/login',
  token_env: 'NOVOSKY_TEST_TERMINAL_TOKEN',
  symbols: { BTCUSD: 'BTCUSDm' },
};

type Change = Parameters<typeof scenarioConfig>[1];

const inMain = (change: Json): Change => ({
  accounts: (accounts) => ({
    ...accounts,
    exness_main: { ...accounts['exness_main'], ...change },
  }),
});

const onRealTerminal: Change = {
  terminals: (terminals) => ({ ...terminals, 'terminal-one': realTerminal }),
};

describe('a configuration that contradicts itself', () => {
  test.concurrent.each<[name: string, change: Change, words: readonly string[]]>([
    [
      'an unknown key',
      inMain({ risk_procent: 1 }),
      ['accounts.json:11 accounts.exness_main.risk_procent', '-> did you mean "risk_pct"?'],
    ],
    [
      'a value of the wrong type',
      inMain({ max_lot: 'five' }),
      ['accounts.json:9 accounts.exness_main.max_lot', 'number'],
    ],
    [
      'two accounts with one state file',
      inMain({ state_file: 'state_icmarkets_main.db' }),
      [
        'accounts.json:19 accounts.icmarkets_main.state_file',
        'is the state file of "exness_main" already',
        '-> every account keeps a journal of its own: "state_icmarkets_main.db"',
      ],
    ],
    [
      'a state file outside the state folder',
      inMain({ state_file: '../elsewhere.db' }),
      [
        'accounts.json:10 accounts.exness_main.state_file',
        'must be a plain file name ending in .db: it lies inside the state folder',
      ],
    ],
    [
      'a terminal key that does not exist',
      inMain({ terminal_key: 'terminal-on' }),
      [
        'accounts.json:5 accounts.exness_main.terminal_key',
        '"terminal-on" is not a terminal of terminals.json',
        '-> did you mean "terminal-one"?',
      ],
    ],
    [
      'a token variable that is not set',
      { ...onRealTerminal, ...inMain({ mode: 'dry' }) },
      [
        'terminals.json:5 terminal-one.token_env',
        'the environment variable NOVOSKY_TEST_TERMINAL_TOKEN is not set',
        '-> set it to the token of the terminal "terminal-one" before the start',
      ],
    ],
    [
      'live on a simulator',
      inMain({ mode: 'live' }),
      [
        'accounts.json:11 accounts.exness_main.mode',
        'is "live", but the terminal "terminal-one" is a simulator',
        '-> use "paper" there, or a terminal of kind "mt5"',
      ],
    ],
    [
      'paper on a real terminal',
      onRealTerminal,
      [
        'accounts.exness_main.mode',
        'is "paper", but the terminal "terminal-one" is a real one',
        '-> "dry" decides and journals there and sends nothing',
      ],
    ],
    [
      'two accounts on one terminal',
      inMain({ terminal_key: 'terminal-two', account_type: 'standard', currency_multiplier: 1 }),
      [
        'accounts.json:14 accounts.icmarkets_main.terminal_key',
        '"terminal-two" is used by the enabled account "exness_main" already',
        '-> a terminal is one login',
      ],
    ],
    [
      'several mistakes at once',
      {
        trading: { min_lot: -1, risk_percnt: 2 },
        ...inMain({ mode: 'live', state_file: '/tmp/x.db', max_lot: true }),
      },
      [
        'The configuration has 5 mistakes:',
        'accounts.exness_main.mode',
        'accounts.exness_main.state_file',
        'accounts.exness_main.max_lot',
        'config.json:4 min_lot',
        'risk_percnt',
      ],
    ],
  ])('is refused before anything is started: %s', async (_, change, words) => {
    await expectRefused(['--config', scenarioConfig(aPath('config'), change)], words);
  });
});

const header = 'time,open,high,low,close,volume';
const rows = [
  '1735689600,100,101,99,100,5',
  '1735690500,100,102,99,101,6',
  '1735691400,101,103,100,102,7',
];

describe('a file of bars that cannot be trusted', () => {
  test.concurrent.each<
    [name: string, file: string, content: string | Uint8Array, words: readonly string[]]
  >([
    [
      'a bar that stands twice',
      'bars.csv',
      [header, ...rows, rows[2]].join('\n'),
      ['bars.csv:5: duplicate of the bar before (1735691400)'],
    ],
    [
      'bars in disorder',
      'bars.csv',
      [header, rows[0], rows[2], rows[1]].join('\n'),
      ['bars.csv:4: out of order: 1735690500 after 1735691400'],
    ],
    [
      'a high below the low',
      'bars.csv',
      [header, rows[0], '1735690500,100,98,99,100,6'].join('\n'),
      ['bars.csv:3: impossible prices: '],
    ],
    [
      'a price of zero',
      'bars.csv',
      [header, rows[0], rows[1], '1735691400,101,103,0,102,7'].join('\n'),
      ['bars.csv:4: impossible prices: low 0 is not above zero'],
    ],
    [
      'no number',
      'bars.csv',
      [header, rows[0], '1735690500,100,102,n/a,101,6'].join('\n'),
      ['bars.csv:3:', 'n/a'],
    ],
    ['another header', 'bars.csv', ['date,open', ...rows].join('\n'), ['bars.csv:1:', header]],
    [
      'a gzip that was cut off',
      'bars.csv.gz',
      gzipSync([header, ...Array(2_000).fill(rows[0])].join('\n')).subarray(0, -9),
      ['bars.csv.gz:', 'gzip ends too early: line '],
    ],
    ['no bars at all', 'bars.csv', header, ['bars.csv', 'at least two bars']],
  ])('is refused with its line: %s', async (_, file, content, words) => {
    const path = aPath(file);
    writeFileSync(path, content);
    await expectRefused(['--replay', path], words);
  });
});

describe('a file of good bars', () => {
  const path = join(folder, 'good.csv');
  const gapped = join(folder, 'gapped.csv');
  const bars = 6;
  let from = '';

  beforeAll(() => {
    from = new Date(writeGeneratedFile(path, { seed: 3, bars })).toISOString();
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    // One bar is missing in the middle of the warm-up, three between the bars that are decided on.
    lines.splice(lines.length - 5, 3);
    lines.splice(5_000, 1);
    writeFileSync(gapped, lines.join('\n'));
  });

  test('is refused when it has fewer bars than asked for, with both numbers', async () => {
    await expectRefused(
      ['--replay', path, '--from', from, '--bars', '7'],
      [`${path} has 6 bars from ${from} on, --bars asks for 7`],
    );
  });

  test('is refused when the warm-up before --from is too short, with both numbers', async () => {
    await expectRefused(
      ['--replay', path, '--from', '2023-11-15'],
      [path, 'bars before --from, the features need', 'begin at 20'],
    );
  });

  test('runs although bars are missing, says where, fills nothing in, and cannot be run again', async () => {
    const [state, report] = [aPath('state'), aPath('report.json')];
    const args = ['--replay', gapped, '--from', from];
    const process_ = start(['run', '--state', state, '--report', report, ...args]);
    expect(await process_.ended, process_.output()).toBe(0);
    expect(process_.output()).toMatch(
      /^gap +1 bar is missing after 20\S+Z; nothing is filled in$/m,
    );
    expect(process_.output()).toContain(`gap     3 bars are missing after ${from}`);
    const { bars: decided, accounts } = JSON.parse(readFileSync(report, 'utf8')) as Json;
    expect(decided).toBe(3);
    for (const account of Object.values(accounts as Json)) {
      expect(account).toMatchObject({ predictions: 3 });
    }
    await expectRefused(
      args,
      [`the state folder ${state} holds a finished replay`, 'name a new folder with --state'],
      state,
    );
  });

  test.concurrent.each<[name: string, change: (models: string) => void, words: readonly string[]]>([
    [
      'a model file that was cut off',
      (models) => truncateSync(join(models, 'xgb.onnx'), 1_000),
      [join('BTCUSD', 'xgb.onnx'), 'is not the file of its manifest', 'Restore the folder'],
    ],
    [
      'models of other features',
      (models) =>
        edit(models, 'manifest.json', (manifest) => ({
          ...manifest,
          features: { ...(manifest['features'] as Json), hash: 'ab'.repeat(32) },
        })),
      [
        join('BTCUSD', 'manifest.json'),
        'was trained on other features (abababababab) than this code computes',
        'Train again: novosky train',
      ],
    ],
    [
      'a manifest that is no JSON',
      (models) => truncateSync(join(models, 'manifest.json'), 100),
      [join('BTCUSD', 'manifest.json: is no JSON'), 'Train again: novosky train'],
    ],
    [
      'no models',
      (models) => rmSync(models, { recursive: true }),
      [join('BTCUSD', 'manifest.json: cannot be read'), 'Train again: novosky train'],
    ],
  ])('is not decided on with %s', async (_, change, words) => {
    const models = aPath('models');
    cpSync(join(root, 'models', 'BTCUSD'), join(models, 'BTCUSD'), { recursive: true });
    change(join(models, 'BTCUSD'));
    await expectRefused(['--replay', path, '--from', from, '--models', models], words);
  });
});

describe('what an engine needs of its host', () => {
  test('a console port that is taken is refused', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const config = scenarioConfig(aPath('config'), {
      trading: { console: { host: '127.0.0.1', port } },
    });
    await expectRefused(
      ['--config', config],
      [
        `cannot listen on 127.0.0.1:${port}`,
        'choose another port with console.port in config.json',
      ],
    );
    other.close();
  });

  test('a state folder that cannot be written is refused', async () => {
    const file = aPath('file');
    writeFileSync(file, 'not a folder');
    const state = join(file, 'state');
    await expectRefused(
      ['--no-console'],
      [`the state folder ${state} cannot be written`, 'name another with --state'],
      state,
    );
  });

  test('a state folder in use, or of another run, is refused, and its engine goes on', async () => {
    const [state, path] = [aPath('state'), aPath('bars.csv')];
    const from = new Date(writeGeneratedFile(path, { seed: 5, bars: 2 })).toISOString();
    const first = start(['run', '--state', state, '--no-console', '--speed', '600']);
    await eventually('the first engine to trade', () => first.output().includes('equity '));

    const second = start(['run', '--state', state, '--no-console']);
    expect(await second.ended, second.output()).toBe(2);
    expect(second.output()).toContain(`another engine is running on the state folder ${state}`);
    expect(second.output()).toContain('name another folder with --state');
    expect(second.output()).not.toContain('start ');

    const said = first.output().length;
    await eventually('the first engine to go on', () => first.output().length > said);
    first.child.kill('SIGINT');
    expect(await first.ended, first.output()).toBe(0);
    await expectRefused(
      ['--replay', path, '--from', from],
      [`the state folder ${state} belongs to another run (the engine, this one is a replay of 2`],
      state,
    );
  });
});

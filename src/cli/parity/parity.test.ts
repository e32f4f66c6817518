import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AccountWorld, aPrediction, barMs, monday } from '../../../test/account-world.ts';
import { aConfigFolder, anAccount } from '../../../test/config-folder.ts';
import type { AccountFact } from '../../account/account-fact.ts';
import { UsageError } from '../../config/usage-error.ts';
import { openJournal } from '../../journal/sqlite/sqlite-journal.ts';
import { parityCommand } from './parity.ts';
import type { ParityReport } from './parity-report.ts';
import { parityLines } from './parity-text.ts';

/** A state folder with two bars of an account in it, and no bars of the market. */
function aState(): string {
  const state = mkdtempSync(join(tmpdir(), 'novosky-parity-command-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const world = new AccountWorld().open();
  for (const day of [0, 1]) {
    world.move(95_000, monday + day * 96 * barMs);
    world.bar(aPrediction('hold', { bar: 1 + day * 96 }));
  }
  const journal = openJournal<AccountFact>(join(state, anAccount.state_file));
  journal.append(world.journal, 'normal');
  journal.close();
  return state;
}

async function run(...args: readonly string[]): Promise<readonly string[]> {
  const config = aConfigFolder({ accounts: { accounts: { exness_main: anAccount } } });
  const failures: string[] = [];
  const command = parityCommand({ write: () => {}, fail: (line) => failures.push(line) });
  command.configureOutput({ writeErr: () => {} });
  await command.parseAsync(['node', 'parity', ...args, '--config', config]);
  return failures;
}

describe('novosky parity', () => {
  test.each<[string, readonly string[], string | RegExp]>([
    [
      'an account that is not there',
      ['--account', 'other', '--day', '2025-01-06'],
      /no account other; there are exness_main/,
    ],
    [
      'a day without a decision',
      ['--account', 'exness_main', '--day', '2025-01-09'],
      'exness_main decided nothing on 2025-01-09: there are 2025-01-06, 2025-01-07',
    ],
    [
      'a state folder without bars',
      ['--account', 'exness_main', '--day', '2025-01-07'],
      /bars\.db: name a file with --data/,
    ],
    [
      'a file that is not there',
      ['--account', 'exness_main', '--day', '2025-01-07', '--data', 'nowhere.csv'],
      /nowhere\.csv/,
    ],
  ])('refuses %s, and says what there is', async (_, args, sentence) => {
    const refused = run(...args, '--state', aState());
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(sentence);
  });

  test.each([['2025-13-01'], ['yesterday'], ['2025-01-06T10:00']])(
    'refuses the day %s',
    async (day) => {
      const refused = run('--account', 'exness_main', '--day', day, '--state', '/nowhere');
      await expect(refused).rejects.toThrow(CommanderError);
    },
  );

  test('says that an account was never started', async () => {
    const [failure] = await run(
      '--account',
      'exness_main',
      '--day',
      '2025-01-06',
      '--state',
      '/nowhere',
    );
    expect(failure).toContain('exness_main has no journal yet');
  });
});

describe('what novosky parity prints', () => {
  const report: ParityReport = {
    ...{ account: 'exness_main', day: '2025-01-06', series: 'BTCUSD/M15', bars: 96 },
    equal: { decision: { equal: 96, of: 96 }, fill: { equal: 3, of: 5 } },
    differences: [
      {
        ...{ bar: '2025-01-06T10:15:00.000Z', kind: 'fill', subject: 'abc', name: 'entry' },
        ...{
          live: 95_000.4,
          tested: 95_000,
          cause: { type: 'slippage', text: 'filled 40 points off' },
        },
      },
      {
        ...{ bar: '2025-01-06T11:00:00.000Z', kind: 'close', subject: 'abc', name: 'all' },
        ...{ live: undefined, tested: 'SL_HIT 94000', cause: undefined },
      },
    ],
    unexplained: 1,
  };

  test('is how much was equal, then each difference with both sides and its cause', () => {
    expect(parityLines(report)).toMatchInlineSnapshot(`
      [
        "exness_main, 2025-01-06 UTC: 96 bars of BTCUSD/M15",
        "",
        "what      equal  of",
        "decision     96  96",
        "fill          3   5",
        "",
        "bar    what        of   engine   backtester    cause",
        "10:15  fill entry  abc  95000.4  95000         slippage: filled 40 points off",
        "11:00  close       abc  -        SL_HIT 94000  UNEXPLAINED",
        "",
        "2 differences, 1 explained",
      ]
    `);
  });

  test('is short where all was equal', () => {
    const lines = parityLines({ ...report, differences: [], unexplained: 0 });
    expect(lines.at(-1)).toBe('The backtester says the same.');
  });
});

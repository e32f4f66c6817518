import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { brokerOptions, keyAndValue } from './broker-options.ts';
import { backtestArguments } from './sweep-again.ts';
import type { SweepWishes } from './sweep-plan.ts';

const plain: SweepWishes = {
  ...{ target: 'kelly', data: 'bars.csv', symbol: 'BTCUSD' },
  ...{ config: 'config', models: 'models', state: 'state' },
};
const places = '--data bars.csv --symbol BTCUSD --config config --models models --state state';

describe('the command that plays a set again', () => {
  test.each([
    ['nothing but the set', {}, `${places} --override a.b=2`],
    [
      'whatever was given',
      {
        ...{
          account: 'main',
          cache: 'kept',
          balance: 777,
          leverage: 100,
          spread: 0,
          commission: 7,
        },
        ...{ swapLong: -9, swapShort: 4, slippage: 20, maxLot: 0.5, centAccount: true },
      },
      `--data bars.csv --symbol BTCUSD --account main --config config --models models --state state --cache kept --balance 777 --leverage 100 --spread 0 --commission 7 --swap-long -9 --swap-short 4 --slippage 20 --max-lot 0.5 --cent-account --override a.b=2`,
    ],
    [
      'what was overridden, the set having the last word',
      { override: { 'a.b': 1, c: false } },
      `${places} --override a.b=2 --override c=false`,
    ],
    [
      'every file of finer bars',
      { detail: ['may.csv', 'june.csv'] },
      `--data bars.csv --detail may.csv --detail june.csv ${places.slice('--data bars.csv '.length)} --override a.b=2`,
    ],
    [
      'in the words of a shell',
      { data: "it's here.csv", override: { list: [1, 2], text: '3' } },
      `--data 'it'\\''s here.csv' ${places.slice('--data bars.csv '.length)} --override 'list=[1,2]' --override 'text="3"' --override a.b=2`,
    ],
  ])('has %s', (_what, wishes, line) => {
    expect(backtestArguments({ ...plain, ...wishes }, { 'a.b': 2 })).toBe(line);
  });

  test('has a name for every option of money and costs', () => {
    const { options } = brokerOptions(new Command());
    const wishes = Object.fromEntries(options.map((option) => [option.attributeName(), 1]));
    const line = backtestArguments({ ...plain, ...wishes }, {});
    for (const { long } of options) expect(line).toContain(` ${long} 1`);
  });

  test.each([2, true, 'word', '2', 'true', 'a b', [1], null])(
    'reads %j back as it was',
    (value) => {
      const line = backtestArguments({ ...plain, override: { key: value } }, {});
      const [, argument = ''] = /--override (.*)$/.exec(line) ?? [];
      expect(keyAndValue(argument.replaceAll("'", ''))).toEqual({ key: value });
    },
  );
});

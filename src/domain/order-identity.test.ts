import { expect, test } from 'vitest';
import type { Side } from './order.ts';
import { orderIdOf, tradeIdOf } from './order-identity.ts';
import { accountId, epochMs } from './units.ts';

/** What stands in journals and in comments at brokers: it may never come out otherwise. */
test.each<{
  readonly account: string;
  readonly side: Side;
  readonly trade: string;
  readonly attempts: readonly [string, string];
}>([
  {
    account: 'exness_main',
    side: 'buy',
    trade: '7qtbpcuqm3l5mybsa6ds',
    attempts: ['snboswdlnual7etgxa3ppsv42b', 'eqgaj6lzj6yadg3lswnzdlooie'],
  },
  {
    account: 'exness_main',
    side: 'sell',
    trade: 's5jfqiq745aytmtfdaft',
    attempts: ['jy4k7mkyr66igobuprzhmgzzqm', '56pz2zmlmov344ytashxpp7uei'],
  },
  {
    account: 'größer',
    side: 'buy',
    trade: 'nmsoudydjka7j5fly64p',
    attempts: ['zaepmlo7a5mpsrd3bwwprk4tl2', 'sgwdwpbbign3uzkzkf7ckpgjgx'],
  },
])('a $side of $account is known as $trade', ({ account, side, trade, attempts }) => {
  const key = { symbol: 'BTCUSD', barTime: epochMs(1_763_992_800_000), side, leg: 'entry' };
  expect(tradeIdOf({ account: accountId(account), ...key })).toBe(trade);
  expect([1, 2].map((attempt) => orderIdOf(trade, attempt))).toEqual(attempts);
});

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { account, aPolicy } from '../../test/account-world.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { UsageError } from '../config/usage-error.ts';
import { assertModelsUsable } from './models-usable.ts';

/** The shipped set has no model of open positions. */
const modelsFolder = join(import.meta.dirname, '..', '..', 'models');
const markets = [{ symbol: 'BTCUSD' }];

function usable(policy: Partial<AccountPolicy>): Promise<readonly string[]> {
  return assertModelsUsable({ modelsFolder, markets, accounts: [{ policy: aPolicy(policy) }] });
}

test('an account that manages nothing needs no position model, and nothing is said of it', async () => {
  expect(await usable({})).toEqual([]);
});

test('exits of a position model that is not there are off, and that is said', async () => {
  expect(await usable({ management: {} })).toEqual([
    `${account}: the models of BTCUSD have no position model: its exits are off`,
  ]);
});

test('exits that only a position model would make are refused without it', async () => {
  const management = { primaryExit: { stopLossAtr: 3, takeProfitAtr: 5 } };
  await expect(usable({ management })).rejects.toThrow(UsageError);
  await expect(usable({ management })).rejects.toThrow('position_as_primary_exit');
});

test('a set that is not there is refused with its next step', async () => {
  const missing = assertModelsUsable({ modelsFolder: '/nowhere', markets, accounts: [] });
  await expect(missing).rejects.toThrow('novosky train');
});

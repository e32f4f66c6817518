/** What a person said, at whichever edge, as it is given to the engine. */
import type { AccountCommand } from '../account/input.ts';
import { type AccountId, accountId } from '../domain/units.ts';
import type { Engine } from '../engine/engine.ts';

/** `revive` takes back an account that is quarantined, too. Rejects with why it was not done. */
export async function saidToAccount(
  engine: Engine,
  account: AccountId,
  said: { readonly command: AccountCommand; readonly by: string },
): Promise<void> {
  const isLost = engine.quarantined().some((each) => each.account === account);
  if (said.command === 'revive' && isLost) return engine.revive(account);
  return engine.command(account, said.command, said.by);
}

/** It holds until it is taken back, also for those that join later; to flatten is done by each account. */
export async function saidToFleet(
  engine: Engine,
  { command, by }: { readonly command: AccountCommand; readonly by: string },
): Promise<void> {
  if (command !== 'flatten') return engine.orders.give(command, by);
  await Promise.all(engine.accounts().map((id) => engine.command(accountId(id), command, by)));
}

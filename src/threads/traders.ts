import type { AccountMessage } from '../actors/account-message.ts';
import type { AccountId } from '../domain/units.ts';
import type { ActorRef } from '../runtime/actor.ts';
import type { PostOffice } from '../runtime/post-office.ts';
import { addresses } from './thread-data.ts';

/** Main tells it whenever an account comes or goes. */
export type TradersMessage = {
  readonly type: 'traders-changed';
  readonly accounts: readonly AccountId[];
};

/**
 * The accounts that are told about a symbol. They come and go while the thread runs: it listens under `traders:<symbol>`,
 * beside its actors and over their restarts.
 */
export function tradersOf(
  office: PostOffice,
  { symbol, accounts }: { readonly symbol: string; readonly accounts: readonly AccountId[] },
): () => readonly ActorRef<AccountMessage>[] {
  const refsOf = (ids: readonly AccountId[]) =>
    ids.map((id) => office.ref<AccountMessage>(addresses.account(id)));
  let refs = refsOf(accounts);
  office.register(`traders:${symbol}`, {
    name: `traders:${symbol}`,
    tell: (message: TradersMessage) => {
      refs = refsOf(message.accounts);
    },
  });
  return () => refs;
}

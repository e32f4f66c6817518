/** The entry of an account's thread that may kill its process; all else is as in `src/threads/account-thread.ts`. */
import type { AccountFact } from '../../src/account/account-fact.ts';
import { openHttp } from '../../src/brokers/mt5/http.ts';
import { mt5Terminal } from '../../src/brokers/mt5/terminal.ts';
import { openJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { singleHostOwnership } from '../../src/ownership/single-host.ts';
import { accountHost } from '../../src/threads/account-host.ts';
import { runActorThread } from '../../src/threads/actor-thread.ts';
import type { AccountHostData, AccountThreadData } from '../../src/threads/thread-data.ts';
import { WatchedAccount } from './watched-account.ts';

const { KILL_POINT, ARMED_BY = '' } = process.env;

/** Longer than a call at these brokers may be late: `external` would make every doubt take half a minute. */
const absenceProof = { sinceCallMs: 6_000, emptyForMs: 500 };

await runActorThread<AccountHostData>(async (means) => {
  const watched = new WatchedAccount({ point: KILL_POINT, armedBy: ARMED_BY });
  const outside = {
    acquire: singleHostOwnership(means.data.stateFolder).acquire,
    openJournal: (path: string) => watched.journal(openJournal<AccountFact>(path)),
    connect: (
      { url, token, symbols }: AccountThreadData['terminal'],
      options: Pick<Parameters<typeof mt5Terminal>[0], 'clock' | 'magic' | 'deviationPoints'>,
    ) =>
      watched.trading(
        mt5Terminal({
          ...{ url, token, symbols, ...options, absenceProof },
          readTimeoutMs: 8_000,
          tradeTimeoutMs: 65_000,
          serverOffset: { ms: 0 },
          http: watched.http(openHttp({ url, token, clock: options.clock })),
        }),
      ),
  };
  return accountHost(means, () => outside);
});

/** The entry of a host of accounts whose disks may run full; all else is as in `src/threads/account-thread.ts`. */
import { singleHostOwnership } from '../ownership/single-host.ts';
import { accountHost } from '../threads/account-host.ts';
import { runActorThread } from '../threads/actor-thread.ts';
import { connectTerminal } from '../threads/terminal-connection.ts';
import type { AccountHostData } from '../threads/thread-data.ts';
import { openJournalOnDisk } from './full-disk.ts';

await runActorThread<AccountHostData>(async (means) =>
  accountHost(means, ({ stateFolder }) => ({
    acquire: singleHostOwnership(stateFolder).acquire,
    openJournal: openJournalOnDisk,
    connect: connectTerminal,
  })),
);

import { accountChild } from './account.ts';
import { runActorThread } from './actor-thread.ts';
import type { AccountThreadData } from './thread-data.ts';

await runActorThread<AccountThreadData>(async (means) => ({ actors: [accountChild(means)] }));

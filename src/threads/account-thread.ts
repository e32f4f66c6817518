import { accountHost } from './account-host.ts';
import { runActorThread } from './actor-thread.ts';
import type { AccountHostData } from './thread-data.ts';

await runActorThread<AccountHostData>(async (means) => accountHost(means));

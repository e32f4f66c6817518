import { runActorThread } from './actor-thread.ts';
import { marketThread } from './market.ts';
import type { MarketThreadData } from './thread-data.ts';

await runActorThread<MarketThreadData>(async (means) => marketThread(means));

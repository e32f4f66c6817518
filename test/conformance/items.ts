import type { Item } from './item.ts';
import { messagesAndThreads } from './messages-and-threads.ts';
import { restartsAndScale } from './restarts-and-scale.ts';
import { startStopAdministration } from './start-stop-administration.ts';

export const items: readonly Item[] = [
  ...startStopAdministration,
  ...restartsAndScale,
  ...messagesAndThreads,
];

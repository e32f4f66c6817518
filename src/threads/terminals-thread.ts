import { runActorThread } from './actor-thread.ts';
import { terminalsThread } from './terminals.ts';
import type { TerminalsThreadData } from './thread-data.ts';

await runActorThread<TerminalsThreadData>(terminalsThread);

import { runActorThread } from './actor-thread.ts';
import { inferenceThread } from './inference.ts';
import type { InferenceThreadData } from './thread-data.ts';

await runActorThread<InferenceThreadData>(inferenceThread);

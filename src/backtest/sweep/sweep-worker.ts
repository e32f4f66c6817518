/** What a thread of the pool runs: one player over the world that it was started with. No onnxruntime: it may be ended. */
import { workerData } from 'node:worker_threads';
import type { AccountPolicy } from '../../account/policy.ts';
import { SetPlayer, type SetResult } from './set-player.ts';
import type { SweepWorld } from './sweep-world.ts';

const player = new SetPlayer(workerData as SweepWorld);

export function playSet(policy: AccountPolicy): Promise<SetResult> {
  return player.play(policy);
}

import { Piscina } from 'piscina';
import type { AccountPolicy } from '../../account/policy.ts';
import { bootOf } from '../../runtime/thread.ts';
import type { PositionJudge } from '../account-run.ts';
import { SetPlayer, type SetResult } from './set-player.ts';
import type { SweepWorld } from './sweep-world.ts';

type PlayOptions<Set> = {
  /** Threads, each with a player of its own. */
  readonly workers: number;
  /** Sets that run when it is aborted are dropped. */
  readonly signal: AbortSignal;
  /** Told of every set when it is done, in whatever order they end. */
  readonly onResult: (set: Set, result: SetResult) => void;
  /** Where the models judge open positions: they run in this thread, and so does every set then. */
  readonly judge?: PositionJudge | undefined;
};

type Play = (policy: AccountPolicy) => Promise<SetResult>;

/** Plays sets until all are done or the signal is aborted. What each comes to depends on nothing but the set itself. */
export async function playSets<Set extends { readonly policy: AccountPolicy }>(
  world: SweepWorld,
  sets: readonly Set[],
  options: PlayOptions<Set>,
): Promise<void> {
  const { judge, signal } = options;
  if (sets.length === 0) return;
  if (judge !== undefined) {
    const player = new SetPlayer(world, judge);
    await playInLanes(sets, 1, (policy) => player.play(policy), options);
    return;
  }
  const workers = Math.min(options.workers, sets.length);
  const pool = poolOf(world, workers);
  // By the pool's end, not by its own signals: it would start other threads for those that an aborted task takes along.
  let ended: Promise<void> | undefined;
  const end = () => {
    ended ??= pool.destroy();
    return ended;
  };
  signal.addEventListener('abort', end, { once: true });
  // Of a thread that did not even begin: no set would ever hear of it.
  const broken = new Promise<never>((_resolve, reject) => pool.once('error', reject));
  try {
    const played = playInLanes(sets, workers, (policy) => pool.run(policy), options);
    await Promise.race([played, broken]);
  } finally {
    signal.removeEventListener('abort', end);
    await end();
  }
}

function poolOf(workerData: SweepWorld, workers: number): Piscina<AccountPolicy, SetResult> {
  const { href } = bootOf(new URL('./sweep-worker.ts', import.meta.url));
  return new Piscina({
    ...{ filename: href, name: 'playSet', workerData },
    ...{ minThreads: workers, maxThreads: workers },
  });
}

/** As many sets at a time as there are lanes: the next begins when one ends. */
async function playInLanes<Set extends { readonly policy: AccountPolicy }>(
  sets: readonly Set[],
  lanes: number,
  play: Play,
  { signal, onResult }: PlayOptions<Set>,
): Promise<void> {
  const waiting = sets.values();
  const lane = async () => {
    for (const set of waiting) {
      if (signal.aborted) return;
      const result = await play(set.policy).catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
      if (result === undefined) return;
      onResult(set, result);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

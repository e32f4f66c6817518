/** Stops an engine as a signal does, and looks at the order in which its threads end. */
import type { AccountPolicy } from '../account/policy.ts';
import { withEntriesStopped } from '../engine/account-policy.ts';
import type { Engine } from '../engine/engine.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { settlesWithin } from '../runtime/settles-within.ts';
import type { ReportViolation } from './account-audit.ts';
import type { LivingThread } from './thread-troubles.ts';

/** As in the phases of a shutdown. */
const holdMs = 500;
const entriesMs = 1_500;
const treeMs = 8_500;

export type StoppedEngine = {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly policies: readonly AccountPolicy[];
};

/** Never rejects. When this resolves the process ends, whatever is left of it. */
export async function stopAsSignalled({ engine, clock, policies }: StoppedEngine): Promise<void> {
  await settlesWithin(engine.holdMarketTime(), holdMs, clock);
  for (const policy of policies) engine.changePolicy(withEntriesStopped(policy, 'shutdown'));
  await sleep(entriesMs, clock);
  await settlesWithin(engine.stop(treeMs), treeMs, clock).catch(() => false);
}

/**
 * Watches threads end as they are asked to: those who need others go before them. The returned function judges what was
 * seen.
 *
 * @param isHarmed something has gone wrong with it: it ends when it can
 */
export function watchStopOrder(
  threads: ReadonlyMap<string, LivingThread>,
  isHarmed: (thread: LivingThread) => boolean,
  report: ReportViolation,
): () => void {
  const ended: { readonly name: string; readonly thread: LivingThread }[] = [];
  for (const [name, thread] of threads) {
    if (!thread.worker.thread.isOver)
      thread.worker.thread.atEnd(() => ended.push({ name, thread }));
  }
  return () => {
    const isAsked = (thread: LivingThread) => thread.worker.exitCode === 0 && !isHarmed(thread);
    // Without the market its group starts anew: who comes after it stops for that.
    const isGroupDown = ended.some(({ name, thread }) => name === 'market' && !isAsked(thread));
    const names = ended
      .filter(({ name, thread }) => isAsked(thread) && !(isGroupDown && name === 'inference'))
      .map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      const former = names[index - 1] ?? name;
      if (rankOf(name) >= rankOf(former)) continue;
      const detail = `${former} before ${name}`;
      report({ rule: 'a parent ended before its child', account: '', detail });
    }
  };
}

/** In the reverse order of their start. */
function rankOf(thread: string): number {
  const infra = ['inference', 'market', 'terminals'];
  return infra.findIndex((name) => thread.startsWith(name)) + 1;
}

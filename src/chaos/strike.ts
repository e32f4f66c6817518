/** Does what a trouble says to a running round. */
import { unreachable } from '../domain/assert.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { failuresLeft, fillDisk, freeDisk } from './full-disk.ts';
import type { Judge } from './judge.ts';
import type { Round } from './round.ts';
import type { Trouble } from './trouble.ts';

/** How soon a changed file is heard of. */
const configMs = 10_000;
/** Appends come with bars; after this long the disk is emptied however many have failed. */
const diskFullMs = 10_000;
const flatMs = 60_000;

export type StrikeMeans = {
  readonly round: Round;
  readonly judge: Judge;
  readonly clock: Clock;
  readonly say: (line: string) => void;
};

/** The accounts that are right to begin a new life because of a trouble; those of an engine that ends are known anyway. */
export function disturbedBy(trouble: Trouble, round: Round): readonly string[] {
  switch (trouble.kind) {
    case 'actor-crash':
      return trouble.account === undefined ? [] : [trouble.account];
    case 'disk-full':
    case 'account-left':
      return [trouble.account];
    case 'thread-ended':
      return round.neighboursOf(trouble.account);
    case 'harm':
      return trouble.way === 'throw' || trouble.way === 'reject'
        ? [trouble.account]
        : round.neighboursOf(trouble.account);
    default:
      return [];
  }
}

/** Settles when it is done; that everybody is back has to be waited for. */
export async function strike(trouble: Trouble, means: StrikeMeans): Promise<void> {
  const { round, say } = means;
  const { process } = round.keeper;
  switch (trouble.kind) {
    case 'actor-crash':
      return process.do({ type: 'crash', actor: trouble.actor });
    case 'thread-ended':
      return process.do({ type: 'end-thread', thread: round.hostOf(trouble.account) });
    case 'market-ended':
      return process.do({ type: 'end-thread', thread: 'market' });
    case 'inference-killed':
      return process.do({ type: 'end-thread', thread: 'inference' });
    case 'harm':
      return harm(trouble, means);
    case 'market-harm':
      return process.do({ type: 'harm', host: 'market', way: trouble.way });
    case 'orders-fail':
    case 'reads-fail':
      return round.inject(trouble.account, trouble.fault);
    case 'terminal-down':
      return round.inject(trouble.account, { kind: 'restart', downMs: trouble.forMs });
    case 'disk-full':
      return fill(trouble, means);
    case 'config-broken':
      return breakConfig(trouble, means);
    case 'config-changed':
      return changeConfig(trouble, means);
    case 'account-left':
      return leave(trouble, means);
    case 'paused':
      return pause(trouble, means);
    case 'flattened':
      return flatten(trouble, means);
    case 'terminated':
      say(`  the engine was down after ${Math.round(await round.keeper.stop())} ms`);
      return;
    case 'interrupted-twice':
      return round.keeper.interruptTwice(trouble.apartMs);
    case 'killed':
      return round.keeper.kill();
    case 'frozen':
      return round.keeper.freeze(trouble.forMs);
    default:
      return unreachable(trouble);
  }
}

async function harm(
  { way, account }: Extract<Trouble, { kind: 'harm' }>,
  { round }: StrikeMeans,
): Promise<void> {
  const host = round.hostOf(account);
  // Heap growth of some kinds ends the process: whoever started it starts it again.
  if (way === 'heap') round.keeper.mayDie();
  await round.keeper.process.do({ type: 'harm', host, way, resident: `account:${account}` });
}

async function fill(
  { account, appends }: Extract<Trouble, { kind: 'disk-full' }>,
  { round, say }: StrikeMeans,
): Promise<void> {
  const path = round.journalPath(account);
  fillDisk(path, appends);
  await round.until(diskFullMs, () => failuresLeft(path) === 0);
  say(`  ${appends - failuresLeft(path)} of ${appends} appends met SQLITE_FULL`);
  freeDisk(path);
}

async function breakConfig(
  { file, how }: Extract<Trouble, { kind: 'config-broken' }>,
  { round, judge, clock }: StrikeMeans,
): Promise<void> {
  const { config, heard } = round;
  const before = how === 'half' ? config.halve(file) : config.confuse(file);
  const isRefused = await round.until(configMs, () =>
    round.heardSince(heard, ({ type }) => type === 'config-refused'),
  );
  judge.checked('the configuration is taken whole or not at all');
  if (!isRefused) {
    judge.violated(
      'the configuration is taken whole or not at all',
      `${file} (${how}) was not refused within ${configMs} ms`,
    );
  }
  config.restore(file, before);
  // The watcher takes a moment to see that all is well again.
  await sleep(500, clock);
}

async function changeConfig(
  { confidence }: Extract<Trouble, { kind: 'config-changed' }>,
  { round, judge }: StrikeMeans,
): Promise<void> {
  const { config, heard } = round;
  if (!config.change('min_confidence', confidence)) return;
  const isTaken = await round.until(configMs, () =>
    round.heardSince(heard, (event) => event.type === 'config-changed' && event.to === confidence),
  );
  judge.checked('the configuration is taken whole or not at all');
  if (isTaken) return;
  judge.violated(
    'the configuration is taken whole or not at all',
    `min_confidence ${confidence} was not taken within ${configMs} ms`,
  );
}

/** It is drained first: nothing of it stays open at the broker. */
async function leave(
  { account, forMs }: Extract<Trouble, { kind: 'account-left' }>,
  { round, judge, clock }: StrikeMeans,
): Promise<void> {
  const invariant = 'the configuration is taken whole or not at all';
  const hasHappened = (since: number, type: 'account-removed' | 'account-added') => () =>
    round.heardSince(since, (event) => event.type === type && event.account === account);
  const watch = round.watch(account);
  watch.leaves(true);
  const before = round.heard;
  round.config.enable(account, false);
  judge.checked(invariant);
  if (!(await round.until(flatMs, hasHappened(before, 'account-removed')))) {
    judge.violated(invariant, `${account} has not left after ${flatMs} ms`);
  } else if (round.brokerPositions(account) > 0) {
    judge.violated(invariant, `${account} has left, and its positions stand open`);
  }
  await sleep(forMs, clock);
  const left = round.heard;
  round.config.enable(account, true);
  if (!(await round.until(flatMs, hasHappened(left, 'account-added')))) {
    judge.violated(invariant, `${account} has not come back after ${flatMs} ms`);
  }
  watch.leaves(false);
}

async function pause(
  { account, forMs }: Extract<Trouble, { kind: 'paused' }>,
  means: StrikeMeans,
): Promise<void> {
  await order(account, 'pause', means);
  await sleep(forMs, means.clock);
  await order(account, 'resume', means);
}

async function flatten(
  { account }: Extract<Trouble, { kind: 'flattened' }>,
  means: StrikeMeans,
): Promise<void> {
  const { round, judge } = means;
  await order(account, 'flatten', means);
  const watch = round.watch(account);
  const isFlat = await round.until(flatMs, () => {
    watch.look();
    return watch.openPositions === 0;
  });
  judge.checked('every account is back in time');
  if (!isFlat) {
    judge.violated('every account is back in time', `${account} is not flat after ${flatMs} ms`);
  }
  await order(account, 'resume', means);
}

/** What is said to be taken is on disk. */
async function order(
  account: string,
  command: 'pause' | 'resume' | 'flatten',
  { round, judge }: StrikeMeans,
): Promise<void> {
  const watch = round.watch(account);
  const before = watch.commands(command);
  const isTaken = await round.command(account, command);
  judge.checked('no command is lost');
  if (!isTaken) judge.violated('no command is lost', `${command} ${account} was never taken`);
  else if (watch.commands(command) === before) {
    judge.violated('no command is lost', `${command} ${account} is done, and not in the journal`);
  }
}

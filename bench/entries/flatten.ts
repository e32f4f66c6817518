/** A real account in its thread, flooded by another thread, is told to flatten: how long until that is on its disk. */

import { pathToFileURL } from 'node:url';
import type { AccountCommand } from '../../src/account/input.ts';
import type { AccountMessage } from '../../src/actors/account-message.ts';
import type { ReceiptMessage } from '../../src/actors/receipt.ts';
import { accountHostThread, type EngineThread } from '../../src/engine/engine-threads.ts';
import { Roster } from '../../src/engine/roster.ts';
import type { RunPlan } from '../../src/engine/run-plan.ts';
import type { ActorRef } from '../../src/runtime/actor.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { PostOffice } from '../../src/runtime/post-office.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { Supervisor } from '../../src/runtime/supervisor.ts';
import { Switchboard } from '../../src/runtime/switchboard.ts';
import { type ThreadChildOptions, threadChild } from '../../src/runtime/thread-child.ts';
import { addresses } from '../../src/threads/thread-data.ts';
import { printTable, quantile } from '../measure.ts';
import { plannedFleet } from '../planned-fleet.ts';
import type { FloodMessage } from './flooder.ts';

const [flooderPath = '', configFolder = '', stateFolder = '', path = '', fromMs = ''] =
  process.argv.slice(2);
const ticks = 100_000;
const samplesMin = 400;
const floodsMax = 40;

const plan = await plannedFleet({
  ...{ configFolder, stateFolder, modelsFolder: 'models' },
  replay: { path, fromMs: Number(fromMs), bars: 10 },
});
process.on('message', (message) => {
  if (message === 'terminals-up') void measure(plan);
});
process.send?.({ type: 'terminals', terminals: plan.simulators });

async function measure({ accounts }: RunPlan): Promise<void> {
  const roster = new Roster(accounts, { cores: 2 });
  const [entry] = roster.entries;
  if (entry === undefined) throw new Error('a fleet of one has one account');
  const victim = addresses.account(entry.plan.id);
  const office = new PostOffice({ thread: 'main', onDeadLetter: () => {} });
  const supervisor = supervise(office, victim, accountHostThread(plan, entry.placement, roster));
  await supervisor.start();
  const commands = new Commands(office, victim);
  let isOver = true;
  office.register('flooded', {
    name: 'flooded',
    tell: () => {
      isOver = true;
    },
  });
  const measured = async (): Promise<number[]> => {
    const times: number[] = [];
    do {
      times.push(await commands.obeyed('flatten'));
      await commands.obeyed('resume');
    } while (!isOver);
    return times;
  };
  for (let count = 0; count < 200; count += 1) await measured();
  const quiet: number[] = [];
  while (quiet.length < samplesMin) quiet.push(...(await measured()));
  const underFlood: number[] = [];
  let floods = 0;
  for (; underFlood.length < samplesMin && floods < floodsMax; floods += 1) {
    isOver = false;
    office.ref<FloodMessage>('flooder/flood').tell({ ticks });
    underFlood.push(...(await measured()));
  }
  printTable(
    ['flatten to disk and back', 'target', 'p50 ms', 'p99 ms', 'samples'],
    [
      ['at rest', '', ...row(quiet)],
      [`${floods} floods of ${ticks} messages`, 'p99 <= 20', ...row(underFlood)],
    ],
  );
  await supervisor.stop();
  process.exit();
}

/** The account and whoever floods it, each in its thread, on lines to each other and to here. */
function supervise(office: PostOffice, victim: string, host: EngineThread): Supervisor {
  for (const name of ['observer', 'market-time']) office.register(name, { name, tell: () => {} });
  const links = [
    ['main', host.id],
    ['main', 'flooder'],
    ['flooder', host.id],
  ] as const;
  const switchboard = new Switchboard({ links, main: office, onLinkFailed: () => {} });
  const child = (thread: Pick<ThreadChildOptions, 'id' | 'entry' | 'workerData' | 'residents'>) =>
    threadChild({
      ...thread,
      restart: 'permanent',
      ...{ startMs: 20_000, shutdownMs: 20_000, callMs: 20_000 },
      canTerminate: true,
      clock: systemClock,
      onReady: (control) => switchboard.up(thread.id, control),
    });
  return new Supervisor({
    id: 'root',
    strategy: 'one-for-one',
    intensity: { restartsMax: 0, windowMs: 60_000 },
    backoff: { immediate: 0, minMs: 1, maxMs: 1, jitter: 0, resetAfterMs: 1 },
    children: [
      child({
        id: 'flooder',
        entry: pathToFileURL(flooderPath),
        workerData: { thread: 'flooder', victim },
      }),
      child({
        id: host.id,
        entry: host.entry,
        workerData: host.workerData(),
        residents: host.residents,
      }),
    ],
    clock: systemClock,
    random: seededRandom(1),
    onEvent: () => {},
  });
}

/** Commands to one account, one after the other. */
class Commands {
  readonly #account: ActorRef<AccountMessage>;
  #number = 0;
  #taken: (receipt: ReceiptMessage) => void = () => {};

  constructor(office: PostOffice, account: string) {
    this.#account = office.ref<AccountMessage>(account);
    office.register('receipts', {
      name: 'receipts',
      tell: (receipt: ReceiptMessage) => this.#taken(receipt),
    });
  }

  /** Milliseconds until the command was on the account's disk, and we knew. */
  async obeyed(command: AccountCommand): Promise<number> {
    this.#number += 1;
    const number = this.#number;
    const receipt = new Promise<void>((resolve) => {
      this.#taken = (each) => {
        if (each.number === number) resolve();
      };
    });
    const toldAt = performance.now();
    this.#account.tell({ type: 'command', command, by: 'bench', number });
    await receipt;
    return performance.now() - toldAt;
  }
}

function row(times: readonly number[]): readonly string[] {
  return [quantile(times, 0.5).toFixed(2), quantile(times, 0.99).toFixed(2), `${times.length}`];
}

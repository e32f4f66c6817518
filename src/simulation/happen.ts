/** Makes troubles happen: to the engine and its threads, to disk and brokers, and by people. */
import { unreachable } from '../domain/assert.ts';
import { accountId } from '../domain/units.ts';
import type { Engine } from '../engine/engine.ts';
import { residentOf } from '../threads/thread-data.ts';
import type { MailAudit } from './mail-audit.ts';
import type { SimulatedBroker } from './simulated-broker.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { SimulatedPeople } from './simulated-people.ts';
import type { ThreadTroubles } from './thread-troubles.ts';
import type { Trouble } from './trouble.ts';

export type TroubleMeans = {
  readonly people: SimulatedPeople;
  readonly threads: ThreadTroubles;
  readonly disk: SimulatedDisk;
  readonly mail: MailAudit;
  readonly broker: (account: string) => SimulatedBroker;
  readonly killEngine: () => void;
  readonly stopEngine: (slowThread: string, forMs: number) => void;
  /** Sets the host's clock. */
  readonly jump: (ms: number) => void;
};

type OutsideTrouble = Extract<
  Trouble,
  {
    readonly kind:
      | 'fail-starts'
      | 'broker'
      | 'broker-down'
      | 'old-answers'
      | 'disk-full'
      | 'disk-busy'
      | 'crash-after-write'
      | 'command'
      | 'policy'
      | 'restart-account'
      | 'leave-and-join';
  }
>;

export function happen(trouble: Trouble, means: TroubleMeans): void {
  const { people, threads, disk, mail, killEngine } = means;
  switch (trouble.kind) {
    case 'crash-actor':
      return people.ask(({ engine }) => engine.crash(trouble.actor, 'the simulation asks'));
    case 'crash-many':
      return people.ask(({ engine }) => crashAll(engine));
    case 'crash-flood':
      return people.ask(({ engine }) => crashAll(engine, trouble.crashes));
    case 'kill-thread':
      return threads.kill(trouble.thread, trouble.lossShare);
    case 'kill-all-threads':
      return threads.killAll(trouble.lossShare);
    case 'stall-thread':
      return threads.stall(trouble.thread, trouble.forMs);
    case 'out-of-memory':
      return threads.fillHeap(homeOf(trouble.account));
    case 'late-copies':
      return mail.comesLate(homeOf(trouble.account), trouble.count);
    case 'reload-in-restart':
      threads.kill(homeOf(trouble.account), 0);
      return people.changePolicy(trouble.account, trouble.risk);
    case 'kill-engine':
      return killEngine();
    case 'stop-engine':
      return means.stopEngine(trouble.slowThread, trouble.forMs);
    case 'cut-power':
      killEngine();
      // Processes of accounts would outlive it for a moment.
      threads.killAll(1);
      return disk.cutPower(trouble.keptShare ?? 0);
    case 'clock-jump':
      return means.jump(trouble.ms);
    default:
      return happenOutside(trouble, means);
  }
}

function happenOutside(trouble: OutsideTrouble, { people, disk, broker }: TroubleMeans): void {
  const { account } = trouble;
  switch (trouble.kind) {
    case 'fail-starts':
      return disk.failStarts(account, trouble.times);
    case 'broker':
      return broker(account).inject(trouble.fault);
    case 'broker-down':
      return broker(account).goDown(trouble.forMs);
    case 'old-answers':
      return broker(account).delayAnswers(trouble);
    case 'disk-full':
      return disk.refuse(account, 'SQLITE_FULL', trouble.appends);
    case 'disk-busy':
      return disk.refuse(account, 'SQLITE_BUSY', trouble.appends);
    case 'crash-after-write':
      return disk.crashAfterWrite(account);
    case 'command':
      return people.command(account, trouble.command);
    case 'policy':
      return people.changePolicy(account, trouble.risk);
    case 'restart-account':
      return people.ask(({ engine }) => engine.restart(account, 'a person asks'));
    case 'leave-and-join':
      return people.leaveAndJoin(account, trouble.joinsAfterMs);
    default:
      return unreachable(trouble);
  }
}

function homeOf(account: string): string {
  return residentOf(accountId(account));
}

/** Every actor once, or so many crashes of all of them in turn. */
async function crashAll(engine: Engine, crashes = engine.addresses().length): Promise<void> {
  const all = engine.addresses();
  const reached = Array.from({ length: crashes }, (_, index) =>
    engine.crash(all[index % all.length] ?? '', 'all at once'),
  );
  await Promise.allSettled(reached);
}

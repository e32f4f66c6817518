/** The threads of the engine as the simulation runs them: the real composition roots, over a simulated host. */
import { basename } from 'node:path';
import type { MessagePort, Worker, WorkerOptions } from 'node:worker_threads';
import { AssertionError, assert } from '../domain/assert.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { createFeatureEngine } from '../features/feature-engine.ts';
import type { NodePort } from '../runtime/comlink-endpoint.ts';
import type { DeadLetter } from '../runtime/dead-letters.ts';
import { copyBeats, type Pulse } from '../runtime/pulse.ts';
import { serveThread, type ThreadData } from '../runtime/serve-thread.ts';
import type { SeededScheduler } from '../runtime/simulation/seeded-scheduler.ts';
import { type Delay, simulatedChannel } from '../runtime/simulation/simulated-port.ts';
import type { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';
import { SimulatedWorker, type ThreadBody } from '../runtime/simulation/simulated-worker.ts';
import { accountHost } from '../threads/account-host.ts';
import { type ActorThread, startActors, type ThreadMeans } from '../threads/actor-thread.ts';
import { inferenceChild } from '../threads/inference.ts';
import { marketThread } from '../threads/market.ts';
import { connectTerminal } from '../threads/terminal-connection.ts';
import type {
  AccountHostData,
  InferenceThreadData,
  MarketThreadData,
  TerminalsThreadData,
} from '../threads/thread-data.ts';
import type { MailAudit } from './mail-audit.ts';
import type { SimulatedBroker } from './simulated-broker.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { simulatedModel } from './simulated-model.ts';
import type { Stage } from './stages.ts';
import type { LivingThread } from './thread-troubles.ts';

export type HostOptions = {
  readonly scheduler: SeededScheduler;
  /** Of what goes from thread to thread. */
  readonly delay: Delay;
  /** The thread of the engine itself. */
  readonly main: SimulatedThread;
  readonly disk: SimulatedDisk;
  readonly mail: MailAudit;
  readonly quarantines: EngineHost['quarantines'];
  readonly brokers: ReadonlyMap<string, SimulatedBroker>;
  readonly stage: Stage;
  readonly model: { readonly seed: number; readonly signalShare: number };
  /** Filled with the newest incarnation of every thread, by name. */
  readonly threads: Map<string, LivingThread>;
  /** Whether threads show that they live, and are looked at. */
  readonly watchesPulse: boolean;
};

/** How long a process may live on after the one that started it: it hears of that by a closed line. */
const outlivesMsMax = 200;
/** Half as often as they are looked at. */
const beatMs = 500;
const hang = { everyMs: 1_000, looksMax: 2 } as const;

type AnyData = AccountHostData | InferenceThreadData | MarketThreadData | TerminalsThreadData;

export function simulatedHost(options: HostOptions): EngineHost {
  const { scheduler, delay, main, watchesPulse } = options;
  return {
    schedule: (turn) => main.run(turn),
    // The platform's own classes have no public constructor: these are the parts of them that are used.
    openChannel: () => simulatedChannel(scheduler, delay, main) as unknown as MessageChannelEnds,
    startThread: (entry, rest) => startSimulated(options, entry, rest),
    startProcess: (entry, rest) =>
      startSimulated(options, entry, rest, () => (delay() % outlivesMsMax) + 1),
    ...(watchesPulse && { hang }),
    simulationControl: ({ key }) => brokerOf(options, key).control(main),
    cores: 2,
    quarantines: options.quarantines,
    connect: (connection, rest) =>
      connectTerminal(connection, { ...rest, http: brokerOf(options, connection.key).http(main) }),
  };
}

function startSimulated(
  options: HostOptions,
  entry: URL,
  { workerData, name = '' }: WorkerOptions = {},
  outlivesMs?: () => number,
): Worker {
  const { scheduler, delay, main, threads } = options;
  const data = workerData as ThreadData<AnyData>;
  const worker = new SimulatedWorker({
    ...{ name, scheduler, delay, parent: main, body: threadBody(options, entry, data) },
    ...(outlivesMs && { outlivesMs }),
  });
  threads.set(name, { worker, pulse: data.pulse, residents: data.residents ?? [] });
  return worker as unknown as Worker;
}

type MessageChannelEnds = { readonly port1: MessagePort; readonly port2: MessagePort };

function brokerOf({ brokers }: HostOptions, key: string): SimulatedBroker {
  const broker = brokers.get(key);
  assert(broker, `there is no broker ${key}`);
  return broker;
}

/** What `runActorThread` does in a thread of Node. */
function threadBody(
  options: HostOptions,
  entry: URL,
  { data, epoch, pulse }: ThreadData<AnyData>,
): ThreadBody {
  return ({ thread, port, leave }) => {
    if (pulse !== undefined && options.watchesPulse) beat(pulse, thread);
    void serveThread({
      port: port as unknown as NodePort,
      epoch,
      leave,
      schedule: (turn) => thread.run(turn),
      start: async ({ report }) => {
        const { mail } = options;
        const means = {
          data: structuredClone(data),
          office: mail.openOffice({ thread: data.thread, onDeadLetter: () => {} }, thread),
          clock: thread.clock,
          schedule: (turn: () => void) => thread.run(turn),
          onDeadLetter: (letter: DeadLetter) => mail.deadLetter(letter),
        };
        return startActors(
          means,
          actorsOf(options, basename(entry.pathname), thread, means),
          report,
        );
      },
    });
  };
}

function beat(pulse: Pulse, thread: SimulatedThread, beats = 1): void {
  copyBeats(pulse, { beats, culprit: 0 });
  thread.clock.after(beatMs, () => beat(pulse, thread, beats + 1));
}

function actorsOf(
  options: HostOptions,
  entry: string,
  thread: SimulatedThread,
  means: ThreadMeans<AnyData>,
): ActorThread {
  const connect: typeof connectTerminal = (connection, rest) =>
    connectTerminal(connection, { ...rest, http: brokerOf(options, connection.key).http(thread) });
  switch (entry) {
    case 'terminals-thread.ts':
      // The brokers are outside: they outlive the engine, as those behind real terminals do.
      return { actors: [] };
    case 'market-thread.ts':
      return marketThread({
        ...(means as ThreadMeans<MarketThreadData>),
        outside: {
          connect,
          openStore: () => options.disk.openBars(),
          openEngine: (roundStep) =>
            createFeatureEngine({ roundStep, snapshot: options.stage.features }),
        },
      });
    case 'inference-thread.ts':
      return {
        actors: [inferenceChild(means as ThreadMeans<InferenceThreadData>, models(options))],
      };
    case 'account-thread.ts':
      return accountHost(means as ThreadMeans<AccountHostData>, ({ account }) => ({
        acquire: (id) => options.disk.acquire(id, thread),
        openJournal: () => options.disk.openJournal(account, thread),
        connect,
      }));
    default:
      throw new AssertionError(`no thread is simulated for ${entry}`);
  }
}

function models({ model }: HostOptions) {
  return new Map([['BTCUSD', simulatedModel('BTCUSD', model.seed, model.signalShare)]]);
}

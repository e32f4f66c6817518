/** The threads of the engine as the simulation runs them: the real composition roots, over a simulated host. */
import { basename } from 'node:path';
import type { MessagePort, Worker } from 'node:worker_threads';
import { AssertionError, assert } from '../domain/assert.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { createFeatureEngine } from '../features/feature-engine.ts';
import type { NodePort } from '../runtime/comlink-endpoint.ts';
import type { DeadLetter } from '../runtime/dead-letters.ts';
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
  readonly workers: Map<string, SimulatedWorker>;
};

type AnyData = AccountHostData | InferenceThreadData | MarketThreadData | TerminalsThreadData;

export function simulatedHost(options: HostOptions): EngineHost {
  const { scheduler, delay, main, workers } = options;
  return {
    schedule: (turn) => main.run(turn),
    // The platform's own classes have no public constructor: these are the parts of them that are used.
    openChannel: () => simulatedChannel(scheduler, delay, main) as unknown as MessageChannelEnds,
    startThread: (entry, { workerData, name = '' } = {}) => {
      const body = threadBody(options, entry, workerData as ThreadData<AnyData>);
      const worker = new SimulatedWorker({ name, scheduler, delay, parent: main, body });
      workers.set(name, worker);
      return worker as unknown as Worker;
    },
    simulationControl: ({ key }) => brokerOf(options, key).control(main),
    cores: 2,
    quarantines: options.quarantines,
    connect: (connection, rest) =>
      connectTerminal(connection, { ...rest, http: brokerOf(options, connection.key).http(main) }),
  };
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
  { data, epoch }: ThreadData<AnyData>,
): ThreadBody {
  return ({ thread, port, leave }) => {
    void serveThread({
      port: port as unknown as NodePort,
      epoch,
      leave,
      schedule: (turn) => thread.run(turn),
      start: async ({ report }) => {
        const { mail } = options;
        const means = {
          data: structuredClone(data),
          office: mail.openOffice({ thread: data.thread, onDeadLetter: () => {} }),
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

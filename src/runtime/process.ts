import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MessagePort, type Transferable, type WorkerOptions } from 'node:worker_threads';
import { PortBridge } from './port-bridge.ts';
import type { FromProcess, ToProcess } from './process-protocol.ts';
import { copyBeats, type Pulse } from './pulse.ts';
import type { ThreadData } from './serve-thread.ts';
import { bootOf, type ThreadHandle } from './thread.ts';

const inherited = /^--(enable-source-maps$|v8-pool-size=)/;

/**
 * Starts an entry as `startThread` does, in a process of its own: whatever becomes of that, this one lives on. Ports can be handed
 * over as to a thread; what its pulse shows is copied into the given one. It ignores SIGINT and SIGTERM, and is gone as soon as
 * this process is. `terminate` kills it, whatever it does.
 */
export function startProcess(entry: URL, options: WorkerOptions = {}): ThreadHandle {
  const { name = 'process', resourceLimits } = options;
  // Shared memory does not reach across.
  const { pulse, ...workerData } = (options.workerData ?? {}) as Partial<ThreadData<unknown>>;
  const child = forkBoot(name);
  const started = new ProcessHandle(child, pulse);
  const { href } = bootOf(entry);
  const limits = resourceLimits && { resourceLimits };
  send(child, { type: 'start', entry: href, name, workerData, ...limits });
  return started;
}

function forkBoot(name: string): ChildProcess {
  const boot = bootOf(new URL('./process-boot.ts', import.meta.url));
  return fork(fileURLToPath(boot), [name], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // A group of its own: Ctrl-C in a terminal does not reach it, not even before it can ignore that.
    detached: true,
    // No inspector, no loader and no heap limit of this process: those are its own affair.
    execArgv: process.execArgv.filter((flag) => inherited.test(flag)),
  });
}

/** The part of a Worker that is used, over a child process. */
class ProcessHandle extends EventEmitter implements ThreadHandle {
  readonly #child: ChildProcess;
  readonly #bridge: PortBridge;
  readonly #ended: Promise<number>;

  constructor(child: ChildProcess, pulse: Pulse | undefined) {
    super();
    this.#child = child;
    this.#bridge = new PortBridge({
      side: 'parent',
      send: (frame) => send(child, frame),
      onUncloneable: (error) => this.emit('messageerror', error),
    });
    child.on('message', (frame) => this.#heed(frame as FromProcess, pulse));
    child.on('error', (error) => this.#failed(error));
    this.#ended = new Promise((resolve) => {
      // Not `exit`: what it had said before may still be unread then.
      child.once('close', (code, signal) => {
        const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        this.#bridge.closeAll();
        this.emit('exit', exitCode, signal);
        resolve(exitCode);
      });
    });
  }

  postMessage(value: unknown, transferList: readonly Transferable[] = []): void {
    const ports = transferList.filter((item) => item instanceof MessagePort);
    this.#bridge.say(value, ports);
  }

  /** Resolves with its exit code when it is gone. */
  terminate(): Promise<number> {
    this.#child.kill('SIGKILL');
    return this.#ended;
  }

  #heed(frame: FromProcess, pulse: Pulse | undefined): void {
    switch (frame.type) {
      case 'beat':
        if (pulse) copyBeats(pulse, frame);
        return;
      case 'error':
        this.emit('error', frame.error);
        return;
      default: {
        const said = this.#bridge.heed(frame);
        if (said) this.emit('message', said.value);
      }
    }
  }

  /** One that could not even be started has no end of its own. */
  #failed(error: Error): void {
    this.emit('error', error);
    if (this.#child.pid === undefined) this.#child.emit('close', 1, null);
  }
}

/** What cannot be sent is lost with the process, as what is posted to a thread that has ended. */
function send(child: ChildProcess, frame: ToProcess): void {
  child.send(frame, () => undefined);
}

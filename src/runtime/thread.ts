import { type Transferable, Worker, type WorkerOptions } from 'node:worker_threads';
import { bundleOf } from './bundle-of.ts';

type ThreadEvent = 'message' | 'messageerror' | 'error';

/** The part of a Worker that is used here; a child process has it as well. */
export type ThreadHandle = {
  postMessage(value: unknown, transferList?: readonly Transferable[]): void;
  on(event: ThreadEvent, listener: (value: unknown) => void): unknown;
  /** A process that was ended by a signal tells which. */
  once(event: 'exit', listener: (code: number, signal?: string | null) => void): unknown;
  off(event: ThreadEvent, listener: (value: unknown) => void): unknown;
  /** Resolves with the exit code when it is gone. */
  terminate(): Promise<number>;
};

/** Starts an entry, named as in the source, in a thread or elsewhere. */
export type StartThread = (entry: URL, options?: WorkerOptions) => ThreadHandle;

/**
 * Starts a thread from an entry named as it is in the source: `new URL('./inference-thread.ts', import.meta.url)`. Works from
 * source and from the build, where the compiler rewrites imports but not such a URL.
 */
export function startThread(entry: URL, options: WorkerOptions = {}): Worker {
  return new Worker(bootOf(entry), options);
}

/** What Node is to run for an entry. */
export function bootOf(entry: URL): URL {
  if (!entry.pathname.endsWith('.ts')) return entry;
  const isBuilt = !import.meta.url.endsWith('.ts');
  return isBuilt ? new URL(entry.href.replace(/\.ts$/, '.js')) : bundleOf(entry);
}

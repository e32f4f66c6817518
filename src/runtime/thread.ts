import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Node from 22.18 on strips types itself; Node 20 cannot load `.ts` in a thread without help. */
const nodeRunsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);

/**
 * Starts a thread from an entry named as it is in the source: `new URL('./inference-thread.ts', import.meta.url)`. Works from
 * source and from the build, where the compiler rewrites imports but not such a URL.
 */
export function startThread(entry: URL, options: WorkerOptions = {}): Worker {
  const isBuilt = !import.meta.url.endsWith('.ts');
  if (isBuilt) return new Worker(new URL(entry.href.replace(/\.ts$/, '.js')), options);
  if (nodeRunsTypeScript) return new Worker(entry, options);
  const boot = new URL('./thread-boot.mjs', import.meta.url);
  return new Worker(boot, { ...options, argv: [entry.href] });
}

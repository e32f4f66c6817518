import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Held } from '../../test/fixtures/restarted-threads.ts';

const restarts = 2_000;
/** Node from 22.18 on reads TypeScript itself: nothing but what restarts is to be measured. */
const readsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);
const program = fileURLToPath(new URL('../../test/fixtures/restarts-process.ts', import.meta.url));

/** In a process of its own: nothing else takes memory there, and it can ask for a collection. */
test.runIf(process.platform === 'linux')(
  'two thousand restarts of threads leave files and maps of the process where they were, and take less than 40 MB',
  async () => {
    const options = ['--expose-gc', ...(readsTypeScript ? [] : ['--import', 'tsx'])];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...options,
      program,
      String(restarts),
    ]);
    const held = JSON.parse(stdout) as Record<'before' | 'halfway' | 'after', Held>;
    const { before, halfway, after } = held;
    expect(after.rssMb - before.rssMb, stdout).toBeLessThanOrEqual(40);
    expect([halfway.files, after.files]).toEqual([before.files, before.files]);
    // Heaps and arenas find their places in the first two thousand or so (of 8,000 the second half adds two); one map for each
    // restart would be a thousand from here on.
    expect(after.maps - halfway.maps, stdout).toBeLessThanOrEqual(100);
  },
  900_000,
);

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import { bootOf } from './thread.ts';

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a process that ends by %s leaves no child behind, not even one that loops',
  async (signal) => {
    const boot = bootOf(new URL('../../test/fixtures/parent-of-two.ts', import.meta.url));
    const parent = spawn(process.execPath, [fileURLToPath(boot)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const children = JSON.parse(line.toString()) as number[];
    expect(children.map(isAlive)).toEqual([true, true]);
    parent.kill(signal);
    await once(parent, 'exit');
    while (children.some(isAlive)) await new Promise<void>((go) => systemClock.after(10, go));
  },
);

/** One that has ended counts as dead though nobody has asked for its exit code. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z');
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // Not every system has /proc; there the signal alone tells.
    return code === 'ENOENT' && syscall === 'open' && !existsSync('/proc/self');
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { processTree, runningOf } from './process-tree.ts';

const grandchild = `setInterval(() => {}, 1000); process.stdout.write('up\\n');`;
const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' });`;

describe.skipIf(process.platform !== 'linux')('the tree of a process', () => {
  test('holds its descendants and what they use, and is empty when they are gone', async () => {
    const parent = spawn(process.execPath, ['-e', child], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(parent.stdout, 'data');
    const tree = processTree(parent.pid ?? 0);
    expect(tree?.pids).toHaveLength(2);
    expect(tree?.rssMb).toBeGreaterThan(20);
    expect(runningOf(tree?.pids ?? [])).toEqual(tree?.pids);
    for (const pid of tree?.pids ?? []) process.kill(pid, 'SIGKILL');
    await once(parent, 'close');
    expect(runningOf([parent.pid ?? 0])).toEqual([]);
  });
});

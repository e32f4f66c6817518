import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { AccountOwnedError } from './ownership.ts';
import { OwnershipUnavailableError, singleHostOwnership } from './single-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-lock-'));
const ownership = singleHostOwnership(folder);
let accounts = 0;

function anAccount(): string {
  accounts += 1;
  return `demo_${accounts}`;
}

afterAll(() => rmSync(folder, { recursive: true }));

/** An engine elsewhere: takes the account with our own code, tells the epoch, and then stays. */
function anEngine(accountId: string): string {
  const code = new URL('./single-host.ts', import.meta.url).href;
  return `
    const tell = (word) => {
      const { parentPort } = require('node:worker_threads');
      if (parentPort) parentPort.postMessage(word); else console.log(word);
    };
    import('tsx/esm/api')
      .then(({ tsImport }) => tsImport(${JSON.stringify(code)}, ${JSON.stringify(code)}))
      .then(({ singleHostOwnership }) => {
        globalThis.lease = singleHostOwnership(${JSON.stringify(folder)}).acquire(${JSON.stringify(accountId)});
        tell('epoch ' + globalThis.lease.epoch);
        setInterval(() => globalThis.lease, 1000);
      })
      .catch((error) => tell(error.name));`;
}

async function firstWord(emitter: NodeJS.EventEmitter, event: 'data' | 'message'): Promise<string> {
  const [word] = (await once(emitter, event)) as [unknown];
  return String(word).trim();
}

describe('an account', () => {
  test('has one owner: a second one is told so in a sentence', () => {
    const account = anAccount();
    const lease = ownership.acquire(account);
    expect(() => ownership.acquire(account)).toThrow(AccountOwnedError);
    expect(() => ownership.acquire(account)).toThrow(
      /already traded by another engine.*stop that one/,
    );
    lease.release();
    ownership.acquire(account).release();
  });

  test('counts its owners', () => {
    const account = anAccount();
    const epochs = [1, 2, 3].map(() => {
      const lease = ownership.acquire(account);
      lease.release();
      return lease.epoch;
    });
    expect(epochs).toEqual([1, 2, 3]);
  });

  test('does not keep others from theirs', () => {
    const leases = [anAccount(), anAccount()].map((account) => ownership.acquire(account));
    expect(leases.map(({ epoch }) => epoch)).toEqual([1, 1]);
    for (const lease of leases) lease.release();
  });

  test('is refused to another thread of the process, and free when its own thread has ended', async () => {
    const account = anAccount();
    const lease = ownership.acquire(account);
    const refused = new Worker(anEngine(account), { eval: true });
    expect(await firstWord(refused, 'message')).toBe('AccountOwnedError');
    await refused.terminate();
    lease.release();

    const owner = new Worker(anEngine(account), { eval: true });
    expect(await firstWord(owner, 'message')).toBe('epoch 2');
    expect(() => ownership.acquire(account)).toThrow(AccountOwnedError);
    await owner.terminate();
    const next = ownership.acquire(account);
    expect(next.epoch).toBe(3);
    next.release();
  });

  test('is refused to another process, and free when that process was killed', async () => {
    const account = anAccount();
    const lease = ownership.acquire(account);
    const refused = spawn(process.execPath, ['-e', anEngine(account)]);
    expect(await firstWord(refused.stdout, 'data')).toBe('AccountOwnedError');
    lease.release();

    const owner = spawn(process.execPath, ['-e', anEngine(account)]);
    expect(await firstWord(owner.stdout, 'data')).toBe('epoch 2');
    expect(() => ownership.acquire(account)).toThrow(AccountOwnedError);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const next = ownership.acquire(account);
    expect(next.epoch).toBe(3);
    next.release();
  });

  test('cannot be owned where there is no folder for its lock', () => {
    const nowhere = singleHostOwnership(join(folder, 'nowhere'));
    expect(() => nowhere.acquire('demo')).toThrow(OwnershipUnavailableError);
    expect(() => nowhere.acquire('demo')).toThrow(/must exist and be writable/);
  });
});

/** An engine in a process of its own, compiled once: the compiler's output starts several times faster than the source. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountCommand } from '../../src/account/input.ts';

const root = join(import.meta.dirname, '..', '..');

/** `command` is given so many times over. */
export type EngineOrder = { readonly command: readonly AccountCommand[]; readonly times: number };

export type EngineBuild = { readonly program: string; remove(): void };

/** Compiles the engine and its watched account. Types are the business of `npm run check`. */
export function buildEngine(): EngineBuild {
  // Below node_modules: packages are found from there, and nothing looks for sources in it.
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'crash-'));
  const threads = ['market', 'inference'].map((name) => `src/threads/${name}-thread.ts`);
  const entries = ['test/crash/watched-engine.ts', 'test/crash/watched-account-thread.ts'];
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rootDir: root,
      outDir: folder,
      rewriteRelativeImportExtensions: true,
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: [],
    files: [...entries, ...threads].map((file) => join(root, file)),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const compiled = spawnSync(compiler, ['-p', folder], { cwd: root, encoding: 'utf8' });
  const program = join(folder, 'test', 'crash', 'watched-engine.js');
  if (!existsSync(program)) throw new Error(`the engine was not compiled: ${compiled.stdout}`);
  return { program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export type EngineProcess = {
  readonly child: ChildProcess;
  output(): string;
  /** Settles when all of the tree is up; rejects when the process ends before. */
  readonly started: Promise<void>;
  /** Settles with how it ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Settles when all commands are on disk, or the process is gone. */
  order(order: EngineOrder): Promise<void>;
};

export function startEngine(
  { program }: EngineBuild,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): EngineProcess {
  const child = fork(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    execArgv: ['--enable-source-maps', '--v8-pool-size=1'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  const heard = (message: string) =>
    new Promise<void>((resolve) => {
      child.on('message', (said) => {
        if (said === message) resolve();
      });
    });
  const failed = ended.then((how) => {
    throw new Error(`the engine ended with ${how} before it was up:\n${output}`);
  });
  const started = Promise.race([heard('started'), failed]);
  // Both are looked at by whoever waits for the start; one of them always stays behind.
  failed.catch(() => undefined);
  return {
    child,
    output: () => output,
    started,
    ended,
    order: async (order) => {
      const obeyed = heard('obeyed');
      child.send(order);
      await Promise.race([obeyed, ended]);
    },
  };
}

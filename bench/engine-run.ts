/** Runs one replay with the engine in one process and its simulated terminals in another, as `npm start` starts Node. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineNotice, EngineRequest } from './entries/engine.ts';
import type { TerminalsNotice } from './entries/terminals.ts';

export type EngineRun = Extract<EngineNotice, { type: 'done' }> & {
  /** Processor time of the simulated terminals, from when all accounts ran to the end. */
  readonly terminalsCpuMs: number;
};

export type EngineUp = Extract<EngineNotice, { type: 'up' }>;

export type EnginePrograms = { readonly engine: string; readonly terminals: string };

const { scripts } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'),
) as { readonly scripts: { readonly start: string } };
const startFlags = scripts.start.split(' ').filter((word) => word.startsWith('--'));

export async function runEngineApart(
  programs: EnginePrograms,
  request: EngineRequest,
  options: {
    /** Beside those of `npm start`, which they override. */
    readonly nodeFlags?: readonly string[];
    /** Told when every account runs, with the engine's process id. */
    readonly onUp?: (up: EngineUp, pid: number) => void;
  } = {},
): Promise<EngineRun> {
  const { nodeFlags = [], onUp } = options;
  const engine = start(programs.engine, nodeFlags);
  const terminals = start(programs.terminals, nodeFlags);
  try {
    return await new Promise<EngineRun>((resolve, reject) => {
      for (const child of [engine, terminals]) {
        child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
      }
      terminals.once('message', () => engine.send('terminals-up'));
      let cpuBefore: Promise<number> = Promise.resolve(0);
      engine.on('message', (notice: EngineNotice) => {
        if (notice.type === 'terminals') {
          terminals.send(notice.terminals as never);
        } else if (notice.type === 'up') {
          cpuBefore = cpuOf(terminals);
          onUp?.(notice, engine.pid ?? 0);
        } else {
          Promise.all([cpuBefore, cpuOf(terminals)]).then(
            ([before, after]) => resolve({ ...notice, terminalsCpuMs: after - before }),
            reject,
          );
        }
      });
      engine.send(request);
    });
  } finally {
    await Promise.all([end(engine), end(terminals)]);
  }
}

/** Runs a program that asks for its terminals as the engine does, to its end. */
export async function runBesideTerminals(
  programs: EnginePrograms,
  args: readonly string[],
): Promise<void> {
  const program = start(programs.engine, [], args);
  const terminals = start(programs.terminals, []);
  const over = once(program, 'exit');
  terminals.on('message', () => program.send('terminals-up'));
  program.on('message', (notice: { readonly terminals: object }) =>
    terminals.send(notice.terminals),
  );
  const [code] = (await over) as [number | null];
  await end(terminals);
  if (code !== 0) throw new Error(`a program of a benchmark ended with ${code}`);
}

/** Milliseconds of processor time that the terminals have taken. */
async function cpuOf(terminals: ChildProcess): Promise<number> {
  const heard = once(terminals, 'message');
  terminals.send('cpu');
  const [notice] = (await heard) as [TerminalsNotice];
  if (notice.type !== 'cpu')
    throw new Error(`terminals were asked for cpu and said ${notice.type}`);
  return notice.cpuMs;
}

function start(path: string, flags: readonly string[], args: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, [...startFlags, ...flags, path, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.disconnect();
  await gone;
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProgramFailedError, runProgram } from './external-program.ts';

/** The trainer could not be given its Python: what is missing, and the next step. */
export class PythonEnvironmentError extends Error {
  override readonly name = 'PythonEnvironmentError';
}

export type EnvironmentOptions = {
  /** The folder of the trainer; the environment becomes its `.venv`. */
  readonly trainer: string;
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal;
  /** The Python that the environment is made with. */
  readonly python?: string;
};

/** Where this program keeps its trainer, from source and from the build. */
export const trainerFolder = join(import.meta.dirname, '..', '..', 'trainer');

const askMs = 30_000;
const installMs = 20 * 60_000;
const pythonMin = [3, 11] as const;

/**
 * The interpreter of the trainer's own environment. Makes it on first use and again when its requirements have
 * changed: the system's Python is only asked to make it and stays as it is.
 *
 * @throws {PythonEnvironmentError}
 */
export async function ensurePythonEnvironment(options: EnvironmentOptions): Promise<string> {
  const environment = join(options.trainer, '.venv');
  const interpreter = join(environment, 'bin', 'python');
  const stamp = join(environment, 'requirements.sha256');
  const requirements = join(options.trainer, 'requirements.txt');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(interpreter) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    return interpreter;
  }
  const python = options.python ?? 'python3';
  await assertPythonServes(python, options);
  rmSync(environment, { recursive: true, force: true });
  await install(python, { environment, interpreter, requirements }, options);
  writeFileSync(stamp, wanted);
  options.tell('the trainer has its Python environment');
  return interpreter;
}

async function assertPythonServes(python: string, options: EnvironmentOptions): Promise<void> {
  const version: string[] = [];
  const question = 'import sys, venv, ensurepip; print(*sys.version_info[:2])';
  try {
    await runProgram({
      command: python,
      arguments: ['-c', question],
      folder: options.trainer,
      timeoutMs: askMs,
      onLine: (line) => version.push(...line.split(' ')),
      ...(options.signal && { signal: options.signal }),
    });
  } catch (cause) {
    const isAbsent = cause instanceof ProgramFailedError && cause.code === 'ENOENT';
    const reason = isAbsent ? `${python} is not installed` : `${python} cannot make environments`;
    throw new PythonEnvironmentError(
      `training needs Python ${pythonMin.join('.')} or newer with venv: ${reason}. On Debian and Ubuntu: apt-get install python3 python3-venv`,
      { cause },
    );
  }
  const [major, minor] = version.map(Number);
  if (major === pythonMin[0] && (minor ?? 0) >= pythonMin[1]) return;
  throw new PythonEnvironmentError(
    `training needs Python ${pythonMin.join('.')} or newer, ${python} is ${version.join('.')}. Install a newer one and put it first on the PATH`,
  );
}

type Places = {
  readonly environment: string;
  readonly interpreter: string;
  readonly requirements: string;
};

async function install(python: string, places: Places, options: EnvironmentOptions): Promise<void> {
  const { environment, interpreter, requirements } = places;
  const step = (command: string, ...words: string[]) =>
    runProgram({
      command,
      arguments: words,
      folder: options.trainer,
      timeoutMs: installMs,
      onLine: (line) => /^(Collecting|Downloading|Installing)/.test(line) && options.tell(line),
      ...(options.signal && { signal: options.signal }),
    });
  options.tell(`making the trainer's own Python environment in ${environment}`);
  try {
    if (await hasUv(options)) {
      await step('uv', 'venv', '--quiet', '--python', python, environment);
      options.tell('installing its packages with uv (about 600 MB, once)');
      await step(
        'uv',
        ...['pip', 'install', '--python', interpreter, '--require-hashes', '-r', requirements],
      );
      return;
    }
    await step(python, '-m', 'venv', environment);
    options.tell('installing its packages with pip (about 600 MB, once)');
    await step(interpreter, '-m', 'pip', 'install', '--require-hashes', '-r', requirements);
  } catch (cause) {
    rmSync(environment, { recursive: true, force: true });
    const why = cause instanceof ProgramFailedError ? cause.lastWords : String(cause);
    throw new PythonEnvironmentError(
      `the trainer's Python packages could not be installed. This needs the network once (or a mirror that pip is configured for); then run the same command again. The installer said:\n${why}`,
      { cause },
    );
  }
}

async function hasUv(options: EnvironmentOptions): Promise<boolean> {
  try {
    await runProgram({
      command: 'uv',
      arguments: ['--version'],
      folder: options.trainer,
      timeoutMs: askMs,
      ...(options.signal && { signal: options.signal }),
    });
    return true;
  } catch (cause) {
    if (cause instanceof ProgramFailedError && cause.code === 'ENOENT') return false;
    throw cause;
  }
}

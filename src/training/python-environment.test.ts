import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ensurePythonEnvironment, PythonEnvironmentError } from './python-environment.ts';

const scratch = mkdtempSync(join(tmpdir(), 'novosky-python-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A trainer that needs no package, so that its environment is made without a network. */
function aTrainer(): string {
  const trainer = mkdtempSync(join(scratch, 'trainer-'));
  writeFileSync(join(trainer, 'requirements.txt'), '# nothing\n');
  return trainer;
}

/** A program that stands for a Python which answers the question for its version with `says`. */
function aPython(says: string, exitCode = 0): string {
  const path = join(mkdtempSync(join(scratch, 'python-')), 'python3');
  writeFileSync(path, `#!/bin/sh\necho ${says}\nexit ${exitCode}\n`);
  chmodSync(path, 0o755);
  return path;
}

async function refusal(trainer: string, python?: string): Promise<PythonEnvironmentError> {
  const options = { trainer, tell: () => {}, ...(python && { python }) };
  const outcome = await ensurePythonEnvironment(options).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(PythonEnvironmentError);
  return outcome as PythonEnvironmentError;
}

describe("the trainer's Python environment", () => {
  test('is made where an earlier attempt broke off, kept as long as its requirements stay, never left half made', async () => {
    const trainer = aTrainer();
    const halfMade = join(trainer, '.venv', 'bin');
    mkdirSync(halfMade, { recursive: true });
    writeFileSync(join(halfMade, 'python'), 'broken');
    const lines: string[] = [];
    const ensure = () => ensurePythonEnvironment({ trainer, tell: (line) => lines.push(line) });
    const interpreter = await ensure();
    expect(interpreter).toBe(join(halfMade, 'python'));
    expect(readFileSync(interpreter).length).toBeGreaterThan(1_000);
    expect(lines[0]).toContain(join(trainer, '.venv'));

    lines.length = 0;
    expect(await ensure()).toBe(interpreter);
    expect(lines).toEqual([]);

    writeFileSync(join(trainer, 'requirements.txt'), './no-such-package.whl\n');
    const { message } = await refusal(trainer);
    expect(message).toContain('could not be installed');
    expect(message).toContain('needs the network once');
    expect(message).toContain('no-such-package.whl');
    expect(existsSync(join(trainer, '.venv'))).toBe(false);
  }, 300_000);

  test('names the package to install where Python is missing', async () => {
    const { message } = await refusal(aTrainer(), join(scratch, 'no-python-here'));
    expect(message).toContain('is not installed');
    expect(message).toContain('apt-get install python3 python3-venv');
  });

  test('names the package to install where Python has no venv', async () => {
    const { message } = await refusal(aTrainer(), aPython('"No module named venv"', 1));
    expect(message).toContain('python3-venv');
  });

  test('refuses a Python that is too old, with both versions', async () => {
    const { message } = await refusal(aTrainer(), aPython('3 9'));
    expect(message).toContain('3.11');
    expect(message).toContain('3.9');
  });
});

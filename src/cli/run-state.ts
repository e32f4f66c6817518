/** The state folder of a run: whose it is, whether it may be resumed, and that nobody else is using it. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { UsageError } from '../config/usage-error.ts';
import { AccountOwnedError, type Lease } from '../ownership/ownership.ts';
import { singleHostOwnership } from '../ownership/single-host.ts';

const RunIdentity = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('engine') }),
  z.object({
    kind: z.literal('replay'),
    dataSha256: z.string(),
    symbol: z.string(),
    from: z.int(),
    bars: z.int(),
    seed: z.int(),
    isFinished: z.boolean(),
  }),
]);

/** What a state folder belongs to: the engine itself, or one replay of one file. */
export type RunIdentity = z.infer<typeof RunIdentity>;

export type RunState = {
  readonly folder: string;
  readonly lease: Lease;
  readonly isResumed: boolean;
};

/**
 * Opens (and creates) the state folder for `identity`. Throws `UsageError` when it cannot be written, belongs to
 * another run, holds a finished replay, or is in use by another engine.
 */
export function openRunState(folder: string, identity: RunIdentity): RunState {
  makeWritable(folder);
  const lease = lock(folder);
  try {
    const found = readIdentity(folder);
    if (found !== undefined) refuseOther(folder, found, identity);
    else writeIdentity(folder, identity);
    return { folder, lease, isResumed: found !== undefined };
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** Marks a replay as finished: its folder is kept for the reader and cannot be resumed. */
export function finishRunState(folder: string, identity: RunIdentity): void {
  if (identity.kind === 'replay') writeIdentity(folder, { ...identity, isFinished: true });
}

function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new UsageError(
      `the state folder ${folder} cannot be written (${(cause as Error).message}): name another with --state, or change its owner`,
      { cause },
    );
  }
}

function lock(folder: string): Lease {
  try {
    return singleHostOwnership(folder).acquire('engine');
  } catch (cause) {
    if (!(cause instanceof AccountOwnedError)) throw cause;
    throw new UsageError(
      `another engine is running on the state folder ${folder}: stop it first, or name another folder with --state`,
      { cause },
    );
  }
}

function readIdentity(folder: string): RunIdentity | undefined {
  const path = join(folder, 'run.json');
  if (!existsSync(path)) return undefined;
  const parsed = RunIdentity.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success) {
    throw new UsageError(
      `${path} was not written by this program: name another folder with --state`,
    );
  }
  return parsed.data;
}

/** Undefined where it is no JSON: no identity is that either. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says what the file should have been
  }
}

function writeIdentity(folder: string, identity: RunIdentity): void {
  const path = join(folder, 'run.json');
  writeFileSync(`${path}.new`, `${JSON.stringify(identity, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}

function refuseOther(folder: string, found: RunIdentity, wanted: RunIdentity): void {
  if (found.kind === 'replay' && found.isFinished) {
    throw new UsageError(
      `the state folder ${folder} holds a finished replay: name a new folder with --state, or remove this one`,
    );
  }
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new UsageError(
      `the state folder ${folder} belongs to another run (${describe(found)}, this one is ${describe(wanted)}): name another with --state`,
    );
  }
}

function describe(identity: RunIdentity): string {
  if (identity.kind === 'engine') return 'the engine';
  const from = new Date(identity.from).toISOString();
  return `a replay of ${identity.bars} ${identity.symbol} bars from ${from}, seed ${identity.seed}, data ${identity.dataSha256.slice(0, 12)}`;
}

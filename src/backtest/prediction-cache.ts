/** Tables of predictions on disk, each under a name that is the hash of everything it was computed from. */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import type { Bar } from '../domain/bar.ts';
import { featureSchemaHash } from '../features/schema.ts';
import { memberNames } from '../inference/manifest.ts';
import { loadFittingManifest, readMember } from '../inference/model-files.ts';
import { ModelRejectedError } from '../inference/model-rejected-error.ts';
import { barsIdentity } from '../terminal-simulator/bars-identity.ts';
import { codeHash } from './code-hash.ts';
import type { PredictionTable } from './prediction-table.ts';

/** Rises when the layout of a file changes. */
const version = 1;
const digestBytes = 32;
/** The oldest beyond so many are removed: one of years of bars has 10 MB. */
const tablesMax = 12;

/**
 * Names the table of one series and one set of models: the bars, the files of the set, and this program's own code for
 * features and inference, file by file. What none of them changes cannot change the table.
 *
 * @throws {ModelRejectedError} for a set that must not be used
 */
export async function tableKey(of: {
  readonly bars: readonly Bar[];
  readonly roundStep: number;
  readonly folder: string;
  readonly symbol: string;
}): Promise<string> {
  const { bars, roundStep, folder, symbol } = of;
  const { manifest, text } = await loadFittingManifest({
    ...{ folder, symbol },
    schemaHash: featureSchemaHash,
  });
  const members = await Promise.all(
    memberNames.map((name) => readMember(folder, manifest, name).then(() => name, absent)),
  );
  const parts = [
    `table ${version}`,
    ...['domain', 'features', 'inference'].map(codeHash),
    JSON.stringify(env.versions),
    `${symbol} ${roundStep} ${barsIdentity(bars)}`,
    ...members,
    text,
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

/** A member that is not there: the set goes on without it. One whose content is not the manifest's is refused. */
function absent(error: unknown): string {
  if (!(error instanceof ModelRejectedError) || error.constructor !== ModelRejectedError)
    throw error;
  return 'absent';
}

/** The table of this name; undefined when there is none, or one that was cut short or changed. */
export function readTable(folder: string, key: string): PredictionTable | undefined {
  let content: Buffer;
  try {
    content = readFileSync(pathOf(folder, key));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const body = content.subarray(0, Math.max(0, content.length - digestBytes));
  const digest = createHash('sha256').update(body).digest();
  if (!digest.equals(content.subarray(body.length))) return undefined;
  const headEnd = body.indexOf('\n');
  const head = JSON.parse(body.toString('utf8', 0, headEnd)) as Head;
  const { rawBytes, toldBytes, hashesBytes, ...facts } = head;
  const toldAt = headEnd + 1 + rawBytes;
  return {
    ...facts,
    raw: new Float32Array(copied(body, headEnd + 1, rawBytes)),
    told: new Float64Array(copied(body, toldAt, toldBytes)),
    hashes: Buffer.from(copied(body, toldAt + toldBytes, hashesBytes)),
  };
}

type Head = Pick<PredictionTable, 'modelHash' | 'first' | 'rows' | 'members'> & {
  readonly rawBytes: number;
  readonly toldBytes: number;
  readonly hashesBytes: number;
};

/** Writes it whole or not at all; who writes the same at the same time writes the same. */
export function writeTable(folder: string, key: string, table: PredictionTable): void {
  const { raw, told, hashes, ...facts } = table;
  const head: Head = {
    ...facts,
    rawBytes: raw.byteLength,
    toldBytes: told.byteLength,
    hashesBytes: hashes.byteLength,
  };
  const body = Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength),
    Buffer.from(told.buffer, told.byteOffset, told.byteLength),
    hashes,
  ]);
  const digest = createHash('sha256').update(body).digest();
  const path = pathOf(folder, key);
  mkdirSync(folder, { recursive: true });
  const own = `${path}.${process.pid}.new`;
  writeFileSync(own, Buffer.concat([body, digest]));
  renameSync(own, path);
  removeOldest(folder);
}

function removeOldest(folder: string): void {
  const tables = readdirSync(folder)
    .filter((name) => /^predictions-[0-9a-z]+\.bin$/.test(name))
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => b.at - a.at);
  // Another backtest may have removed it meanwhile.
  for (const { path } of tables.slice(tablesMax)) rmSync(path, { force: true });
}

function pathOf(folder: string, key: string): string {
  return join(folder, `predictions-${key}.bin`);
}

/** Of its own, where numbers may begin. */
function copied(bytes: Buffer, from: number, length: number): ArrayBuffer {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(from, from + length));
  return copy.buffer;
}

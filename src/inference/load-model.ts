import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as onnx from 'onnxruntime-node';
import { type Manifest, manifestSchema, memberNames } from './manifest.ts';
import { ModelRejectedError } from './model-rejected-error.ts';
import { type LoadedModel, type LoadOptions, type Member, OnnxEnsemble } from './onnx-ensemble.ts';

const membersMin = 2;
const retrain = 'Train again: novosky train --data FILE --symbol SYMBOL';

/**
 * Loads and checks a set of models.
 *
 * One member of three may be absent or unreadable for onnxruntime: the set goes on with two and reports it. A file
 * whose content is not the manifest's, or a manifest of other features or of another symbol, is never used.
 *
 * @throws {ModelRejectedError} with the file and the next step
 */
export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
  const path = join(options.folder, 'manifest.json');
  const text = await readManifest(path);
  const manifest = parseManifest(path, text);
  assertFits(path, manifest, options);
  const loaded = await Promise.allSettled(
    memberNames.map((name) => loadMember(options.folder, manifest, name)),
  );
  const members = loaded.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const missing = loaded.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  const reason = reasonToRefuse(options.folder, members.length, missing);
  if (reason !== undefined) {
    await Promise.all(members.map(({ session }) => session.release()));
    throw reason;
  }
  const names = members.map(({ name }) => name).join();
  const hash = createHash('sha256').update(text).update('\n').update(names).digest('hex');
  return new OnnxEnsemble(options, manifest, hash, members, missing as ModelRejectedError[]);
}

/** The manifest of a folder, checked in itself: for those who only want to read what a set is. */
export async function loadManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json');
  return parseManifest(path, await readManifest(path));
}

async function readManifest(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ModelRejectedError(
      { file: path, reason: 'cannot be read', nextStep: retrain },
      { cause },
    );
  }
}

function parseManifest(path: string, text: string): Manifest {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new ModelRejectedError(
      { file: path, reason: 'is no JSON', nextStep: retrain },
      { cause },
    );
  }
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `is no manifest: ${issue?.path.join('.')}: ${issue?.message}`;
  throw new ModelRejectedError({ file: path, reason, nextStep: retrain }, { cause: parsed.error });
}

function assertFits(path: string, { symbol, features }: Manifest, options: LoadOptions): void {
  if (symbol !== options.symbol) {
    throw new ModelRejectedError({
      file: path,
      reason: `was trained for ${symbol}, not for ${options.symbol}`,
      nextStep: `Train one: novosky train --data FILE --symbol ${options.symbol}`,
    });
  }
  const namesHash = createHash('sha256').update(features.names.join('\n')).digest('hex');
  const wrong = [features.hash, namesHash].find((hash) => hash !== options.schemaHash);
  if (wrong === undefined) return;
  throw new ModelRejectedError({
    file: path,
    reason: `was trained on other features (${short(wrong)}) than this code computes (${short(options.schemaHash)})`,
    nextStep: retrain,
  });
}

/** A file whose content is not the manifest's: somebody changed one of them, and nobody knows which. */
class ContentMismatchError extends ModelRejectedError {}

async function loadMember(folder: string, { models }: Manifest, name: string): Promise<Member> {
  const described = models[name];
  const file = join(folder, described?.file ?? `${name}.onnx`);
  if (described === undefined) {
    throw new ModelRejectedError({ file, reason: 'is not in the manifest', nextStep: retrain });
  }
  const content = await readFile(file).catch((cause: unknown) => {
    throw new ModelRejectedError({ file, reason: 'cannot be read', nextStep: retrain }, { cause });
  });
  const found = createHash('sha256').update(content).digest('hex');
  if (found !== described.sha256) {
    throw new ContentMismatchError({
      file,
      reason: `is not the file of its manifest: sha256 is ${short(found)}, expected ${short(described.sha256)}`,
      nextStep: `Restore the folder as it was trained, or ${retrain.toLowerCase()}`,
    });
  }
  return { name, session: await openSession(file, content) };
}

async function openSession(file: string, content: Uint8Array): Promise<onnx.InferenceSession> {
  try {
    // More threads spin and change the order of sums; the answers must not depend on the machine.
    return await onnx.InferenceSession.create(content, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new ModelRejectedError(
      { file, reason: 'is no model that onnxruntime can load', nextStep: retrain },
      { cause },
    );
  }
}

function reasonToRefuse(
  folder: string,
  loaded: number,
  missing: readonly unknown[],
): Error | undefined {
  const fatal = missing.find(
    (each) => each instanceof ContentMismatchError || !(each instanceof ModelRejectedError),
  );
  if (fatal !== undefined) return fatal as Error;
  if (loaded >= membersMin) return undefined;
  const reason = `only ${loaded} of ${memberNames.length} models could be loaded, at least ${membersMin} are needed`;
  return new ModelRejectedError(
    { file: folder, reason, nextStep: retrain },
    { cause: new AggregateError(missing) },
  );
}

function short(hash: string): string {
  return hash.slice(0, 12);
}

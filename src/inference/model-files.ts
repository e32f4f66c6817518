/** A set of models as it lies on disk: the manifest, what it must fit, and the files that it names. No model is opened here. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, manifestSchema } from './manifest.ts';
import { ModelRejectedError } from './model-rejected-error.ts';

export const retrain = 'Train again: novosky train --data FILE --symbol SYMBOL';

/** What the code that asks for a set is made for. */
type Expected = {
  /** Holds `manifest.json` and the files that it names. */
  readonly folder: string;
  readonly symbol: string;
  /** The code's own: a model that was fitted on other features is refused. */
  readonly schemaHash: string;
};

/** A file whose content is not the manifest's: somebody changed one of them, and nobody knows which. */
export class ContentMismatchError extends ModelRejectedError {}

/** The manifest of a folder, checked in itself: for those who only want to read what a set is. */
export async function loadManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json');
  return parseManifest(path, await readManifest(path));
}

/** The manifest of a set that fits this code, with its text. @throws {ModelRejectedError} */
export async function loadFittingManifest(
  expected: Expected,
): Promise<{ readonly manifest: Manifest; readonly text: string }> {
  const path = join(expected.folder, 'manifest.json');
  const text = await readManifest(path);
  const manifest = parseManifest(path, text);
  assertFits(path, manifest, expected);
  return { manifest, text };
}

/** The file of one member, as the manifest describes it. @throws {ModelRejectedError} */
export async function readMember(
  folder: string,
  { models }: { readonly models: Readonly<Record<string, { file: string; sha256: string }>> },
  name: string,
): Promise<{ readonly file: string; readonly content: Uint8Array }> {
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
  return { file, content };
}

/**
 * Whether a set may be loaded at all, found out without loading it: before anything of an engine is started.
 *
 * @throws {ModelRejectedError} with the file and the next step
 */
export async function assertModelUsable(expected: Expected): Promise<void> {
  const { manifest } = await loadFittingManifest(expected);
  const sets = [manifest, ...(manifest.position ? [manifest.position] : [])];
  const members = sets.flatMap((set) =>
    Object.keys(set.models).map((name) => [set, name] as const),
  );
  for (const [set, name] of members) {
    await readMember(expected.folder, set, name).catch((error: unknown) => {
      // One member may be absent: how many are enough is decided where they are loaded.
      if (error instanceof ContentMismatchError) throw error;
    });
  }
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

function assertFits(path: string, { symbol, features }: Manifest, expected: Expected): void {
  if (symbol !== expected.symbol) {
    throw new ModelRejectedError({
      file: path,
      reason: `was trained for ${symbol}, not for ${expected.symbol}`,
      nextStep: `Train one: novosky train --data FILE --symbol ${expected.symbol}`,
    });
  }
  const namesHash = createHash('sha256').update(features.names.join('\n')).digest('hex');
  const wrong = [features.hash, namesHash].find((hash) => hash !== expected.schemaHash);
  if (wrong === undefined) return;
  throw new ModelRejectedError({
    file: path,
    reason: `was trained on other features (${short(wrong)}) than this code computes (${short(expected.schemaHash)})`,
    nextStep: retrain,
  });
}

function short(hash: string): string {
  return hash.slice(0, 12);
}

import { createHash } from 'node:crypto';
import * as onnx from 'onnxruntime-node';
import { type Manifest, memberNames } from './manifest.ts';
import { ContentMismatchError, loadFittingManifest, readMember, retrain } from './model-files.ts';
import { ModelRejectedError } from './model-rejected-error.ts';
import { type LoadedModel, type LoadOptions, type Member, OnnxEnsemble } from './onnx-ensemble.ts';
import { PositionEnsemble, type PositionMember } from './position-ensemble.ts';

const membersMin = 2;

/**
 * Loads and checks a set of models.
 *
 * One member of three may be absent or unreadable for onnxruntime: the set goes on with two and reports it. A file
 * whose content is not the manifest's, or a manifest of other features or of another symbol, is never used.
 *
 * @throws {ModelRejectedError} with the file and the next step
 */
export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
  const { manifest, text } = await loadFittingManifest(options);
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
  const position = await loadPosition(options.folder, manifest).catch(async (error: unknown) => {
    await Promise.all(members.map(({ session }) => session.release()));
    throw error;
  });
  const names = members.map(({ name }) => name).join();
  const hash = createHash('sha256').update(text).update('\n').update(names).digest('hex');
  return new OnnxEnsemble(
    { ...options, manifest, hash, position: position && new PositionEnsemble(hash, position) },
    members,
    missing as ModelRejectedError[],
  );
}

/** All members of the position model; a set that has one must have it whole. */
async function loadPosition(
  folder: string,
  { position }: Manifest,
): Promise<readonly PositionMember[] | undefined> {
  if (position === undefined) return undefined;
  const loaded = await Promise.allSettled(
    Object.entries(position.models).map(async ([name, { calibration }]) => {
      const { file, content } = await readMember(folder, position, name);
      return { name, calibration, session: await openSession(file, content) };
    }),
  );
  const members = loaded.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failure = loaded.find((each) => each.status === 'rejected');
  if (failure === undefined && members.length > 0) return members;
  await Promise.all(members.map(({ session }) => session.release()));
  if (failure !== undefined) throw failure.reason;
  const reason = 'has a position model without members';
  throw new ModelRejectedError({ file: folder, reason, nextStep: retrain });
}

async function loadMember(folder: string, manifest: Manifest, name: string): Promise<Member> {
  const { file, content } = await readMember(folder, manifest, name);
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

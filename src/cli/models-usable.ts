import { join } from 'node:path';
import { UsageError } from '../config/usage-error.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { featureSchemaHash } from '../features/schema.ts';
import type { Manifest } from '../inference/manifest.ts';
import { assertModelUsable, loadManifest } from '../inference/model-files.ts';
import { ModelRejectedError } from '../inference/model-rejected-error.ts';

type Models = Pick<RunPlan, 'modelsFolder'> & {
  readonly markets: readonly Pick<RunPlan['markets'][number], 'symbol'>[];
  readonly accounts: readonly {
    readonly policy: Pick<
      RunPlan['accounts'][number]['policy'],
      'account' | 'symbols' | 'management'
    >;
  }[];
};

/**
 * Throws `UsageError` for a set of models that must not trade, or that lacks the position model that an account leaves
 * its exits to: said before anything is started. Returns what is off because a set has no position model, in sentences.
 */
export async function assertModelsUsable(models: Models): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { symbol } of models.markets) {
    const { position } = await usableManifest(join(models.modelsFolder, symbol), symbol);
    if (position === undefined) notes.push(...withoutPositionModel(models, symbol));
  }
  return notes;
}

async function usableManifest(folder: string, symbol: string): Promise<Manifest> {
  try {
    await assertModelUsable({ folder, symbol, schemaHash: featureSchemaHash });
    return await loadManifest(folder);
  } catch (error) {
    if (error instanceof ModelRejectedError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function withoutPositionModel({ accounts }: Models, symbol: string): readonly string[] {
  const managing = accounts
    .map(({ policy }) => policy)
    .filter(({ management, symbols }) => management !== undefined && symbols.includes(symbol));
  const primary = managing.filter(({ management }) => management?.primaryExit !== undefined);
  if (primary.length > 0) {
    const who = primary.map(({ account }) => account).join(', ');
    throw new UsageError(
      `${who}: ml_active_management.position_as_primary_exit leaves the exits to a position model, and the models of ${symbol} have none: write false, or use a set that has one`,
    );
  }
  return managing.map(
    ({ account }) =>
      `${account}: the models of ${symbol} have no position model: its exits are off`,
  );
}

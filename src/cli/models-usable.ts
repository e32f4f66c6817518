import { join } from 'node:path';
import { UsageError } from '../config/usage-error.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { featureSchemaHash } from '../features/schema.ts';
import { assertModelUsable } from '../inference/model-files.ts';
import { ModelRejectedError } from '../inference/model-rejected-error.ts';

/** Throws `UsageError` for a set of models that must not trade: said before anything is started. */
export async function assertModelsUsable({ modelsFolder, markets }: RunPlan): Promise<void> {
  try {
    for (const { symbol } of markets) {
      const folder = join(modelsFolder, symbol);
      await assertModelUsable({ folder, symbol, schemaHash: featureSchemaHash });
    }
  } catch (error) {
    if (error instanceof ModelRejectedError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

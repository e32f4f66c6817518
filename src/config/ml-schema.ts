import { z } from 'zod';
import { key } from './key-info.ts';
import { positionModel } from './management-schema.ts';
import { symbolText } from './text-schemas.ts';

const roundSteps = { BTCUSD: 1_000, XAUUSD: 10, EURUSD: 0.01 } as const;

/** ml_config.json: features, labels and training. */
export const mlSchema = z.strictObject({
  features: z
    .strictObject({
      round_step: key(
        z
          .record(symbolText, z.number().positive())
          .default(roundSteps)
          .transform((own): Readonly<Record<string, number>> => ({ ...roundSteps, ...own })),
        {
          text: 'Symbol -> grid of round numbers that traders look at. Every other symbol has to say its own.',
          unit: 'price units',
        },
      ),
    })
    .prefault({}),
  labels: z
    .strictObject({
      horizon_bars: key(z.int().min(1).max(2_000).default(48), {
        text: 'How far a label looks for the stop or the target.',
        unit: 'bars',
      }),
    })
    .prefault({}),
  position_model: positionModel,
  training: z
    .strictObject({
      signal_rate: key(z.number().positive().max(0.5).default(0.02), {
        text: 'Share of bars that should be signals: the trainer picks the confidence thresholds for it.',
        unit: 'fraction of bars',
      }),
      seed: key(z.int().min(0).max(4_294_967_295).default(1), {
        text: 'Seed of everything that draws; the same data and seed give the same models.',
      }),
      recency_half_life_days: key(z.number().positive().max(100_000).default(180), {
        text: 'Age at which a training row counts half.',
        unit: 'days',
      }),
    })
    .prefault({}),
});

export type MlFile = z.output<typeof mlSchema>;

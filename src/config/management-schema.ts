import { z } from 'zod';
import { key } from './key-info.ts';

const perAccount = { isPerAccount: true } as const;
const atrs = z.number().positive().max(100);

/** The part of `ml_active_management` that manages positions and lays their stops. */
export const managementSections = {
  enabled: key(z.boolean().default(false), {
    text: 'Manages open positions: exits of the position model, where the model set has one, and what is enabled below. Sizing by Kelly does not need it.',
    ...perAccount,
  }),
  partial_close: z
    .strictObject({
      enabled: key(z.boolean().default(false), {
        text: 'Closes a part of a winner once, and moves its stop to breakeven.',
        ...perAccount,
      }),
      trigger_atr: key(atrs.default(0.6), {
        text: 'Gain at which the part is closed.',
        unit: 'ATR(14) at the entry',
        ...perAccount,
      }),
      close_fraction: key(z.number().min(0.01).max(0.99).default(0.5), {
        text: 'Share that is closed, rounded down to whole volume steps. Nothing is closed where the part or the rest would be smaller than the smallest lot of the broker.',
        unit: 'fraction of the volume',
        ...perAccount,
      }),
    })
    .prefault({}),
  ml_trailing_stop: z
    .strictObject({
      enabled: key(z.boolean().default(false), {
        text: 'Lets the stop of a winner follow the price: tight after a sure signal, wide after an unsure one and when momentum turns.',
        ...perAccount,
      }),
      base_trail_atr_mult: key(atrs.default(1.2), {
        text: 'Distance of the stop from the price, times 1.3 (confidence at the threshold) to 0.7 (certain), times 1 to 1.5 (momentum).',
        unit: 'ATR(14)',
        ...perAccount,
      }),
      min_profit_atr: key(z.number().min(0).max(100).default(0.8), {
        text: 'Gain from which on the stop follows.',
        unit: 'ATR(14)',
        ...perAccount,
      }),
    })
    .prefault({}),
  ml_sltp: z
    .strictObject({
      enabled: key(z.boolean().default(false), {
        text: 'Scales the distances of SL and TP by the confidence of the signal. The size follows the scaled stop.',
        ...perAccount,
      }),
      confidence_sl_adjust: key(z.number().min(0).max(0.9).default(0.3), {
        text: 'What full confidence takes from the distance of the SL.',
        unit: 'fraction of the distance',
        ...perAccount,
      }),
      confidence_tp_adjust: key(z.number().min(0).max(10).default(0.5), {
        text: 'What full confidence adds to the distance of the TP.',
        unit: 'fraction of the distance',
        ...perAccount,
      }),
      min_tp: key(z.number().min(0).max(1_000_000).default(0), {
        text: 'Least distance of the TP. 0 = none.',
        unit: 'price units',
        ...perAccount,
      }),
    })
    .prefault({}),
  position_as_primary_exit: z
    .strictObject({
      enabled: key(z.boolean().default(false), {
        text: 'The position model makes the exits; SL and TP stand far away. Refused at the start while the model set has no position model.',
        ...perAccount,
      }),
      catastrophic_sl_atr_mult: key(atrs.default(3), {
        text: 'Distance of the SL of an entry then.',
        unit: 'ATR(14)',
        ...perAccount,
      }),
      emergency_tp_atr_mult: key(atrs.default(5), {
        text: 'Distance of the TP of an entry then.',
        unit: 'ATR(14)',
        ...perAccount,
      }),
    })
    .prefault({}),
};

export const positionOptimization = z
  .strictObject({
    min_bars_held: key(z.int().min(0).max(10_000).default(4), {
      text: 'Closed bars that a position is held before the position model is asked about it.',
      unit: 'bars',
      ...perAccount,
    }),
  })
  .prefault({});

const probability = z.number().min(0).max(1);

/** In ml_config.json. */
export const positionModel = z
  .strictObject({
    prediction: z
      .strictObject({
        exit_threshold: key(probability.default(0.8), {
          text: 'Least mean calibrated probability of an exit of the position model.',
          unit: 'probability',
        }),
        min_prob_diff: key(probability.default(0.25), {
          text: 'Least distance of that from the probability of holding.',
          unit: 'probability',
        }),
        add_threshold: key(probability.default(0.65), {
          text: 'Least probability of adding that is written down. Nothing is ever added.',
          unit: 'probability',
        }),
      })
      .prefault({}),
  })
  .prefault({});

const managementObject = z.strictObject(managementSections);
export type ManagementFile = z.output<typeof managementObject>;

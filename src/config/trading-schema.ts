import { z } from 'zod';
import { guardKeys, zoneKey } from './guards-schema.ts';
import { key } from './key-info.ts';
import { managementSections, positionOptimization } from './management-schema.ts';
import { regimeWeights } from './regime-weights.ts';
import { environmentName, nameText, symbolText } from './text-schemas.ts';

/** Share of equity at risk per trade, in percent: `risk_percent` here, `risk_pct` in accounts.json. */
export const riskPercent = z.number().positive().max(20);
/** Largest order, in lots: here for all accounts, in accounts.json for one. */
export const lotsMax = z.number().positive().max(1_000);

const perAccount = { isPerAccount: true } as const;
const hotPerAccount = { isHot: true, isPerAccount: true } as const;
const whileFlat = { ...hotPerAccount, hotWhen: 'while flat' } as const;

/** config.json: how accounts trade. Names are the roadmap's; each key has one spelling and one place. */
export const tradingSchema = z.strictObject({
  risk_profile: key(z.int().min(1).max(5).nullable().default(null), {
    text: 'Presets for risk, confidence, distances of SL and TP, weekly drawdown and hard halt where they are not given, and bounds for them where they are: 1 steady income, 2 conservative, 3 balanced, 4 growth, 5 aggressive. An account with a profile of its own in its overrides goes by that before config.json. `null`: none.',
    ...perAccount,
  }),
  risk_percent: key(riskPercent.default(2), {
    text: 'Share of equity that a trade may lose at its stop. An account says its own with `risk_pct`.',
    unit: 'percent of equity',
    isHot: true,
  }),
  min_lot: key(z.number().positive().max(100).default(0.01), {
    text: 'Smallest order. A smaller size is lifted to it only within `max_risk_per_trade_pct`.',
    unit: 'lots',
    ...perAccount,
  }),
  max_lot: key(lotsMax.default(100), {
    text: 'Largest order of any account; the `max_lot` of an account narrows it further.',
    unit: 'lots',
    isHot: true,
  }),
  max_risk_per_trade_pct: key(z.number().positive().max(100).default(10), {
    text: 'What an order that was lifted to the smallest lot may risk; above it the trade is denied.',
    unit: 'percent of equity',
    ...perAccount,
  }),
  hard_cap_pips: key(z.enum(['deny', 'shrink']).default('deny'), {
    text: 'What becomes of the smallest lot whose stop would cost more than `max_risk_per_trade_pct`: `deny` makes no trade, `shrink` brings the stop to the distance that costs just that (max_risk_per_trade_pct x equity / (lots x value per lot)), if that is no nearer than half of its distance and than the stops level of the broker.',
    ...perAccount,
  }),
  min_confidence: key(z.number().min(0).max(1).nullable().default(null), {
    text: 'Least mean calibrated probability of a signal. `null`: the threshold in the model manifest.',
    unit: 'probability',
    ...hotPerAccount,
  }),
  min_prob_gap: key(z.number().min(0).max(1).nullable().default(null), {
    text: 'Least distance between the two highest probabilities. `null`: the model manifest says it.',
    unit: 'probability',
    ...perAccount,
  }),
  min_votes: key(z.int().min(1).max(5).default(2), {
    text: 'Models that must vote for the winning class.',
    unit: 'models',
    ...perAccount,
  }),
  regime_weights: regimeWeights,
  max_daily_loss_pct: key(z.number().min(0).max(100).default(3), {
    text: 'Loss of the local day, realised and floating, at which entries stop until midnight. 0 = off.',
    unit: 'percent of equity',
    ...hotPerAccount,
  }),
  circuit_breaker: z
    .strictObject({
      enabled: key(z.boolean().default(true), {
        text: 'Stops entries until local midnight after too many losses in a row.',
        ...hotPerAccount,
      }),
      max_consecutive_losses: key(z.int().min(1).max(100).default(7), {
        text: 'Losing trades in a row at which it trips. A win resets the count.',
        unit: 'trades',
        ...hotPerAccount,
      }),
      cooldown: key(z.literal('day').default('day'), {
        text: 'How long entries stop once it has tripped: until local midnight, or until a trade that was still open wins.',
        ...hotPerAccount,
      }),
    })
    .prefault({}),
  dynamic_sltp: z
    .strictObject({
      sl_atr_multiplier: key(z.number().positive().max(20).default(1), {
        text: 'Distance of the stop loss. The labels of the models use it too: after a change, train again.',
        unit: 'ATR(14)',
        ...perAccount,
      }),
      tp_atr_multiplier: key(z.number().positive().max(20).default(1), {
        text: 'Distance of the take profit. The labels of the models use it too: after a change, train again.',
        unit: 'ATR(14)',
        ...perAccount,
      }),
    })
    .prefault({}),
  risk_management: z
    .strictObject({
      min_atr_threshold: key(z.number().min(0).max(1_000_000).default(15), {
        text: 'Entries need an ATR(14) of at least this: a dead market is left alone. 0 = off.',
        unit: 'price units',
        ...perAccount,
      }),
    })
    .prefault({}),
  ...guardKeys,
  ml_active_management: z
    .strictObject({
      ...managementSections,
      kelly_lot_sizing: z
        .strictObject({
          enabled: key(z.boolean().default(false), {
            text: 'Sizes by the odds of each signal: the share of the base risk that the Kelly formula gives. It only ever lowers the risk.',
            ...whileFlat,
          }),
          max_kelly_fraction: key(z.number().positive().max(1).default(0.5), {
            text: 'Largest share of the base risk that is taken, however sure the models are.',
            unit: 'fraction of the base risk',
            ...whileFlat,
          }),
          kelly_formula: key(z.enum(['classical', 'seed']).default('classical'), {
            text: '`classical`: p − (1 − p) / b, `seed`: (p − (1 − p)) / b, with p the confidence and b the distance of the take profit per distance of the stop.',
            ...whileFlat,
          }),
          kelly_multiplier: key(z.number().positive().max(1).default(1), {
            text: 'What the formula is multiplied with before the cap: 0.5 is half Kelly in the usual sense.',
            ...whileFlat,
          }),
          no_edge: key(z.enum(['skip', 'min_lot']).default('skip'), {
            text: 'What becomes of a signal for which the formula gives 0 or less: `skip` denies it, `min_lot` makes the trade with the smallest lot.',
            ...whileFlat,
          }),
        })
        .prefault({}),
    })
    .prefault({}),
  position_optimization: positionOptimization,
  api_failover: z
    .strictObject({
      max_failures: key(z.int().min(1).max(100).default(3), {
        text: 'Failed reads of the terminal in a row at which entries stop; the first answer resumes them.',
        unit: 'reads',
        ...perAccount,
      }),
    })
    .prefault({}),
  local_tz_offset_hours: key(z.number().min(-12).max(14).multipleOf(0.25).default(7), {
    text: 'Where the trading day begins: midnight at this offset from UTC.',
    unit: 'hours',
    ...perAccount,
  }),
  ...zoneKey,
  magic: key(z.int().min(1).default(20_250_101), {
    text: 'Marks our orders at the broker. Positions with another number are watched, never touched.',
  }),
  deviation_points: key(z.int().min(0).max(100_000).default(20), {
    text: 'How far from the requested price the broker may fill, where it honours that.',
    unit: 'points',
    ...perAccount,
  }),
  signal_sources: key(z.record(symbolText, z.array(nameText).min(1)).default({}), {
    text: 'Symbol -> terminals whose bars feed the models, in order of preference; the next one after three failures.',
    absent:
      'the terminals of the enabled accounts that trade the symbol, in the order of terminals.json',
  }),
  shutdown: key(z.enum(['close', 'drain']).default('close'), {
    text: 'What Ctrl-C does with open positions: `close` leaves them at the broker behind their stops, `drain` manages them until flat and ends then; entries stop at once either way.',
  }),
  inference_isolation: key(z.enum(['thread', 'process']).default('thread'), {
    text: 'Where the models run: in a thread of the engine, or in a child process that can crash without it.',
  }),
  console: z
    .strictObject({
      host: key(z.string().min(1).max(255).default('127.0.0.1'), {
        text: 'Address that the console listens on. It speaks plain HTTP: put a TLS proxy before anything but this host.',
      }),
      port: key(z.int().min(0).max(65_535).default(8765), {
        text: 'Port of the console; 0 = a free one.',
      }),
      token_env: key(environmentName.optional(), {
        text: 'Environment variable that holds the login token.',
        absent:
          'a token is made at the first start and kept in `console.token` of the state folder',
      }),
    })
    .prefault({}),
  speed: key(z.number().positive().max(1_000_000).default(60), {
    text: 'Pace when every terminal is a simulator.',
    unit: 'minutes of market time per second',
  }),
  poll_seconds: key(z.number().min(1).max(60).default(5), {
    text: 'How often real terminals are asked for bars, positions and account.',
    unit: 'seconds',
  }),
});

export type TradingFile = z.output<typeof tradingSchema>;

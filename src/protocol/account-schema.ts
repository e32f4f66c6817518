import * as z from 'zod/mini';
import type { AccountEvent } from '../domain/account-event.ts';
import type { AccountSnapshot, DecisionSnapshot } from '../domain/account-snapshot.ts';
import type { AccountId, EpochMs, Money, Price } from '../domain/units.ts';
import type { Agree } from './agreement.ts';

export const moment = z.pipe(
  z.int(),
  z.transform((value) => value as EpochMs),
);
export const amount = z.pipe(
  z.number(),
  z.transform((value) => value as Money),
);
const priceValue = z.pipe(
  z.number().check(z.positive()),
  z.transform((value) => value as Price),
);
const account = z.pipe(
  z.string().check(z.minLength(1)),
  z.transform((value) => value as AccountId),
);
/** JSON has no NaN and no infinity and writes null for them: such a figure must not make the whole frame unreadable. */
const figure = z.pipe(
  z.nullable(z.number()),
  z.transform((value) => value ?? Number.NaN),
);

const side = z.enum(['buy', 'sell']);
const tradingState = z.enum(['active', 'paused', 'reducing', 'halted']);
const denial = z.object({ limit: z.string(), observed: figure, allowed: figure });

export const decisionSchema = z.object({
  trace: z.string(),
  at: moment,
  verdict: z.enum(['entered', 'held', 'denied']),
  side: z.exactOptional(side),
  confidence: figure,
  gap: figure,
  denial: z.exactOptional(denial),
});

const position = z.object({
  ticket: z.number(),
  symbol: z.string(),
  side,
  lots: z.number(),
  entry: priceValue,
  stopLoss: z.exactOptional(priceValue),
  takeProfit: z.exactOptional(priceValue),
  profit: amount,
  isOwned: z.boolean(),
});

export const accountSnapshotSchema = z.object({
  id: account,
  at: moment,
  epoch: z.number(),
  currency: z.string(),
  state: tradingState,
  stateReason: z.string(),
  startingBalance: amount,
  balance: amount,
  equity: amount,
  dayResult: amount,
  positions: z.array(position),
  isSettled: z.boolean(),
  decision: z.exactOptional(decisionSchema),
  blockedBy: z.array(denial),
  counts: z.object({
    predictions: z.number(),
    entered: z.number(),
    held: z.number(),
    denied: z.number(),
    closed: z.number(),
  }),
});

const head = { account, at: moment };

export const accountEventSchema = z.discriminatedUnion('type', [
  z.object({
    ...head,
    type: z.literal('started'),
    epoch: z.number(),
    state: tradingState,
    openPositions: z.number(),
  }),
  z.object({
    ...head,
    type: z.literal('signal'),
    trace: z.string(),
    symbol: z.string(),
    side,
    confidence: figure,
    gap: figure,
    votes: z.number(),
  }),
  z.object({ ...head, type: z.literal('denied'), trace: z.string(), symbol: z.string(), denial }),
  z.object({
    ...head,
    type: z.literal('order'),
    orderId: z.string(),
    symbol: z.string(),
    side,
    lots: z.number(),
    stopLoss: priceValue,
    takeProfit: priceValue,
  }),
  z.object({
    ...head,
    type: z.literal('order-failed'),
    orderId: z.string(),
    outcome: z.string(),
    reason: z.string(),
  }),
  z.object({
    ...head,
    type: z.literal('fill'),
    ticket: z.number(),
    symbol: z.string(),
    side,
    lots: z.number(),
    entry: priceValue,
  }),
  z.object({
    ...head,
    type: z.literal('close'),
    ticket: z.number(),
    symbol: z.string(),
    side,
    lots: z.number(),
    exit: priceValue,
    closeType: z.enum(['SL_HIT', 'TP_HIT', 'ML_EXIT', 'MANUAL', 'EXTERNAL', 'STOP_OUT']),
    closeDetail: z.exactOptional(z.enum(['BE'])),
    profit: amount,
    rMultiple: figure,
  }),
  z.object({
    ...head,
    type: z.literal('equity'),
    balance: amount,
    equity: amount,
    currency: z.string(),
  }),
  z.object({ ...head, type: z.literal('guard-tripped'), denial }),
  z.object({ ...head, type: z.literal('guard-cleared'), limit: z.string() }),
  z.object({
    ...head,
    type: z.literal('state-changed'),
    from: tradingState,
    to: tradingState,
    reason: z.string(),
  }),
  z.object({ ...head, type: z.literal('alert'), reason: z.string() }),
]);

/** Do not compile when the domain gains, loses or changes a field that the schema does not know. */
true satisfies Agree<z.output<typeof decisionSchema>, DecisionSnapshot>;
true satisfies Agree<z.output<typeof accountSnapshotSchema>, AccountSnapshot>;
true satisfies Agree<z.output<typeof accountEventSchema>, AccountEvent>;

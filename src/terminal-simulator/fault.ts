/**
 * What can be made to go wrong, as JSON for `POST /_sim/faults` (one fault or an array). A fault strikes the next
 * `count` requests that it matches, after letting `skip` of them pass; the oldest matching fault strikes first.
 *
 *   {"kind":"gateway-timeout","method":"POST","path":"/orders","executes":true,"executeAfterMs":20000}
 *   {"kind":"reject","method":"POST","path":"/orders","retcode":10006}
 *   {"kind":"empty-list","path":"/positions","count":3}
 *   {"kind":"restart","downMs":2000}
 *
 * `path` is the path without the prefix, in which `*` stands for anything: `/positions/*`. Faults live in memory:
 * a simulator that is started anew has none.
 */
import * as z from 'zod';

const pathPattern = z.string().startsWith('/');
const scope = {
  /** Every method where absent. */
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).optional(),
  path: pathPattern.default('/*'),
  count: z.int().positive().max(100_000).default(1),
  skip: z.int().nonnegative().default(0),
};
const delayMs = z.int().nonnegative().max(3_600_000);

const faultSchema = z.discriminatedUnion('kind', [
  /** Answers rightly, late. */
  z.strictObject({ kind: z.literal('delay'), ...scope, ms: delayMs }),
  /** 504 after `answerAfterMs`. The request is executed `executeAfterMs` after it came, or never. */
  z.strictObject({
    kind: z.literal('gateway-timeout'),
    ...scope,
    executes: z.boolean(),
    executeAfterMs: delayMs.default(0),
    answerAfterMs: delayMs.default(0),
    format: z.enum(['json', 'html']).default('json'),
  }),
  /** The connection breaks instead of an answer, after or without executing. */
  z.strictObject({ kind: z.literal('drop-socket'), ...scope, executes: z.boolean() }),
  /** 503, not executed. */
  z.strictObject({
    kind: z.literal('unavailable'),
    ...scope,
    error: z
      .enum(['MT5 not initialized', 'queue depth 21 exceeds max 20', 'could not acquire MT5 lock'])
      .default('MT5 not initialized'),
  }),
  /** An HTML page, after or without executing. */
  z.strictObject({
    kind: z.literal('html-error'),
    ...scope,
    status: z.union([z.literal(401), z.literal(404), z.literal(500), z.literal(502)]).default(500),
    executes: z.boolean().default(false),
  }),
  /** `[]` where there would be a list, 404 where there would be a position: the SDK call failed. */
  z.strictObject({ kind: z.literal('empty-list'), ...scope }),
  /** A trade request is refused with this code; `dialect` is how the refusal is written. */
  z.strictObject({
    kind: z.literal('reject'),
    ...scope,
    retcode: z.int().min(10_004).max(10_046),
    comment: z.string().default('Request rejected'),
    dialect: z.enum(['mt5', 'novosky']).default('mt5'),
  }),
  /** A trade request is executed with this share of its volume, rounded down to the volume step (at least one). */
  z.strictObject({ kind: z.literal('partial'), ...scope, share: z.number().gt(0).lt(1) }),
  /** A trade request is executed and answered by a position or a deal, without a retcode. */
  z.strictObject({ kind: z.literal('novosky-answer'), ...scope }),
  /** A tick of zeros. */
  z.strictObject({
    kind: z.literal('zero-tick'),
    ...scope,
    path: pathPattern.default('/symbols/*/tick'),
  }),
  /** The number under `field` is written as the bare word Infinity. */
  z.strictObject({ kind: z.literal('infinity'), ...scope, field: z.string().min(1) }),
  /** The terminal answers `null`. */
  z.strictObject({
    kind: z.literal('null-terminal'),
    ...scope,
    path: pathPattern.default('/terminal'),
  }),
  /** The terminal says that it has no connection to the broker. */
  z.strictObject({
    kind: z.literal('disconnected'),
    ...scope,
    path: pathPattern.default('/terminal'),
  }),
  /** At once: all connections break, and for `downMs` every request is answered by 503. Books and faults stay. */
  z.strictObject({ kind: z.literal('restart'), downMs: delayMs }),
]);

export const faultsSchema = z.union([
  faultSchema.transform((fault) => [fault]),
  z.array(faultSchema),
]);

/** As it is written in JSON, before defaults. */
export type FaultRequest = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;
export type RequestFault = Exclude<Fault, { kind: 'restart' }>;

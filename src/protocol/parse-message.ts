import * as z from 'zod/mini';
import { accountEventSchema, accountSnapshotSchema, moment } from './account-schema.ts';
import type { Agree } from './agreement.ts';
import { fleetOrderSchema, fleetSchema, restartSchema, treeNodeSchema } from './fleet-schema.ts';
import {
  type ClientMessage,
  type ConsoleEvent,
  commandNames,
  type ServerMessage,
} from './message.ts';

/** A frame that this version of the protocol does not know. Says where it is wrong, never what it carried. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** What a client said. Unknown keys are refused: a misspelt one must not be ignored. Throws `MessageError`. */
export function parseClientMessage(frame: string): ClientMessage {
  return parse(clientMessage, frame);
}

/** What the engine said. Keys of a newer engine are passed over. Throws `MessageError`. */
export function parseServerMessage(frame: string): ServerMessage {
  return parse(serverMessage, frame);
}

function parse<T>(schema: z.ZodMiniType<T>, frame: string): T {
  const result = z.safeParse(schema, json(frame));
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const place = first?.path.join('.') || 'the frame';
  throw new MessageError(`${place}: ${first?.message ?? 'not understood'}`);
}

function json(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch (cause) {
    throw new MessageError('the frame is not JSON', { cause });
  }
}

const name = z.string().check(z.minLength(1), z.maxLength(200));

const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('login'),
    token: z.string().check(z.maxLength(1_000)),
    version: z.number(),
  }),
  z.strictObject({
    type: z.literal('command'),
    id: name,
    command: z.enum(commandNames),
    target: name,
  }),
  z.strictObject({ type: z.literal('resync') }),
]);

const configValue = z.nullable(z.union([z.string(), z.number(), z.boolean()]));

const consoleEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('account-event'), event: accountEventSchema }),
  z.object({ type: z.literal('account-changed'), account: accountSnapshotSchema }),
  z.object({ type: z.literal('account-left'), account: z.string() }),
  z.object({ type: z.literal('tree-changed'), tree: treeNodeSchema }),
  z.object({ type: z.literal('actor-restarted'), restart: restartSchema }),
  z.object({
    type: z.literal('config-changed'),
    changes: z.array(
      z.object({
        key: z.string(),
        account: z.exactOptional(z.string()),
        from: configValue,
        to: configValue,
      }),
    ),
  }),
  z.object({ type: z.literal('fleet-ordered'), order: z.exactOptional(fleetOrderSchema) }),
  z.object({ type: z.literal('market-time'), at: moment }),
]);

const serverMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), version: z.number(), engine: z.string() }),
  z.object({ type: z.literal('snapshot'), sequence: z.int(), fleet: fleetSchema }),
  z.object({ type: z.literal('event'), sequence: z.int(), event: consoleEvent }),
  z.object({
    type: z.literal('command-result'),
    id: z.string(),
    ok: z.boolean(),
    error: z.exactOptional(z.string()),
  }),
  z.object({ type: z.literal('heartbeat') }),
  z.object({
    type: z.literal('error'),
    code: z.enum([
      'bad-message',
      'wrong-token',
      'too-many-tries',
      'wrong-version',
      'login-expected',
      'busy',
    ]),
    message: z.string(),
  }),
]);

type Case<Union extends { type: string }, Type> = Extract<Union, { type: Type }>;
type ReadEvent = z.output<typeof consoleEvent>;
type ReadMessage = z.output<typeof serverMessage>;
type Flat = Exclude<ServerMessage['type'], 'snapshot' | 'event'>;

true satisfies Agree<z.output<typeof clientMessage>, ClientMessage>;
true satisfies Agree<
  Exclude<ReadEvent, Case<ReadEvent, 'tree-changed'>>,
  Exclude<ConsoleEvent, Case<ConsoleEvent, 'tree-changed'>>
>;
true satisfies Agree<Case<ReadMessage, Flat>, Case<ServerMessage, Flat>>;

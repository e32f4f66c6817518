import * as z from 'zod/mini';
import {
  accountEventSchema,
  accountSnapshotSchema,
  amount,
  decisionSchema,
  moment,
} from './account-schema.ts';
import type { Agree } from './agreement.ts';
import type { FleetSnapshot, Restart, TreeNode } from './fleet.ts';

export const treeNodeSchema = z.object({
  id: z.string(),
  kind: z.enum(['supervisor', 'thread', 'actor']),
  status: z.enum(['starting', 'running', 'restarting', 'stopping', 'stopped', 'failed']),
  restarts: z.number(),
  epoch: z.number(),
  get children() {
    return z.array(treeNodeSchema);
  },
});

export const restartSchema = z.object({ actor: z.string(), reason: z.string(), at: moment });

const engine = z.object({
  version: z.string(),
  startedAt: moment,
  marketTime: z.exactOptional(moment),
  mode: z.enum(['replay', 'paper', 'live']),
  speed: z.exactOptional(z.number()),
});

const equityPoint = z.object({ at: moment, balance: amount, equity: amount });

export const fleetOrderSchema = z.object({
  state: z.enum(['paused', 'reducing', 'halted']),
  isKill: z.boolean(),
  by: z.string(),
  at: moment,
});

export const fleetSchema = z.object({
  engine,
  order: z.exactOptional(fleetOrderSchema),
  accounts: z.array(accountSnapshotSchema),
  decisions: z.record(z.string(), z.array(decisionSchema)),
  equity: z.record(z.string(), z.array(equityPoint)),
  restarts: z.array(restartSchema),
  feed: z.array(accountEventSchema),
  tree: treeNodeSchema,
});

true satisfies Agree<z.output<typeof restartSchema>, Restart>;
true satisfies Agree<Omit<z.output<typeof treeNodeSchema>, 'children'>, Omit<TreeNode, 'children'>>;
true satisfies Agree<Omit<z.output<typeof fleetSchema>, 'tree'>, Omit<FleetSnapshot, 'tree'>>;

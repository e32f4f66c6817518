import { createHash } from 'node:crypto';
import type { AccountPolicy } from '../../account/policy.ts';
import { barsIdentity } from '../../terminal-simulator/bars-identity.ts';
import { codeHash } from '../code-hash.ts';
import type { SweepInputs } from './sweep-store.ts';
import { decidedFrom, holdoutFrom, type SweepWorld } from './sweep-world.ts';

/** Everything that makes a trade of a prediction, and figures of trades. What the models gave is in the world. */
const folders = [
  ...['account', 'backtest', 'brokers', 'domain', 'engine', 'exchange', 'inference', 'risk'],
  ...['strategy', 'terminal-simulator'],
];

/** What a result depends on but the set, each part by its hash. @param policy of the configuration as it stands */
export function sweepInputs(world: SweepWorld, policy: AccountPolicy): SweepInputs {
  const { symbol, bars, table, detail, manifest, terms, deposit, magic, fleetCaps } = world;
  const finer = [...detail.values()].flatMap((each) => each.bars);
  const models = [table.modelHash, JSON.stringify(manifest)];
  return {
    data: hashOf(symbol, barsIdentity(bars), barsIdentity(finer)),
    models: hashOf(...models, ...[table.raw, table.told, table.hashes].map(bytesOf)),
    code: hashOf(...folders.map(codeHash)),
    window: hashOf(String(decidedFrom(world)), String(holdoutFrom(world))),
    configuration: hashOf(policy.hash, JSON.stringify({ terms, deposit, magic, fleetCaps })),
  };
}

function hashOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\n');
  return hash.digest('hex').slice(0, 32);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

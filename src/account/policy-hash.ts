import { createHash } from 'node:crypto';
import type { AccountPolicy } from './policy.ts';

/** A policy with the hash of all that it says. Kelly counts last, so that exchanging it gives the hash of the exchanged whole. */
export function hashedPolicy(content: Omit<AccountPolicy, 'hash'>): AccountPolicy {
  const { kelly, ...others } = content;
  const policy = { ...others, ...(kelly && { kelly }) };
  const hash = createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 16);
  return { ...policy, hash };
}

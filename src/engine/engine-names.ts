import type { SupervisionEvent } from '../runtime/supervisor.ts';

/** `account:exness_main` for a thread or an actor of it, the child's own id elsewhere. */
export function nameOf({ supervisor, id }: SupervisionEvent & { readonly id: string }): string {
  const isInThread = supervisor.startsWith('account:') && id === 'account';
  return isInThread ? supervisor : id;
}

export class UnknownActorError extends Error {
  override readonly name = 'UnknownActorError';
  constructor(address: string, known: readonly string[]) {
    super(`no ${address} is running; there are ${known.join(', ')}`);
  }
}

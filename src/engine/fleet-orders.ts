/** What was said to the whole fleet: it holds for accounts that join later, and for the next life of the process. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AccountCommand } from '../account/input.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { FleetOrder } from '../domain/account.ts';
import { type AccountId, epochMs } from '../domain/units.ts';
import type { Clock } from '../runtime/clock.ts';
import { withFleetState } from './account-policy.ts';

/** What a person may say to the fleet. `reduce` denies entries and manages exits, as a guard does. */
export type FleetCommand = 'pause' | 'reduce' | 'resume' | 'halt' | 'kill' | 'revive';

/** Where the order is kept, by state folder. */
export type FleetOrderStore = {
  /** What cannot be read counts as halted: only a person takes that back. */
  read(stateFolder: string): FleetOrder | undefined;
  /** On disk when it returns. */
  write(stateFolder: string, order: FleetOrder | undefined): void;
};

const Content = z.object({
  state: z.enum(['paused', 'reducing', 'halted']),
  kill: z.boolean(),
  by: z.string(),
  at: z.iso.datetime(),
});

export const fleetOrderFiles: FleetOrderStore = {
  read: (stateFolder) => {
    const path = fleetOrderPath(stateFolder);
    try {
      const { state, kill, by, at } = Content.parse(JSON.parse(readFileSync(path, 'utf8')));
      return { state, isKill: kill, by, at: epochMs(Date.parse(at)) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      return {
        state: 'halted',
        isKill: false,
        by: `${path}, which cannot be read`,
        at: epochMs(0),
      };
    }
  },
  write: (stateFolder, order) => {
    const path = fleetOrderPath(stateFolder);
    if (order === undefined) return rmSync(path, { force: true });
    mkdirSync(stateFolder, { recursive: true });
    const { state, isKill: kill, by, at } = order;
    const content = { state, kill, by, at: new Date(at).toISOString() };
    const file = openSync(`${path}.new`, 'w');
    try {
      writeSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
  },
};

export function fleetOrderPath(stateFolder: string): string {
  return join(stateFolder, 'fleet-order.json');
}

/** The halted fleet takes no other word than `revive`. */
export class FleetHaltedError extends Error {
  override readonly name = 'FleetHaltedError';
  constructor(command: FleetCommand, by: string) {
    super(`the fleet was halted by ${by}: ${command} needs revive first`);
  }
}

export type FleetOrdersOptions = {
  /** Default: kept as long as the process lives. */
  readonly store: FleetOrderStore | undefined;
  readonly stateFolder: string;
  readonly clock: Clock;
  /** Those that run, or shall. */
  readonly accounts: () => readonly AccountId[];
  /** The account hears its policy again. */
  readonly tellPolicy: (account: AccountId) => void;
  readonly command: (account: AccountId, command: AccountCommand, by: string) => Promise<void>;
  readonly alert: (account: AccountId, reason: string) => void;
  /** It is on disk and holds. Absent: every account is what it is by itself. */
  readonly onChange: (order: FleetOrder | undefined) => void;
};

export class FleetOrders {
  readonly #options: FleetOrdersOptions;
  #order: FleetOrder | undefined;

  /** The policy of an account with what was said to the fleet. */
  readonly inForce = (policy: AccountPolicy): AccountPolicy =>
    withFleetState(policy, this.#order?.state);

  constructor(options: FleetOrdersOptions) {
    this.#options = options;
    this.#order = options.store?.read(options.stateFolder);
  }

  /** Absent: every account is what it is by itself. */
  get order(): FleetOrder | undefined {
    return this.#order;
  }

  /**
   * On disk before any account hears it. Resolves when every account that runs has taken a `kill`; rejects with what
   * one of them said, or with FleetHaltedError.
   */
  async give(command: FleetCommand, by: string): Promise<void> {
    const { store, stateFolder, clock, accounts, tellPolicy, onChange } = this.#options;
    const { state, by: halter = by } = this.#order ?? {};
    const isOverHalt = command === 'halt' || command === 'kill' || command === 'revive';
    if (state === 'halted' && !isOverHalt) throw new FleetHaltedError(command, halter);
    const at = epochMs(Math.floor(clock.now()));
    const order = orderOf(command, { by, at, isKill: this.#order?.isKill ?? false });
    store?.write(stateFolder, order);
    this.#order = order;
    onChange(order);
    for (const account of accounts()) tellPolicy(account);
    if (command === 'kill') await Promise.all(accounts().map((account) => this.#kill(account)));
  }

  /** An account begins to run: a killed fleet closes what it holds. */
  joined(account: AccountId): void {
    if (!this.#order?.isKill) return;
    this.#kill(account).catch((error: Error) => this.#options.alert(account, error.message));
  }

  #kill(account: AccountId): Promise<void> {
    const { by = 'the fleet' } = this.#order ?? {};
    return this.#options.command(account, 'kill', `${by}, for the fleet`);
  }
}

function orderOf(command: FleetCommand, said: Omit<FleetOrder, 'state'>): FleetOrder | undefined {
  switch (command) {
    case 'pause':
      return { ...said, state: 'paused' };
    case 'reduce':
      return { ...said, state: 'reducing' };
    case 'halt':
      return { ...said, state: 'halted' };
    case 'kill':
      return { ...said, state: 'halted', isKill: true };
    case 'resume':
    case 'revive':
      return undefined;
  }
}

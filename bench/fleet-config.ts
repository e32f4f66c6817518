/** The shipped configuration with as many accounts as wanted, each on a simulated terminal of its own. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const shipped = join(import.meta.dirname, '..', 'config');

export type FleetOptions = {
  /** Merged over config.json. */
  readonly trading?: Readonly<Record<string, unknown>>;
  /** Merged over each account, such as its `isolation`. */
  readonly account?: Readonly<Record<string, unknown>>;
};

/** Writes the four files to `folder`, cent and standard accounts in turn. */
export function writeFleetConfig(folder: string, count: number, options: FleetOptions = {}): void {
  mkdirSync(folder, { recursive: true });
  const write = (file: string, content: unknown) =>
    writeFileSync(join(folder, file), JSON.stringify(content));
  const numbers = Array.from({ length: count }, (_, index) => index);
  const terminals = Object.values(read('terminals.json')).slice(0, 2);
  const accounts = Object.values(read('accounts.json')).flatMap((all) =>
    Object.values(all as object),
  ) as object[];
  write('ml_config.json', read('ml_config.json'));
  write('config.json', {
    ...read('config.json'),
    signal_sources: { BTCUSD: ['terminal-0'] },
    ...options.trading,
  });
  write(
    'terminals.json',
    Object.fromEntries(numbers.map((n) => [`terminal-${n}`, terminals[n % 2]])),
  );
  const account = (n: number) => ({
    ...accounts[n % 2],
    terminal_key: `terminal-${n}`,
    state_file: `account-${n}.db`,
    ...options.account,
  });
  write('accounts.json', {
    accounts: Object.fromEntries(numbers.map((n) => [`account-${n}`, account(n)])),
  });
}

function read(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(shipped, file), 'utf8')) as Record<string, unknown>;
}

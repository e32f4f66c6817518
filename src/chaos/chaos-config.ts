/** The configuration folder of a chaos run: written, damaged and mended. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { roundStepOf } from '../features/round-step.ts';

export type ChaosAccount = { readonly id: string; readonly isolation: string };

type Json = Record<string, unknown>;

const names = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];
/** Each way to place an account comes early: a thread, a thread of two, a process. */
const isolations = ['thread', 'shared:pair', 'process', 'shared:pair'];

export function chaosAccounts(count: number): readonly ChaosAccount[] {
  return Array.from({ length: count }, (_, index) => ({
    id: names[index] ?? `account-${index + 1}`,
    isolation: isolations[index % isolations.length] as string,
  }));
}

export class ChaosConfig {
  readonly folder: string;

  constructor(options: {
    readonly folder: string;
    readonly accounts: readonly ChaosAccount[];
    readonly symbol: string;
    /** A file of bars, or `generator`. */
    readonly source: string;
    readonly seed: number;
    readonly inference: 'thread' | 'process';
    readonly barsPerSecond: number;
  }) {
    const { folder, accounts, symbol, source, seed } = options;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    const terminalOf = ({ id }: ChaosAccount) => `at-${id}`;
    this.#write('accounts.json', {
      accounts: Object.fromEntries(
        accounts.map((account, index) => [
          account.id,
          {
            ...{ broker_id: 'chaos', terminal_key: terminalOf(account), account_type: 'standard' },
            ...{ currency_multiplier: 1, risk_pct: 0.3, max_lot: 5 },
            state_file: `${account.id}.db`,
            isolation: account.isolation,
            // One of them is stopped by its guards now and then.
            ...(index % 3 === 1 && { overrides: { max_daily_loss_pct: 3 } }),
          },
        ]),
      ),
    });
    this.#write(
      'terminals.json',
      Object.fromEntries(
        accounts.map((account, index) => [
          terminalOf(account),
          {
            kind: 'simulator',
            symbols: { [symbol]: symbol },
            simulator: {
              ...{ source, seed, balance: 10_000, currency: 'USD', leverage: 500 },
              slippage_points: index % 2 === 0 ? 0 : 50,
              commission_per_lot: index % 3 === 0 ? 3.5 : 0,
            },
          },
        ]),
      ),
    );
    this.#write('config.json', {
      // At these thresholds most bars are signals, and with these stops most trades are short: what happens meets trades.
      ...{ min_confidence: 0.34, min_prob_gap: 0, max_daily_loss_pct: 90 },
      circuit_breaker: { enabled: false },
      risk_management: { min_atr_threshold: 0 },
      dynamic_sltp: { sl_atr_multiplier: 0.8, tp_atr_multiplier: 0.8 },
      signal_sources: { [symbol]: accounts.map(terminalOf) },
      inference_isolation: options.inference,
      speed: options.barsPerSecond * 15,
    });
    this.#write('ml_config.json', { features: { round_step: { [symbol]: roundStepOf(symbol) } } });
  }

  /** Sets a key of config.json that takes effect at once. False: it has this value already. */
  change(key: string, value: unknown): boolean {
    const content = JSON.parse(this.#read('config.json')) as Json;
    if (content[key] === value) return false;
    this.#write('config.json', { ...content, [key]: value });
    return true;
  }

  /** Takes an account out of the run, or into it again. */
  enable(account: string, isEnabled: boolean): void {
    const { accounts } = JSON.parse(this.#read('accounts.json')) as {
      accounts: Record<string, Json>;
    };
    const changed = { ...accounts[account], enabled: isEnabled };
    this.#write('accounts.json', { accounts: { ...accounts, [account]: changed } });
  }

  /** Writes the first half of a file, as an editor that dies does. Returns what it held. */
  halve(file: string): string {
    const before = this.#read(file);
    writeFileSync(join(this.folder, file), before.slice(0, Math.floor(before.length / 2)));
    return before;
  }

  /** Gives a number the wrong type, or a file a key that nobody knows. Returns what it held. */
  confuse(file: string): string {
    const before = this.#read(file);
    const content = JSON.parse(before) as Json;
    const wrong = file === 'config.json' ? { max_lot: 'many' } : { 'no such key!': 1 };
    this.#write(file, { ...content, ...wrong });
    return before;
  }

  restore(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content);
  }

  #read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  #write(file: string, content: Json): void {
    writeFileSync(join(this.folder, file), `${JSON.stringify(content, undefined, 2)}\n`);
  }
}

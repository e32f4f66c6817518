import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = Record<string, unknown>;

/** A copy of the shipped configuration, changed where a scenario needs it. */
export function scenarioConfig(
  folder: string,
  change: {
    readonly trading?: Json;
    readonly terminals?: (terminals: Record<string, Json>) => Record<string, Json>;
    readonly accounts?: (accounts: Record<string, Json>) => Record<string, Json>;
  } = {},
): string {
  cpSync(join(import.meta.dirname, '..', '..', 'config'), folder, { recursive: true });
  edit(folder, 'config.json', (trading) => ({ ...trading, ...change.trading }));
  edit(folder, 'terminals.json', (terminals) =>
    change.terminals ? change.terminals(terminals as Record<string, Json>) : terminals,
  );
  edit(folder, 'accounts.json', ({ accounts }) => ({
    accounts: change.accounts ? change.accounts(accounts as Record<string, Json>) : accounts,
  }));
  return folder;
}

/** At these thresholds most bars are signals: whatever a scenario disturbs, it meets trades. */
export const eager: Json = { min_confidence: 0.34, min_prob_gap: 0, max_daily_loss_pct: 90 };

export function edit(folder: string, file: string, change: (content: Json) => Json): void {
  const path = join(folder, file);
  const content = JSON.parse(readFileSync(path, 'utf8')) as Json;
  writeFileSync(path, JSON.stringify(change(content), undefined, 2));
}

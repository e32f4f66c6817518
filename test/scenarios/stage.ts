/** Engines as processes of their own over a changed copy of the shipped configuration, with a hand on their files. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { type Novosky, novosky } from './process.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

type Json = Record<string, unknown>;

export class ScenarioStage {
  readonly folder: string;
  readonly #running: Novosky[] = [];

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `novosky-${name}-`));
  }

  /** A configuration that trades on most bars. */
  config(name: string, change: Parameters<typeof scenarioConfig>[1] = {}): string {
    const trading = { ...eager, ...change.trading };
    return scenarioConfig(join(this.folder, name), { ...change, trading });
  }

  start(...args: readonly string[]): Novosky {
    const process_ = novosky(args);
    this.#running.push(process_);
    return process_;
  }

  facts(state: string, account: string): readonly AccountFact[] {
    return readJournal<AccountFact>(join(state, `state_${account}.db`));
  }

  async close(): Promise<void> {
    for (const { child } of this.#running) child.kill('SIGKILL');
    await Promise.all(this.#running.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Replaces a file in one step, as an editor or a deployment does. */
export function replaceFile(folder: string, file: string, change: (content: Json) => Json): void {
  const path = join(folder, file);
  const content = change(JSON.parse(readFileSync(path, 'utf8')) as Json);
  writeFileSync(`${path}.new`, JSON.stringify(content, undefined, 2));
  renameSync(`${path}.new`, path);
}

/** Positions that the journal knows to be open. */
export function openPositions(facts: readonly AccountFact[]): number {
  const opened = facts.filter(({ type }) => type === 'position-opened').length;
  return opened - facts.filter(({ type }) => type === 'position-closed').length;
}

/** What was recorded once entries were told to stop; undefined before that. */
export function sinceEntriesStopped(
  facts: readonly AccountFact[],
): readonly AccountFact[] | undefined {
  const at = facts.findLastIndex(
    (fact) => fact.type === 'policy-changed' && fact.policy.entriesStopped !== undefined,
  );
  return at === -1 ? undefined : facts.slice(at + 1);
}

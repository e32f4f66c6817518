/** The doctor on the journals: whole, foldable, nobody else's, and nothing in them that waits for a person. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountFact } from '../../account/account-fact.ts';
import { type AccountState, initialState } from '../../account/account-state.ts';
import type { AccountConfig, Config } from '../../config/config.ts';
import { accountId } from '../../domain/units.ts';
import { fleetOrderFiles } from '../../engine/fleet-orders.ts';
import { quarantineFiles } from '../../engine/quarantine.ts';
import { openJournalReader } from '../../journal/sqlite/journal-reader.ts';
import { openDatabase } from '../../sqlite/sqlite.ts';
import { folded, JournalFoldError } from '../../trade-log/decision-replay.ts';
import { type LockHolder, lockHolder } from '../lock-holder.ts';
import { isJournalTrouble, journalPath } from '../query/journal-query.ts';
import { about, type DoctorFinding, fail, pass, warn } from './doctor-finding.ts';

export function engineFinding(stateFolder: string): {
  readonly finding: DoctorFinding;
  readonly isRunning: boolean;
} {
  const holder = lockHolder(join(stateFolder, 'engine.lock'));
  const found = holder === undefined ? 'none runs on this state folder' : `runs: ${nameOf(holder)}`;
  return { finding: about('host')('engine', pass(found)), isRunning: holder !== undefined };
}

function nameOf({ pid, command }: LockHolder): string {
  if (pid === undefined) return 'a process that this system does not name';
  return command === undefined ? `process ${pid}` : `process ${pid} (${command.slice(0, 80)})`;
}

/** What was said to the whole fleet holds for every account, through restarts. */
export function fleetOrderFinding(stateFolder: string): DoctorFinding {
  const area = about('fleet');
  const order = fleetOrderFiles.read(stateFolder);
  if (order === undefined) return area('state', pass('nothing was said to the whole fleet'));
  const { state, isKill, by, at } = order;
  const found = `${isKill ? 'killed' : state} by ${by}, ${new Date(at).toISOString()}`;
  const command = state === 'halted' ? 'revive' : 'resume';
  return area('state', warn(found, `when you know why: novosky ctl ${command} --fleet`));
}

export function accountFindings(
  config: Config,
  stateFolder: string,
  isEngineRunning: boolean,
): readonly DoctorFinding[] {
  return Object.values(config.accounts)
    .filter(({ isEnabled }) => isEnabled)
    .flatMap((account) => [
      ...lockFindings(account, stateFolder, isEngineRunning),
      ...quarantineFindings(account, stateFolder),
      ...journalFindings(account, stateFolder),
    ]);
}

/** While an engine runs, its accounts hold their locks; without one nobody may. */
function lockFindings(
  { id }: AccountConfig,
  stateFolder: string,
  isEngineRunning: boolean,
): readonly DoctorFinding[] {
  const holder = lockHolder(join(stateFolder, `${id}.lock`));
  if (holder === undefined || isEngineRunning) return [];
  const next = 'wait until it has ended, or end it: the account cannot be started twice';
  return [about(id)('lock', fail(`held by ${nameOf(holder)}, and no engine runs`, next))];
}

function quarantineFindings(account: AccountConfig, stateFolder: string): readonly DoctorFinding[] {
  const quarantine = quarantineFiles.read(journalPath(account, stateFolder));
  if (quarantine === undefined) return [];
  const since = new Date(quarantine.at).toISOString();
  const next = `find out why, then: novosky accounts revive ${account.id}`;
  return [about(account.id)('quarantine', fail(`since ${since}: ${quarantine.reason}`, next))];
}

function journalFindings(account: AccountConfig, stateFolder: string): readonly DoctorFinding[] {
  const area = about(account.id);
  const path = journalPath(account, stateFolder);
  try {
    const recovery = foldedState(account, path);
    if (recovery === undefined) return [area('journal', pass('not begun yet'))];
    const { state, facts } = recovery;
    const megabytes = (statSync(path).size / 2 ** 20).toFixed(1);
    const damage = quickCheck(path);
    const whole =
      damage === undefined
        ? pass(`whole, ${facts} facts, ${megabytes} MB`)
        : fail(damage, 'stop the engine and restore the newest backup of the state folder');
    return [area('journal', whole), ...stateFindings(account, state)];
  } catch (error) {
    if (!isJournalTrouble(error) && !(error instanceof JournalFoldError)) throw error;
    return [area('journal', fail(error.message, 'restore the newest backup of the state folder'))];
  }
}

/** What the engine's recovery would come to; undefined before the first start. */
function foldedState(
  { id }: AccountConfig,
  path: string,
): { readonly state: AccountState; readonly facts: number } | undefined {
  const reader = openJournalReader<AccountFact>(path);
  if (reader === undefined) return undefined;
  try {
    let state = initialState(accountId(id));
    let facts = 0;
    for (const { fact, sequence } of reader.facts()) {
      state = folded(state, fact, sequence);
      facts += 1;
    }
    return { state, facts };
  } finally {
    reader.close();
  }
}

/** SQLite's own look at every page; undefined when it finds nothing. */
function quickCheck(path: string): string | undefined {
  const database = openDatabase(path, { synchronous: 'NORMAL', isReadonly: true });
  try {
    const found = database.pragma('quick_check(5)', { simple: true });
    return found === 'ok' ? undefined : String(found);
  } finally {
    database.close();
  }
}

function stateFindings({ id }: AccountConfig, state: AccountState): readonly DoctorFinding[] {
  const area = about(id);
  const { trading, tripped, orders, positions } = state;
  const naked = Object.values(positions).filter(({ stopLoss }) => stopLoss === undefined);
  const latched = Object.values(tripped).map(({ limit }) => limit);
  const waiting = Object.keys(orders);
  return [
    trading.state === 'active'
      ? area('state', pass('active'))
      : area('state', warn(`${trading.state}: ${trading.reason}`, wayBack(id, trading.state))),
    ...(latched.length === 0
      ? []
      : [area('guards', warn(`latched: ${latched.join(', ')}`, 'entries wait until they clear'))]),
    ...(waiting.length === 0
      ? []
      : [
          area(
            'orders',
            warn(
              `outcome unknown: ${waiting.join(', ')}`,
              'start the engine, which asks the broker',
            ),
          ),
        ]),
    naked.length === 0
      ? area('stops', pass(`${Object.keys(positions).length} open positions, each with its stop`))
      : area(
          'stops',
          fail(
            `without one: ${naked.map(({ ticket }) => ticket).join(', ')}`,
            'start the engine, which protects or closes them, or do it by hand now',
          ),
        ),
  ];
}

function wayBack(id: string, state: AccountState['trading']['state']): string {
  const command = state === 'halted' ? 'revive' : 'resume';
  return `when you know why: novosky ctl ${command} ${id}`;
}

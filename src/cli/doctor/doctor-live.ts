/** The doctor on real money: what `run` asks of a live account before it starts it, and which guards it would trade without. */
import type { AccountConfig } from '../../config/config.ts';
import { planTerminal } from '../../engine/run-plan.ts';
import { AuditFileError, type AuditRecord, readAudit } from '../audit/audit-record.ts';
import { LiveGate, TerminalSilentError } from '../audit/live-gate.ts';
import { journalPath } from '../query/journal-query.ts';
import { about, type DoctorFinding, fail, pass, warn } from './doctor-finding.ts';
import type { TerminalMeans } from './doctor-terminals.ts';

export type LiveMeans = TerminalMeans & {
  /** Addresses and tokens are in the configuration: terminals can be asked. */
  readonly isReachable: boolean;
};

export async function liveFindings(means: LiveMeans): Promise<readonly DoctorFinding[]> {
  const { accounts, terminals } = means.config;
  // Only a real broker is worth an audit.
  const real = Object.values(accounts).filter(
    ({ isEnabled, terminalKey }) => isEnabled && terminals[terminalKey]?.kind === 'mt5',
  );
  const findings = await Promise.all(
    real.map(async (account) => [
      ...(await auditFindings(account, means)),
      ...(account.mode === 'live' ? [guardsOffFinding(account)] : []),
    ]),
  );
  return findings.flat();
}

async function auditFindings(
  account: AccountConfig,
  means: LiveMeans,
): Promise<readonly DoctorFinding[]> {
  const { id, mode } = account;
  const area = about(id);
  const next = `run: novosky audit --account ${id}`;
  const judge = mode === 'live' ? fail : warn;
  try {
    const audit = readAudit(journalPath(account, means.stateFolder));
    if (audit === undefined) return [area('audit', judge('missing: it was never made', next))];
    const found = `${audit.verdict} on ${audit.at.slice(0, 10)}`;
    if (audit.verdict === 'fail') return [area('audit', fail(found, next))];
    const made = area('audit', audit.verdict === 'warn' ? warn(found, next) : pass(found));
    const consent = mode === 'live' ? [consentFinding(account, audit, means)] : [];
    return [made, ...(await matchFindings(account, means)), ...consent];
  } catch (error) {
    if (!(error instanceof AuditFileError)) throw error;
    return [area('audit', fail(error.message, next))];
  }
}

/** By the same question as `run` asks before it starts a live account. */
async function matchFindings(
  account: AccountConfig,
  { config, stateFolder, clock, isReachable }: LiveMeans,
): Promise<readonly DoctorFinding[]> {
  const { id, mode, terminalKey } = account;
  const terminal = config.terminals[terminalKey];
  if (!isReachable || terminal === undefined) return [];
  const check = 'audit matches';
  const judge = mode === 'live' ? fail : warn;
  const { connection } = planTerminal(terminal, 0, { config, stateFolder, modelsFolder: '' });
  try {
    const means = { connection, magic: config.magic, clock };
    const differences = await gateOf(stateFolder).differences(account, means);
    if (differences.length === 0) return [about(id)(check, pass('the broker is as audited'))];
    const next = `run: novosky audit --account ${id}`;
    return [about(id)(check, judge(`no longer: ${differences.join(', ')}`, next))];
  } catch (error) {
    if (!(error instanceof TerminalSilentError)) throw error;
    const next = `look again when ${terminalKey} answers`;
    return [about(id)(check, judge('nobody can say: its terminal does not answer', next))];
  }
}

/** Nobody says here that it is meant: what was said before counts. */
function gateOf(stateFolder: string): LiveGate {
  return new LiveGate({ stateFolder, isUnderstood: false, now: () => 0 });
}

function consentFinding(
  account: AccountConfig,
  { subject: { login } }: AuditRecord,
  { stateFolder }: TerminalMeans,
): DoctorFinding {
  const area = about(account.id);
  const who = `login ${login} at ${account.brokerId}`;
  if (gateOf(stateFolder).whyNot(account) === undefined)
    return area('consent', pass(`a person said that ${who} trades real money`));
  return area(
    'consent',
    warn(
      `nobody has said yet that ${who} is to trade real money: run refuses it`,
      'watch it with "mode": "dry" first, and say novosky run --i-understand once when you mean it',
    ),
  );
}

/** Guards that no loss, gap or burst of orders would ever meet. */
function guardsOffFinding(account: AccountConfig): DoctorFinding {
  const area = about(account.id);
  const off = keysOff(account);
  if (off.length === 0) return area('guards set', pass('every limit of a live account is set'));
  const next = `set them in config.json, or in "overrides" of ${account.id}: docs/configuration.md says what each does`;
  return area('guards set', warn(`off: ${off.join(', ')}`, next));
}

function keysOff({ guards, maxDailyLossPct, circuitBreaker }: AccountConfig): readonly string[] {
  const isOff: Readonly<Record<string, boolean>> = {
    max_daily_loss_pct: maxDailyLossPct === 0,
    'circuit_breaker.enabled': !circuitBreaker.isEnabled,
    hard_halt_pct: guards.hardHaltPct === 0,
    max_weekly_drawdown_pct: guards.maxWeeklyDrawdownPct === 0,
    'max_spread_points or max_spread_atr':
      guards.maxSpreadPoints === 0 && guards.maxSpreadAtr === 0,
    max_bar_age_minutes: guards.maxBarAgeMinutes === 0,
    max_model_age_days: guards.maxModelAgeDays === 0,
    'order_rate.max_orders': guards.orderRate === undefined,
    news_block_minutes: guards.news === undefined,
  };
  return Object.keys(isOff).filter((key) => isOff[key]);
}

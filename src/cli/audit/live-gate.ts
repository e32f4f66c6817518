/** Real money: only after an audit that did not fail and still holds, and only after a person said once that it is meant. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { AccountConfig } from '../../config/config.ts';
import { journalPath } from '../query/journal-query.ts';
import { type AuditMeans, auditSubject } from './audit-account.ts';
import { type AuditRecord, auditDifferences, readAudit } from './audit-record.ts';

/** Who is meant to trade real money, said once by `--i-understand`. */
const Consent = z.object({ at: z.iso.datetime(), brokerId: z.string(), login: z.number() });

/** Nobody knows whether it may trade: that is no mistake of the configuration, and may pass. */
export class TerminalSilentError extends Error {
  override readonly name = 'TerminalSilentError';
}

export type LiveGateOptions = {
  readonly stateFolder: string;
  /** A person says so now, for all accounts of this run. */
  readonly isUnderstood: boolean;
  /** In milliseconds since 1970: when it is recorded. */
  readonly now: () => number;
};

export class LiveGate {
  readonly #options: LiveGateOptions;

  constructor(options: LiveGateOptions) {
    this.#options = options;
  }

  /**
   * Why an account may not trade real money, with the next step, by what is on disk; undefined: it may, or it does not
   * want to.
   */
  whyNot(account: AccountConfig): string | undefined {
    if (account.mode !== 'live') return undefined;
    const { id } = account;
    let audit: AuditRecord | undefined;
    try {
      audit = readAudit(this.#journalOf(account));
    } catch (error) {
      return `${id} is live: ${(error as Error).message}; run: novosky audit --account ${id}`;
    }
    if (audit === undefined) {
      return `${id} is live and its broker was never audited: run novosky audit --account ${id}`;
    }
    if (audit.verdict === 'fail') {
      return `${id} is live and its audit of ${audit.at} failed: run novosky audit --account ${id}, and mend what it names`;
    }
    if (this.#options.isUnderstood || this.#isConsentedTo(account, audit)) return undefined;
    return `${id} would trade real money (login ${audit.subject.login} at ${account.brokerId}): watch it with "mode": "dry" first, and say novosky run --i-understand once when you mean it`;
  }

  /**
   * The same, and whether the audit still matches what the terminal says.
   *
   * @throws TerminalSilentError where it says nothing
   */
  async whyNotNow(account: AccountConfig, means: AuditMeans): Promise<string | undefined> {
    const why = this.whyNot(account);
    if (why !== undefined || account.mode !== 'live') return why;
    const { id } = account;
    const differences = await this.differences(account, means);
    if (differences.length === 0) return undefined;
    return `${id} is live and its broker is not as it was audited (${differences.join(', ')}): run novosky audit --account ${id}`;
  }

  /**
   * What of the broker is not as it was audited, in words; nothing = the audit still holds.
   *
   * @throws TerminalSilentError where the terminal says nothing
   */
  async differences(account: AccountConfig, means: AuditMeans): Promise<readonly string[]> {
    const { id } = account;
    const audit = readAudit(this.#journalOf(account));
    const now = await auditSubject(account, means).catch((cause: Error) => {
      throw new TerminalSilentError(
        `${id} is ${account.mode} and its terminal does not say whether its audit still holds: ${cause.message}; start again when ${means.connection.key} answers`,
        { cause },
      );
    });
    return audit === undefined ? ['no audit'] : auditDifferences(audit, now);
  }

  /** It trades: that it is meant needs not be said again for this login. */
  record(account: AccountConfig): void {
    if (account.mode !== 'live') return;
    const audit = readAudit(this.#journalOf(account));
    if (audit === undefined || this.#isConsentedTo(account, audit)) return;
    const path = consentPath(this.#journalOf(account));
    const at = new Date(this.#options.now()).toISOString();
    const consent = { at, brokerId: account.brokerId, login: audit.subject.login };
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, `${JSON.stringify(consent, undefined, 2)}\n`);
    renameSync(`${path}.new`, path);
  }

  #isConsentedTo(account: AccountConfig, { subject }: AuditRecord): boolean {
    const consent = readConsent(consentPath(this.#journalOf(account)));
    return consent?.brokerId === account.brokerId && consent.login === subject.login;
  }

  #journalOf(account: AccountConfig): string {
    return journalPath(account, this.#options.stateFolder);
  }
}

export function consentPath(journalPathOfAccount: string): string {
  return `${journalPathOfAccount}.live.json`;
}

/** What cannot be read is no consent. */
function readConsent(path: string): z.infer<typeof Consent> | undefined {
  try {
    return Consent.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined; // said again by --i-understand
  }
}

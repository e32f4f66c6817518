/** The last audit of an account, kept beside its journal, with what it depends on: live mode asks whether it still holds. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const SymbolSubject = z.object({
  symbol: z.string(),
  brokerSymbol: z.string(),
  digits: z.number(),
  tickSize: z.number(),
  contractSize: z.number(),
  volumeStep: z.number(),
  volumeMin: z.number(),
  volumeMax: z.number(),
  stopsLevelPoints: z.number(),
  freezeLevelPoints: z.number(),
});

const Subject = z.object({
  brokerId: z.string(),
  login: z.number(),
  currency: z.string(),
  currencyMultiplier: z.number(),
  accountType: z.string(),
  leverage: z.number(),
  isHedging: z.boolean(),
  symbols: z.array(SymbolSubject),
});

/** What an audit was about: another login, currency or contract is another account. */
export type AuditSubject = z.infer<typeof Subject>;

const Row = z.object({
  check: z.string(),
  symbol: z.string().optional(),
  verdict: z.enum(['pass', 'warn', 'fail']),
  observed: z.string(),
  reference: z.string(),
  next: z.string().optional(),
});

const Content = z.object({
  account: z.string(),
  at: z.iso.datetime(),
  verdict: z.enum(['pass', 'warn', 'fail']),
  /** Of `subject`. */
  hash: z.string(),
  subject: Subject,
  /** By symbol, in the account's currency: they move with exchange rates, so they are no part of the hash. */
  tickValues: z.record(z.string(), z.number()),
  rows: z.array(Row),
});

export type AuditRecord = z.infer<typeof Content>;

export class AuditFileError extends Error {
  override readonly name = 'AuditFileError';
}

export function auditPath(journalPath: string): string {
  return `${journalPath}.audit.json`;
}

export function subjectHash(subject: AuditSubject): string {
  return createHash('sha256').update(JSON.stringify(subject)).digest('hex').slice(0, 16);
}

/** Undefined: it was never audited. @throws AuditFileError for a file that this program did not write */
export function readAudit(journalPath: string): AuditRecord | undefined {
  const path = auditPath(journalPath);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AuditFileError(`${path} cannot be read`, { cause });
  }
  try {
    const record = Content.parse(JSON.parse(text));
    if (subjectHash(record.subject) === record.hash) return record;
  } catch (cause) {
    throw new AuditFileError(`${path} is no audit`, { cause });
  }
  throw new AuditFileError(`${path} was changed by hand`);
}

export function writeAudit(journalPath: string, record: AuditRecord): void {
  const path = auditPath(journalPath);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** Exchange rates move tick values by some per cent in a year; a factor is another contract. */
const tickValueMoves = 0.2;

/** What is not as it was when the audit was made, in words; nothing = it still holds. */
export function auditDifferences(
  record: Pick<AuditRecord, 'subject' | 'tickValues'>,
  now: Pick<AuditRecord, 'subject' | 'tickValues'>,
): readonly string[] {
  const { symbols: formerSymbols, ...former } = record.subject;
  const { symbols, ...present } = now.subject;
  const known = new Map(formerSymbols.map((each) => [each.symbol, each]));
  return [
    ...changesOf('', former, present),
    ...symbols.flatMap((each) => {
      const audited = known.get(each.symbol);
      if (audited === undefined) return [`${each.symbol} was not audited`];
      return changesOf(`${each.symbol} `, audited, each);
    }),
    ...symbols.flatMap(({ symbol }) => {
      const [was = 0, is = 0] = [record.tickValues[symbol], now.tickValues[symbol]];
      const isNear = Math.abs(is - was) <= tickValueMoves * was;
      return isNear ? [] : [`${symbol} tickValue ${was} -> ${is}`];
    }),
  ];
}

type Values = Readonly<Record<string, string | number | boolean>>;

function changesOf(prefix: string, before: Values, after: Values): readonly string[] {
  return Object.entries(after)
    .filter(([key, value]) => before[key] !== value)
    .map(([key, value]) => `${prefix}${key} ${before[key]} -> ${value}`);
}

/** Asks an account's terminal everything that an audit is about, and judges it. Nothing is sent there but reads. */
import type { AccountConfig } from '../../config/config.ts';
import type { AccountView } from '../../domain/account.ts';
import { type Bar, timeframeMs } from '../../domain/bar.ts';
import type { AccountTerms } from '../../domain/broker-terms.ts';
import { fraction } from '../../domain/units.ts';
import { type AuditRow, verdictOf } from '../../risk/audit-row.ts';
import { auditBroker } from '../../risk/broker-audit.ts';
import type { AuditedSymbol } from '../../risk/symbol-audit.ts';
import type { Clock } from '../../runtime/clock.ts';
import { within } from '../../runtime/deadline.ts';
import { connectTerminal, connectTerms } from '../../threads/terminal-connection.ts';
import type { TerminalConnection } from '../../threads/thread-data.ts';
import { type AuditRecord, type AuditSubject, subjectHash } from './audit-record.ts';

/** All reads together. */
const answerWithinMs = 30_000;

export type AuditMeans = {
  readonly connection: TerminalConnection;
  readonly magic: number;
  readonly clock: Clock;
};

type Observation = {
  readonly view: AccountView;
  readonly terms: AccountTerms;
  readonly symbols: readonly AuditedSymbol[];
};

/** Rejects as the terminal's ports do where it cannot be read. */
export async function auditAccount(
  account: AccountConfig,
  means: AuditMeans,
): Promise<AuditRecord> {
  const { clock, connection } = means;
  const seen = await observe(account, means);
  const [first] = seen.symbols;
  const isRealTime = connection.nature === 'real';
  const rows = auditBroker({
    ...seen,
    mode: account.mode,
    accountType: account.accountType,
    currencyMultiplier: account.currencyMultiplier,
    ...(account.riskProfile !== undefined && { riskProfile: account.riskProfile }),
    sizing: {
      risk: fraction(account.riskPct / 100),
      riskMax: fraction(account.maxRiskPerTradePct / 100),
      lotsMin: account.minLot,
      lotsMax: account.maxLot,
    },
    ...(isRealTime && first && { clockDriftMs: first.terms.tickServerMs - clock.now() }),
  });
  return recordOf(account, { seen, rows, at: clock.now() });
}

/** What an audit of this account would be about now. */
export async function auditSubject(
  account: AccountConfig,
  { connection, magic, clock }: AuditMeans,
): Promise<Pick<AuditRecord, 'subject' | 'tickValues'>> {
  const broker = connectTerminal(connection, { clock, magic, deviationPoints: 0 });
  return within(answerWithinMs, clock, undefined, async (signal) => {
    const view = await broker.account(signal);
    const instruments = [];
    for (const symbol of account.symbols) instruments.push(await broker.instrument(symbol, signal));
    return subjectOf(account, view, instruments);
  });
}

function observe(account: AccountConfig, means: AuditMeans): Promise<Observation> {
  const { connection, magic, clock } = means;
  const options = { clock, magic, deviationPoints: 0 };
  // Nothing here needs UTC, and a market that is shut would not tell its clock.
  const broker = connectTerminal({ ...connection, nature: 'external' }, options);
  const port = connectTerms(connection, options);
  return within(answerWithinMs, clock, undefined, async (signal) => {
    const view = await broker.account(signal);
    const terms = await port.accountTerms(signal);
    const symbols: AuditedSymbol[] = [];
    for (const symbol of account.symbols) {
      const instrument = await broker.instrument(symbol, signal);
      const symbolTerms = await port.symbolTerms(symbol, signal);
      const request = { symbol, timeframe: 'M15', count: barsRead } as const;
      const bars = await broker.recentBars(request, signal).catch(() => []);
      const range = meanRange(bars) ?? symbolTerms.ask * rangeAssumed;
      const stopDistance = range * account.dynamicSltp.slAtrMultiplier;
      symbols.push({ instrument, terms: symbolTerms, stopDistance });
    }
    return { view, terms, symbols };
  });
}

const barsRead = 96;
/** Of the price, where no bars can be read. */
const rangeAssumed = 0.003;

/** Mean true range, the scale on which stops are laid. */
function meanRange(bars: readonly Bar[]): number | undefined {
  const ranges = bars.slice(1).map(({ high, low, openTime }, index) => {
    const before = bars[index];
    const isNext = before !== undefined && openTime - before.openTime === timeframeMs.M15;
    const close = isNext ? before.close : low;
    return Math.max(high, close) - Math.min(low, close);
  });
  const sum = ranges.reduce((total, range) => total + range, 0);
  return sum > 0 ? sum / ranges.length : undefined;
}

function recordOf(
  account: AccountConfig,
  audit: { readonly seen: Observation; readonly rows: readonly AuditRow[]; readonly at: number },
): AuditRecord {
  const { seen, rows, at } = audit;
  const instruments = seen.symbols.map(({ instrument }) => instrument);
  const about = subjectOf(account, seen.view, instruments);
  return {
    account: account.id,
    at: new Date(at).toISOString(),
    verdict: verdictOf(rows),
    hash: subjectHash(about.subject),
    ...about,
    rows: [...rows],
  };
}

function subjectOf(
  { brokerId, accountType, currencyMultiplier }: AccountConfig,
  { login, currency, leverage, isHedging }: AccountView,
  instruments: readonly AuditedSymbol['instrument'][],
): { readonly subject: AuditSubject; readonly tickValues: Record<string, number> } {
  return {
    subject: {
      ...{ brokerId, login, currency, currencyMultiplier, accountType, leverage, isHedging },
      symbols: instruments.map((each) => ({
        symbol: each.symbol,
        brokerSymbol: each.brokerSymbol,
        digits: each.digits,
        tickSize: each.tickSize,
        contractSize: each.contractSize,
        volumeStep: each.volumeStep,
        volumeMin: each.volumeMin,
        volumeMax: each.volumeMax,
        stopsLevelPoints: each.stopsLevelPoints,
        freezeLevelPoints: each.freezeLevelPoints ?? 0,
      })),
    },
    tickValues: Object.fromEntries(instruments.map((each) => [each.symbol, each.tickValue])),
  };
}

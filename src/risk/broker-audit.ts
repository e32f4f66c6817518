import type { AccountView } from '../domain/account.ts';
import type { AccountTerms } from '../domain/broker-terms.ts';
import { type AuditRow, type Finding, failed, figure, passed, warned } from './audit-row.ts';
import { type AuditedSizing, type AuditedSymbol, auditSymbol } from './symbol-audit.ts';

/** An account, what its configuration takes for granted, and what its broker says. */
export type AuditedAccount = {
  readonly mode: 'paper' | 'live' | 'dry';
  readonly accountType: 'cent' | 'standard';
  readonly currencyMultiplier: number;
  /** 1 to 5; undefined: none. */
  readonly riskProfile?: number;
  readonly sizing: AuditedSizing;
  readonly view: AccountView;
  readonly terms: AccountTerms;
  /** The server's clock minus ours by the newest tick; undefined where the terminal's time is its own market's. */
  readonly clockDriftMs?: number;
  readonly symbols: readonly AuditedSymbol[];
};

/** Everything about a broker that an account's money depends on. Pure: the same observation gives the same rows. */
export function auditBroker(audited: AuditedAccount): readonly AuditRow[] {
  const { view, accountType, sizing } = audited;
  const isCent = accountType === 'cent';
  return [
    ...accountChecks.map(([check, look]) => ({ check, ...look(audited) })),
    ...audited.symbols.flatMap((each) => auditSymbol({ ...each, view, isCent, sizing })),
  ];
}

const accountChecks: readonly (readonly [string, (audited: AuditedAccount) => Finding])[] = [
  ['trading allowed', tradingAllowed],
  ['account kind', accountKind],
  ['currency', currency],
  ['equity', equity],
  ['leverage', leverage],
  ['position mode', positionMode],
  ['server time', serverTime],
];

function tradingAllowed({ view }: AuditedAccount): Finding {
  if (view.isTradeAllowed) return passed('yes', 'yes');
  const next =
    'switch on algorithmic trading in the terminal, and log in with the trading password';
  return failed('no', 'yes', next);
}

function accountKind({ mode, terms: { kind, server } }: AuditedAccount): Finding {
  const observed = `${kind}${server === undefined ? '' : ` at ${server}`}`;
  if (mode !== 'live') return passed(observed, `any: mode is ${mode}`);
  if (kind === 'real') return passed(observed, 'real');
  return warned(observed, 'real', 'mode is live, and this is no real money');
}

const centCurrencies: readonly string[] = ['USC', 'EUC', 'GBC'];
const multipliers: Readonly<Record<string, number>> = { USD: 1, USC: 0.01 };

function currency({ view, accountType, currencyMultiplier }: AuditedAccount): Finding {
  const observed = `${view.currency}, ${accountType}, x ${figure(currencyMultiplier)}`;
  const wanted = multipliers[view.currency];
  const isCentCurrency = centCurrencies.includes(view.currency);
  if (isCentCurrency !== (accountType === 'cent')) {
    const next = 'correct account_type and currency_multiplier in accounts.json';
    return failed(observed, isCentCurrency ? 'cent' : 'standard', next);
  }
  if (wanted === undefined) {
    return warned(
      observed,
      'USD or USC',
      'fleet totals use the multiplier as it is: keep it current',
    );
  }
  if (wanted === currencyMultiplier) return passed(observed, `x ${wanted}`);
  return failed(observed, `x ${wanted}`, 'correct currency_multiplier in accounts.json');
}

/** Of the most careful profile, in the fleet's currency. */
const leastBalance = 500;

function equity({ view, riskProfile, currencyMultiplier }: AuditedAccount): Finding {
  const observed = `${figure(view.equity)} ${view.currency}, free ${figure(view.freeMargin)}`;
  if (!(view.equity > 0)) return failed(observed, 'more than 0', 'deposit first');
  if (riskProfile !== 1) return passed(observed, 'more than 0');
  const reference = `at least ${leastBalance} in the fleet's currency, for risk_profile 1`;
  if (view.equity * currencyMultiplier >= leastBalance) return passed(observed, reference);
  return warned(observed, reference, 'the smallest lots are large for it');
}

function leverage({ view }: AuditedAccount): Finding {
  const observed = `1:${view.leverage}`;
  const reference = '1:100 or more; 200 and 500 were seen';
  if (view.leverage >= 100) return passed(observed, reference);
  return warned(observed, reference, 'orders may be capped by half of the free margin');
}

function positionMode({ view }: AuditedAccount): Finding {
  if (view.isHedging) return passed('hedging', 'hedging');
  const next = 'let nobody else trade the symbols of this account: positions of one symbol are one';
  return warned('netting', 'hedging', next);
}

const quarterMs = 900_000;
const skewMaxMs = 120_000;
/** No broker is further from UTC. */
const offsetMaxMs = 14 * 3_600_000;

/** Whole quarters of an hour are an offset, which the engine measures; what is left is a wrong clock, or no market. */
function serverTime({ clockDriftMs: drift }: AuditedAccount): Finding {
  const reference = 'UTC, within 2 min';
  if (drift === undefined) return passed('market time of a simulator', reference);
  const offsetMs = Math.round(drift / quarterMs) * quarterMs;
  const observed = `${figure(drift / 1_000)} s off UTC`;
  if (Math.abs(offsetMs) > offsetMaxMs || Math.abs(drift - offsetMs) > skewMaxMs) {
    const next =
      'no tick came just now: repeat the audit while the market trades, else set the clock of the host';
    return warned(observed, reference, next);
  }
  if (offsetMs === 0) return passed(observed, reference);
  const next = `the engine corrects ${figure(offsetMs / 3_600_000)} h; better set it as utc_offset of the terminal's server`;
  return warned(observed, reference, next);
}

import type { AccountView } from '../domain/account.ts';
import type { SymbolTerms } from '../domain/broker-terms.ts';
import { type Instrument, lots, valuePerLot } from '../domain/instrument.ts';
import { type Fraction, price, steps } from '../domain/units.ts';
import { type AuditRow, type Finding, failed, figure, passed, warned } from './audit-row.ts';
import { type SizingPlan, sizeEntry } from './sizing.ts';

/** How the account means to size its orders. */
export type AuditedSizing = {
  readonly risk: Fraction;
  readonly riskMax: Fraction;
  readonly lotsMin: number;
  readonly lotsMax: number;
};

export type AuditedSymbol = {
  readonly instrument: Instrument;
  readonly terms: SymbolTerms;
  /** From an entry to its stop, in price units, as the account would lay it now. */
  readonly stopDistance: number;
};

export type SymbolAudit = AuditedSymbol & {
  readonly view: AccountView;
  readonly isCent: boolean;
  readonly sizing: AuditedSizing;
};

/** All checks of one symbol, in the order in which a person would make them. */
export function auditSymbol(audited: SymbolAudit): readonly AuditRow[] {
  const { symbol } = audited.instrument;
  return checks.map(([check, look]) => ({ check, symbol, ...look(audited) }));
}

const checks: readonly (readonly [string, (audited: SymbolAudit) => Finding])[] = [
  ['trade mode', tradeMode],
  ['value per lot', valueOfLot],
  ['point', pointAndDigits],
  ['smallest lot', smallestLot],
  ['lot step', lotStep],
  ['largest lot', largestLot],
  ['stops level', stopsLevel],
  ['freeze level', freezeLevel],
  ['spread', spread],
  ['swap', swap],
  ['margin of the smallest lot', smallestMargin],
  ['sized order', sizedOrder],
];

const tradeModes: Readonly<Record<number, string>> = {
  0: 'disabled',
  1: 'long only',
  2: 'short only',
  3: 'close only',
  4: 'full',
};

function tradeMode({ terms }: SymbolAudit): Finding {
  const observed = tradeModes[terms.tradeMode] ?? `mode ${terms.tradeMode}`;
  if (terms.tradeMode === 4) return passed(observed, 'full');
  return failed(
    observed,
    'full',
    'the broker lets nothing be opened here: ask it, or use another symbol',
  );
}

/**
 * Where amounts are in the currency that the symbol is quoted in, a lot moves by its contract size per price unit, by a
 * hundred times as much in cents. What is off by a factor would be sized wrong by that factor.
 */
function valueOfLot({ instrument, terms, view, isCent }: SymbolAudit): Finding {
  const { contractSize, tickSize, tickValue } = instrument;
  const value = valuePerLot(instrument);
  const observed = `${figure(value)} ${view.currency} per lot and price unit (${figure(tickValue)} per tick of ${figure(tickSize)})`;
  const { currencyProfit } = terms;
  const ratio = value / contractSize;
  const wanted = isCent ? 100 : 1;
  const reference = `${figure(contractSize * wanted)}: contract of ${figure(contractSize)}${isCent ? ' x 100 cents' : ''}`;
  if (near(ratio, wanted)) return passed(observed, reference);
  const isConverted = currencyProfit !== undefined && !isSameMoney(currencyProfit, view.currency);
  if (isConverted) {
    return warned(
      observed,
      reference,
      `profits are converted from ${currencyProfit}: compare with a trade of the smallest lot`,
    );
  }
  if (isCent && near(ratio, 1)) {
    return warned(
      observed,
      reference,
      'the contract is one of cents: compare with a trade of the smallest lot',
    );
  }
  return failed(
    observed,
    reference,
    `sizes would be wrong ${figure(Math.max(ratio / wanted, wanted / ratio))} times: ask the broker for the tick value`,
  );
}

const near = (value: number, wanted: number) => Math.abs(value / wanted - 1) < 0.02;

/** USC counts hundredths of USD. */
function isSameMoney(quoted: string, account: string): boolean {
  return quoted === account || quoted.slice(0, 2) === account.slice(0, 2);
}

/** No blocker in whatever form: sizes come from the tick value alone. */
function pointAndDigits({ instrument: { point, digits } }: SymbolAudit): Finding {
  const observed = `${figure(point)}, ${digits} digits`;
  if (near(point, 10 ** -digits)) return passed(observed, figure(10 ** -digits));
  return warned(
    observed,
    figure(10 ** -digits),
    'spreads and stops levels count points: look at them twice',
  );
}

function smallestLot(audited: SymbolAudit): Finding {
  const { instrument, view, sizing, stopDistance } = audited;
  const smallest = Math.max(lots(instrument, instrument.volumeMin), sizing.lotsMin);
  const cost = smallest * valuePerLot(instrument) * stopDistance;
  const allowed = view.equity * sizing.riskMax;
  const observed = `${figure(smallest)} lots, ${figure(cost)} ${view.currency} at a stop of ${figure(stopDistance)}`;
  const reference = `0.01 lots, at most ${figure(allowed)} ${view.currency}`;
  if (cost > allowed) {
    return failed(
      observed,
      reference,
      'every entry would be denied by risk-max: more equity, or a symbol with smaller lots',
    );
  }
  if (smallest <= 0.01) return passed(observed, reference);
  return warned(observed, reference, 'sizes are coarse on a small account');
}

function lotStep({ instrument: { volumeStep } }: SymbolAudit): Finding {
  if (volumeStep <= 0.01) return passed(figure(volumeStep), '0.01');
  return warned(
    figure(volumeStep),
    '0.01',
    'sizes are rounded down to it: less is risked than configured',
  );
}

function largestLot({ instrument, sizing }: SymbolAudit): Finding {
  const largest = lots(instrument, instrument.volumeMax);
  const observed = `${figure(largest)} lots`;
  const reference = `1 or more, max_lot ${figure(sizing.lotsMax)}`;
  if (largest < sizing.lotsMin)
    return failed(observed, reference, 'min_lot is above it: every entry would be denied');
  if (largest >= 1) return passed(observed, reference);
  return warned(observed, reference, 'orders are capped there');
}

function stopsLevel({ instrument, stopDistance }: SymbolAudit): Finding {
  const { stopsLevelPoints, point } = instrument;
  const nearest = stopsLevelPoints * point;
  const observed = `${stopsLevelPoints} points (${figure(nearest)})`;
  const reference = `0, less than the stop of ${figure(stopDistance)}`;
  if (nearest >= stopDistance) {
    return failed(
      observed,
      reference,
      'every stop would stand too near: larger dynamic_sltp multipliers, or another broker',
    );
  }
  if (nearest <= stopDistance / 2) return passed(observed, reference);
  return warned(observed, reference, 'stops of quiet hours will be denied');
}

function freezeLevel({ instrument: { freezeLevelPoints = 0 } }: SymbolAudit): Finding {
  const observed = `${freezeLevelPoints} points`;
  if (freezeLevelPoints === 0) return passed(observed, '0');
  return warned(observed, '0', 'near its stop a position can be neither closed nor moved');
}

/** BTCUSD at brokers that were audited: RoboForex 14.59, VT Markets 16.95, Exness 14.00, IC Markets RAW 3.00. */
const seenSpreads: Readonly<Record<string, string>> = {
  BTCUSD: '3 to 17 were seen',
  XAUUSD: '0.1 to 0.3 were seen',
  EURUSD: '0.00002 to 0.00015 were seen',
};

function spread({ instrument: { symbol, point }, terms, stopDistance }: SymbolAudit): Finding {
  const width = terms.ask - terms.bid;
  const share = width / stopDistance;
  const observed = `${figure(width)} (${Math.round(width / point)} points), ${figure(Math.round(share * 1_000) / 10)} % of the stop`;
  const seen = seenSpreads[symbol];
  const reference = `at most 20 % of the stop${seen === undefined ? '' : `; ${seen}`}`;
  if (share <= 0.2) return passed(observed, reference);
  const next = 'look again when the market is busy; max_spread_atr denies entries while it is so';
  return share <= 0.5 ? warned(observed, reference, next) : failed(observed, reference, next);
}

function swap({ terms, instrument, stopDistance }: SymbolAudit): Finding {
  const reference = 'at most 10 % of the stop per night';
  const { swap: told } = terms;
  if (told === undefined)
    return warned('not told', reference, 'ask the broker: trades over night pay it');
  const { long, short, mode } = told;
  const observed = `long ${figure(long)}, short ${figure(short)} per lot and night, mode ${mode}`;
  if (mode === 0 || (long === 0 && short === 0)) return passed(observed, reference);
  if (mode !== 1)
    return warned(observed, reference, 'it is not in points: work out what a night costs');
  const paid = Math.max(0, -long, -short) * instrument.point;
  if (paid <= stopDistance * 0.1) return passed(observed, reference);
  return warned(
    observed,
    reference,
    `its dearer side pays ${figure(paid)} of price per night: look at what is held long`,
  );
}

function smallestMargin({ instrument, view, terms }: SymbolAudit): Finding {
  const smallest = lots(instrument, instrument.volumeMin);
  const margin = (smallest * valuePerLot(instrument) * terms.ask) / view.leverage;
  const observed = `${figure(margin)} ${view.currency} at 1:${view.leverage}`;
  const reference = `at most ${figure(view.freeMargin / 2)} ${view.currency}, half of the free margin`;
  if (margin <= view.freeMargin / 2) return passed(observed, reference);
  return failed(
    observed,
    reference,
    'every entry would be denied by free-margin: more equity or leverage',
  );
}

/** An order as it would be sized now. */
function sizedOrder(audited: SymbolAudit): Finding {
  const { instrument, view, sizing, terms, stopDistance } = audited;
  const plan: SizingPlan = {
    ...sizing,
    ...{ equity: view.equity, freeMargin: view.freeMargin, leverage: view.leverage },
    entry: price(terms.ask),
    stopLoss: price(Math.max(instrument.point, terms.ask - stopDistance)),
  };
  const size = sizeEntry(plan, instrument);
  const reference = `${figure(view.equity * sizing.risk)} ${view.currency} at the stop`;
  if (size.verdict === 'denied') {
    const { limit, observed, allowed } = size.denial;
    return failed(
      `denied by ${limit}: ${figure(observed)}, allowed ${figure(allowed)}`,
      reference,
      'no entry would be made',
    );
  }
  const { volume, riskMoney, bound } = size;
  const wanted = lots(instrument, steps(volume));
  const observed = `${figure(wanted)} lots, ${figure(riskMoney)} ${view.currency} at the stop, by ${bound}`;
  if (bound === 'risk' || bound === 'lots-max') return passed(observed, reference);
  return warned(observed, reference, sizeHints[bound]);
}

const sizeHints = {
  'risk-max': 'max_risk_per_trade_pct is below the risk per trade',
  'smallest-lot': 'the smallest lot risks more than configured',
  'hard-cap': 'the stop of the smallest lot is brought nearer',
  'volume-max': 'the broker takes no larger order',
  'free-margin': 'the margin carries no more: more leverage or equity, or less risk',
} as const;

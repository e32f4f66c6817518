/** The exchange's values in the shapes of the MT5 HTTP contract: its keys (alphabetical), its numbers, its codes. */
import { assert } from '../domain/assert.ts';
import type { Bar } from '../domain/bar.ts';
import type { DealReason } from '../domain/deal.ts';
import type { Instrument } from '../domain/instrument.ts';
import { lots } from '../domain/instrument.ts';
import type { Quote } from '../domain/quote.ts';
import { roundTo } from '../domain/units.ts';
import { simulatedSymbols } from '../exchange/instruments.ts';
import type {
  ExchangeDeal,
  ExchangeOrder,
  ExchangeState,
  OpenPosition,
} from '../exchange/state.ts';
import { type ExchangeTerms, type MarketTerms, marketOf } from '../exchange/terms.ts';
import {
  accountView,
  exitPrice,
  openProfit,
  quoteOf,
  stopOutLevel,
} from '../exchange/valuation.ts';
import type { WireTime } from './wire-time.ts';

const reasonCode = {
  client: 0,
  expert: 3,
  'stop-loss': 4,
  'take-profit': 5,
  'stop-out': 6,
  other: 0,
} as const satisfies Record<DealReason, number>;

const entryCode = { in: 0, out: 1, inout: 2 } as const;
const sideCode = { buy: 0, sell: 1 } as const;
const balanceDeal = 2;
const orderFilled = 4;
const immediateOrCancel = 1;
/** The mean of several entries lies off the price grid: it is shown with this many more decimals. */
const meanDigits = 3;

export function wireTerminal(time: WireTime, isConnected: boolean) {
  return {
    broker_utc_offset_hours: time.configuredMs / 3_600_000,
    broker_utc_offset_seconds: time.configuredMs / 1000,
    build: 5_000,
    codepage: 1_252,
    commondata_path: '',
    community_account: false,
    community_balance: 0,
    community_connection: false,
    company: 'NOVOSKY Simulated Markets',
    connected: isConnected,
    data_path: '',
    dlls_allowed: false,
    email_enabled: false,
    ftp_enabled: false,
    language: 'English',
    maxbars: 100_000,
    mqid: false,
    name: 'NOVOSKY terminal simulator',
    notifications_enabled: false,
    path: '',
    ping_last: 1_000,
    retransmission: 0,
    trade_allowed: true,
    tradeapi_disabled: false,
  };
}

export function wireAccount(state: ExchangeState, terms: ExchangeTerms) {
  const view = accountView(state, terms);
  const { balance, equity, margin } = view;
  return {
    assets: 0,
    balance,
    commission_blocked: 0,
    company: 'NOVOSKY Simulated Markets',
    credit: 0,
    currency: view.currency,
    currency_digits: view.currencyDigits,
    equity,
    fifo_close: false,
    leverage: view.leverage,
    liabilities: 0,
    limit_orders: 0,
    login: view.login,
    margin,
    margin_free: view.freeMargin,
    margin_initial: 0,
    margin_level: margin === 0 ? 0 : roundTo((100 * equity) / margin, 2),
    margin_maintenance: 0,
    margin_mode: view.isHedging ? 2 : 0,
    margin_so_call: 100,
    margin_so_mode: 0,
    margin_so_so: 100 * stopOutLevel,
    name: 'Simulated account',
    profit: roundTo(equity - balance, view.currencyDigits),
    server: 'NOVOSKY-Simulator',
    trade_allowed: true,
    trade_expert: true,
    trade_mode: 0,
  };
}

export function wireTick({ bid, ask, at }: Quote, time: WireTime) {
  return {
    ask,
    bid,
    flags: 6,
    last: 0,
    time: time.toSeconds(at),
    time_msc: time.toMs(at),
    volume: 0,
    volume_real: 0,
  };
}

export function wireSymbol(market: MarketTerms, quote: Quote, time: WireTime) {
  const { instrument, swapLongPoints, swapShortPoints } = market;
  const { brokerSymbol, tickSize, tickValue, contractSize } = instrument;
  const simulated = simulatedSymbols[brokerSymbol];
  assert(simulated, `${brokerSymbol} is no simulated symbol`);
  return {
    ask: quote.ask,
    bid: quote.bid,
    currency_base: simulated.currencyBase,
    currency_margin: simulated.currencyProfit,
    currency_profit: simulated.currencyProfit,
    custom: false,
    description: simulated.description,
    digits: instrument.digits,
    expiration_mode: 15,
    expiration_time: 0,
    filling_mode: 3,
    last: 0,
    margin_hedged: contractSize,
    margin_initial: 0,
    margin_maintenance: 0,
    name: brokerSymbol,
    order_gtc_mode: 0,
    order_mode: 49,
    path: `Simulated\\${brokerSymbol}`,
    point: instrument.point,
    select: true,
    spread: Math.round((quote.ask - quote.bid) / instrument.point),
    spread_float: true,
    start_time: 0,
    swap_long: swapLongPoints,
    swap_mode: 1,
    swap_rollover3days: 3,
    swap_short: swapShortPoints,
    time: time.toSeconds(quote.at),
    trade_calc_mode: 2,
    trade_contract_size: contractSize,
    trade_exemode: 2,
    trade_freeze_level: 0,
    trade_mode: instrument.isTradable ? 4 : 3,
    trade_stops_level: instrument.stopsLevelPoints,
    trade_tick_size: tickSize,
    trade_tick_value: tickValue,
    trade_tick_value_loss: tickValue,
    trade_tick_value_profit: tickValue,
    visible: true,
    volume_limit: 0,
    volume_max: lots(instrument, instrument.volumeMax),
    volume_min: lots(instrument, instrument.volumeMin),
    volume_step: instrument.volumeStep,
  };
}

/** `tick_volume` is the volume of the data as it stands there, fractions included: only ratios of it are ever used. */
export function wireBar(bar: Bar, { spreadPoints }: Instrument, time: WireTime) {
  return {
    close: bar.close,
    high: bar.high,
    low: bar.low,
    open: bar.open,
    real_volume: 0,
    spread: bar.spreadPoints ?? spreadPoints,
    tick_volume: bar.volume,
    time: time.toSeconds(bar.openTime),
  };
}

export function wirePosition(
  position: OpenPosition,
  state: ExchangeState,
  terms: ExchangeTerms,
  time: WireTime,
) {
  const { symbol, side, openedAt, changedAt } = position;
  const { instrument } = marketOf(terms, symbol);
  const current = exitPrice(side, quoteOf(state, symbol));
  return {
    comment: position.comment,
    external_id: '',
    identifier: position.ticket,
    magic: position.magic,
    price_current: current,
    price_open: roundTo(position.entry, instrument.digits + meanDigits),
    profit: openProfit(position, terms, current),
    reason: reasonCode.expert,
    sl: position.stopLoss ?? 0,
    swap: roundTo(position.swap, terms.account.currencyDigits),
    symbol: instrument.brokerSymbol,
    ticket: position.ticket,
    time: time.toSeconds(openedAt),
    time_msc: time.toMs(openedAt),
    time_update: time.toSeconds(changedAt),
    time_update_msc: time.toMs(changedAt),
    tp: position.takeProfit ?? 0,
    type: sideCode[side],
    volume: lots(instrument, position.volume),
  };
}

export function wireDeal(deal: ExchangeDeal, terms: ExchangeTerms, time: WireTime) {
  // Each of these is new, so that it may be added to: a spread takes fifty times as long on Node 20.
  return Object.assign(deal.kind === 'trade' ? tradeFields(deal, terms) : balanceFields(deal), {
    comment: deal.comment,
    external_id: '',
    fee: 0,
    ticket: deal.ticket,
    time: time.toSeconds(deal.at),
    time_msc: time.toMs(deal.at),
  });
}

function tradeFields(deal: Extract<ExchangeDeal, { kind: 'trade' }>, terms: ExchangeTerms) {
  const { instrument } = marketOf(terms, deal.symbol);
  return {
    commission: deal.commission,
    entry: entryCode[deal.entry],
    magic: deal.magic,
    order: deal.orderTicket,
    position_id: deal.positionTicket,
    price: deal.price,
    profit: deal.profit,
    reason: reasonCode[deal.reason],
    swap: deal.swap,
    symbol: instrument.brokerSymbol,
    type: sideCode[deal.side],
    volume: lots(instrument, deal.volume),
  };
}

/** A balance operation is a deal too: its amount stands where a trade has its profit. */
function balanceFields({ amount }: Extract<ExchangeDeal, { kind: 'balance' }>) {
  return {
    commission: 0,
    entry: 0,
    magic: 0,
    order: 0,
    position_id: 0,
    price: 0,
    profit: amount,
    reason: 0,
    swap: 0,
    symbol: '',
    type: balanceDeal,
    volume: 0,
  };
}

export function wireOrder(order: ExchangeOrder, terms: ExchangeTerms, time: WireTime) {
  const { instrument } = marketOf(terms, order.symbol);
  return {
    comment: order.comment,
    external_id: '',
    magic: order.magic,
    position_by_id: 0,
    position_id: order.positionTicket,
    price_current: order.price,
    price_open: order.price,
    price_stoplimit: 0,
    reason: reasonCode[order.reason],
    sl: order.stopLoss ?? 0,
    state: orderFilled,
    symbol: instrument.brokerSymbol,
    ticket: order.ticket,
    time_done: time.toSeconds(order.at),
    time_done_msc: time.toMs(order.at),
    time_expiration: 0,
    time_setup: time.toSeconds(order.at),
    time_setup_msc: time.toMs(order.at),
    tp: order.takeProfit ?? 0,
    type: sideCode[order.side],
    type_filling: immediateOrCancel,
    type_time: 0,
    volume_current: 0,
    volume_initial: lots(instrument, order.volume),
  };
}

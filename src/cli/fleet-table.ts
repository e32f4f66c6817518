import type { AccountSnapshot, PositionSnapshot } from '../domain/account-snapshot.ts';
import {
  amountText,
  momentText,
  numberText,
  priceText,
  resultText,
} from '../protocol/amount-text.ts';
import type { FleetSnapshot, TreeNode } from '../protocol/fleet.ts';
import { fleetOrderText } from '../protocol/fleet-order-text.ts';
import { table } from './table.ts';

/** The fleet as lines for a terminal: accounts, what is open, what blocks entries, and who is not well. */
export function fleetTable(fleet: FleetSnapshot): readonly string[] {
  const { accounts, tree } = fleet;
  return [
    headline(fleet),
    ...(fleet.order ? [fleetOrderText(fleet.order)] : []),
    '',
    ...table([accountColumns, ...accounts.map(accountRow)]),
    ...section('open', table(accounts.flatMap(positionRows))),
    ...section('blocked', table(accounts.flatMap(blockerRows))),
    ...section('not running, or started again', table(ailing(tree))),
  ];
}

function headline({ engine: { version, mode, speed, marketTime } }: FleetSnapshot): string {
  const pace = speed === undefined ? '' : ` x${numberText(speed)}`;
  const time = marketTime === undefined ? 'before the first bar' : `${momentText(marketTime)} UTC`;
  return `novosky ${version}, ${mode}${pace}, market time ${time}`;
}

const accountColumns = [
  'account',
  'state',
  'equity',
  'balance',
  'today',
  'open',
  'bars',
  'entered',
  'denied',
  'closed',
  'last decision',
];

function accountRow(account: AccountSnapshot): string[] {
  const { id, state, equity, balance, currency, dayResult, positions, counts } = account;
  return [
    id,
    state,
    `${amountText(equity)} ${currency}`,
    amountText(balance),
    resultText(dayResult),
    String(positions.length),
    String(counts.predictions),
    String(counts.entered),
    String(counts.denied),
    String(counts.closed),
    decisionText(account),
  ];
}

function decisionText({ decision }: AccountSnapshot): string {
  if (decision === undefined) return '-';
  const { verdict, side, confidence, denial } = decision;
  const reason = denial === undefined ? '' : ` by ${denial.limit}`;
  return `${verdict}${side === undefined ? '' : ` ${side}`}${reason} (${numberText(confidence)})`;
}

function positionRows({ id, currency, positions }: AccountSnapshot): string[][] {
  return positions.map((position) => [
    id,
    `${position.side} ${numberText(position.lots)} ${position.symbol}`,
    `at ${priceText(position.entry)}`,
    stopText(position),
    position.takeProfit === undefined ? '' : `TP ${priceText(position.takeProfit)}`,
    `${resultText(position.profit)} ${currency}`,
  ]);
}

function stopText({ stopLoss, isOwned }: PositionSnapshot): string {
  if (stopLoss !== undefined) return `SL ${priceText(stopLoss)}`;
  return isOwned ? 'NO STOP' : 'foreign, no stop';
}

function blockerRows({ id, state, stateReason, blockedBy }: AccountSnapshot): string[][] {
  const own = state === 'active' ? [] : [[id, state, stateReason]];
  const guards = blockedBy.map(({ limit, observed, allowed }) => [
    id,
    limit,
    `${numberText(observed)}, allowed ${numberText(allowed)}`,
  ]);
  return [...own, ...guards];
}

function ailing(node: TreeNode): string[][] {
  const { id, status, restarts } = node;
  const times = `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  const own = status === 'running' && restarts === 0 ? [] : [[id, status, times]];
  return [...own, ...node.children.flatMap(ailing)];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

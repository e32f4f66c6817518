import type { TradingState } from '../../src/domain/account.ts';
import type { AccountEvent, Denial } from '../../src/domain/account-event.ts';
import type {
  AccountSnapshot,
  DecisionSnapshot,
  PositionSnapshot,
} from '../../src/domain/account-snapshot.ts';
import { traceOf } from '../../src/domain/bar.ts';
import { epochMs, money, price, roundTo } from '../../src/domain/units.ts';
import type { FleetSnapshot, TreeNode } from '../../src/protocol/fleet.ts';
import { applyEvent } from '../../src/protocol/fleet-view.ts';
import {
  type Command,
  type CommandResult,
  type ConsoleEvent,
  wholeFleet,
} from '../../src/protocol/message.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { aFleet, anAccount, barMs, marketStart } from './fleet-builder.ts';

type Outcome = { readonly account: AccountSnapshot; readonly events: readonly AccountEvent[] };
type Bar = { readonly at: number; readonly close: number; readonly isQuiet: boolean };

const stateAfter = {
  pause: 'paused',
  reduce: 'reducing',
  flatten: 'paused',
  resume: 'active',
  halt: 'halted',
  kill: 'halted',
  revive: 'active',
} as const;

/**
 * A fleet that trades a random walk: enough of an engine to look at, with figures that add up. Bars come when `step` is
 * called, commands are obeyed, and everything is told to whoever listens.
 */
export class ScriptedEngine {
  readonly commands: Command[] = [];
  readonly #draw: () => number;
  #fleet: FleetSnapshot;
  #close = 98_200;
  #bars = 0;
  #tell: (event: ConsoleEvent) => void = () => {};

  constructor(seed: number) {
    this.#draw = seededRandom(seed);
    this.#fleet = aFleet(
      anAccount('exness_main', {
        currency: 'USC',
        startingBalance: money(100_000),
        balance: money(100_000),
        equity: money(100_000),
      }),
      anAccount('icmarkets_main'),
    );
  }

  listen(tell: (event: ConsoleEvent) => void): void {
    this.#tell = tell;
  }

  snapshot(): FleetSnapshot {
    return this.#fleet;
  }

  publish(event: ConsoleEvent): void {
    this.#fleet = applyEvent(this.#fleet, event);
    this.#tell(event);
  }

  /** One closed bar: every account marks, closes, decides. */
  step(): void {
    this.#bars += 1;
    const at = marketStart + this.#bars * barMs;
    this.#close = roundTo(this.#close * (1 + (this.#draw() - 0.493) * 0.006), 2);
    const bar: Bar = { at, close: this.#close, isQuiet: this.#draw() < 0.25 };
    this.publish({ type: 'market-time', at: epochMs(at) });
    const signal = this.#draw() < 0.16;
    const confidence = roundTo(signal ? 0.47 + this.#draw() * 0.16 : 0.33 + this.#draw() * 0.12, 3);
    const decision = {
      trace: traceOf('BTCUSD', 'M15', epochMs(at)),
      at: epochMs(at),
      confidence,
      gap: roundTo(Math.max(0.005, confidence - 0.36), 3),
      ...(signal ? { side: this.#draw() < 0.6 ? ('buy' as const) : ('sell' as const) } : {}),
    };
    for (const account of this.#fleet.accounts) this.#publishAll(onBar(account, bar, decision));
  }

  command(command: Command): Promise<CommandResult> {
    this.commands.push(command);
    const account = this.#fleet.accounts.find(({ id }) => id === command.target);
    if (command.command === 'restart') return Promise.resolve(this.#restart(command.target));
    if (command.target === wholeFleet) {
      this.#orderAll(stateAfter[command.command], command.command === 'kill');
      return Promise.resolve({ ok: true });
    }
    if (account === undefined) {
      const ids = this.#fleet.accounts.map(({ id }) => id).join(', ');
      return Promise.resolve({ ok: false, error: `there is no ${command.target}: ${ids}` });
    }
    const to = stateAfter[command.command];
    const at = account.at;
    const reason = `${command.command} by console`;
    const flattened = command.command === 'flatten' ? { positions: [] } : {};
    this.#publishAll({
      account: { ...account, ...flattened, state: to, stateReason: reason },
      events: [{ account: account.id, at, type: 'state-changed', from: account.state, to, reason }],
    });
    return Promise.resolve({ ok: true });
  }

  #orderAll(state: TradingState, isKill: boolean): void {
    const at = this.#fleet.engine.startedAt;
    const order = state === 'active' ? {} : { order: { state, isKill, by: 'console', at } };
    this.publish({ type: 'fleet-ordered', ...order });
  }

  #restart(id: string): CommandResult {
    const raised = (node: TreeNode): TreeNode => ({
      ...node,
      ...(node.id === id ? { restarts: node.restarts + 1, epoch: node.epoch + 1 } : {}),
      children: node.children.map(raised),
    });
    const at = epochMs(this.#fleet.engine.startedAt + 60_000 * this.#bars);
    this.publish({ type: 'tree-changed', tree: raised(this.#fleet.tree) });
    this.publish({
      type: 'actor-restarted',
      restart: { actor: id, reason: 'asked for by console', at },
    });
    return { ok: true };
  }

  #publishAll({ account, events }: Outcome): void {
    for (const event of events) this.publish({ type: 'account-event', event });
    this.publish({ type: 'account-changed', account });
  }
}

type Draft = Omit<DecisionSnapshot, 'verdict' | 'denial'>;

function onBar(before: AccountSnapshot, bar: Bar, draft: Draft): Outcome {
  const marked = closedOrMarked(before, bar);
  const decided = decide(marked.account, bar, draft);
  const { account } = decided;
  const floating = account.positions.reduce((sum, { profit }) => sum + profit, 0);
  const equity = money(roundTo(account.balance + floating, 2));
  const isNewDay = Math.floor(bar.at / 86_400_000) !== Math.floor((bar.at - barMs) / 86_400_000);
  return {
    account: {
      ...account,
      at: epochMs(bar.at),
      equity,
      dayResult: money(roundTo((isNewDay ? 0 : account.dayResult) + equity - before.equity, 2)),
    },
    events: [...marked.events, ...decided.events],
  };
}

function closedOrMarked(account: AccountSnapshot, { at, close }: Bar): Outcome {
  const [position] = account.positions;
  if (position === undefined) return { account, events: [] };
  const { ticket, symbol, side, lots, entry, stopLoss = 0, takeProfit = 0 } = position;
  const sign = side === 'buy' ? 1 : -1;
  const isStopped = sign * (close - stopLoss) <= 0;
  const isTaken = sign * (close - takeProfit) >= 0;
  const exit = price(isStopped ? stopLoss : isTaken ? takeProfit : close);
  const profit = money(roundTo(sign * (exit - entry) * lots * unitsPerDollar(account), 2));
  if (!isStopped && !isTaken) {
    return { account: { ...account, positions: [{ ...position, profit }] }, events: [] };
  }
  const event = {
    account: account.id,
    at: epochMs(at),
    type: 'close',
    ...{ ticket, symbol, side, lots, exit, profit },
    closeType: isStopped ? 'SL_HIT' : 'TP_HIT',
    rMultiple: isStopped ? -1 : 2,
  } as const;
  const counts = { ...account.counts, closed: account.counts.closed + 1 };
  const balance = money(roundTo(account.balance + profit, 2));
  return { account: { ...account, balance, positions: [], counts }, events: [event] };
}

function decide(account: AccountSnapshot, bar: Bar, draft: Draft): Outcome {
  const predictions = account.counts.predictions + 1;
  const blockedBy = blockers(account, bar);
  const [denial] = blockedBy;
  const verdict = draft.side === undefined ? 'held' : denial === undefined ? 'entered' : 'denied';
  const decided: AccountSnapshot = {
    ...account,
    blockedBy: blockedBy.filter(({ limit }) => limit !== 'position-open'),
    decision: { ...draft, verdict, ...(verdict === 'denied' && denial ? { denial } : {}) },
    counts: { ...account.counts, predictions, [verdict]: account.counts[verdict] + 1 },
  };
  if (draft.side === undefined) return { account: decided, events: [] };
  const head = { account: account.id, at: epochMs(bar.at) };
  const symbol = 'BTCUSD';
  const { trace, side, confidence, gap } = draft;
  const signal = {
    ...head,
    type: 'signal',
    trace,
    symbol,
    side,
    confidence,
    gap,
    votes: 2,
  } as const;
  if (denial !== undefined) {
    return {
      account: decided,
      events: [signal, { ...head, type: 'denied', trace, symbol, denial }],
    };
  }
  const position = opened(account, bar, side);
  const { lots, stopLoss, takeProfit, ticket, entry } = position;
  return {
    account: { ...decided, positions: [position] },
    events: [
      signal,
      {
        ...head,
        type: 'order',
        orderId: `order${ticket}`,
        symbol,
        side,
        lots,
        stopLoss,
        takeProfit,
      },
      { ...head, type: 'fill', ticket, symbol, side, lots, entry },
    ],
  };
}

function blockers({ positions, equity, dayResult, state }: AccountSnapshot, bar: Bar): Denial[] {
  const loss = roundTo(Math.max(0, -dayResult / equity), 4);
  return [
    ...(bar.isQuiet ? [{ limit: 'atr-floor', observed: 181.4, allowed: 220 }] : []),
    ...(loss > 0.015 ? [{ limit: 'daily-loss', observed: loss, allowed: 0.015 }] : []),
    ...(positions.length > 0 ? [{ limit: 'position-open', observed: 1, allowed: 0 }] : []),
    ...(state === 'active' ? [] : [{ limit: state, observed: 1, allowed: 0 }]),
  ];
}

function opened(
  account: AccountSnapshot,
  { at, close }: Bar,
  side: 'buy' | 'sell',
): Required<PositionSnapshot> {
  const sign = side === 'buy' ? 1 : -1;
  const stop = account.currency === 'USC' ? 620 : 480;
  const risk = account.equity * 0.01;
  return {
    ticket: 500_000 + Math.round((at - marketStart) / barMs),
    symbol: 'BTCUSD',
    side,
    lots: Math.max(0.01, roundTo(risk / (stop * unitsPerDollar(account)), 2)),
    entry: price(close),
    stopLoss: price(roundTo(close - sign * stop, 2)),
    takeProfit: price(roundTo(close + sign * 2 * stop, 2)),
    profit: money(0),
    isOwned: true,
  };
}

/** What a dollar is on the account's books: a cent account counts cents. */
function unitsPerDollar({ currency }: AccountSnapshot): number {
  return currency === 'USC' ? 100 : 1;
}

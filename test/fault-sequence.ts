/** A random sequence of faults, hands and deaths for one account, from a seed, and the audit of what is left. */
import type { AccountFact } from '../src/account/account-fact.ts';
import { initialState } from '../src/account/account-state.ts';
import { apply } from '../src/account/apply.ts';
import { discrepancyOf } from '../src/account/discrepancy.ts';
import type { PredictedClass } from '../src/domain/prediction.ts';
import { type Money, type Price, roundTo, type Steps } from '../src/domain/units.ts';
import { bookBalance } from '../src/exchange/booking.ts';
import type { ExchangeDeal, OpenPosition } from '../src/exchange/state.ts';
import { close, protect, submit } from '../src/exchange/trade.ts';
import { quoteOf } from '../src/exchange/valuation.ts';
import { seededRandom } from '../src/runtime/seeded-random.ts';
import type { RequestFault } from '../src/terminal-simulator/fault.ts';
import { account } from './account-world.ts';
import { FaultWorld, lateMaxMs } from './fault-world.ts';

export type FaultAudit = {
  readonly seed: number;
  readonly bars: number;
  /** Faults that struck a request, moves of a hand at the broker, and deaths of the engine. */
  readonly faults: number;
  readonly hands: number;
  readonly restarts: number;
  readonly entries: number;
  readonly closes: number;
  readonly deals: number;
  /** What must not be. Empty where nothing was lost. */
  readonly problems: readonly string[];
};

const magic = 42;
/** Stands on everything that a hand did at the broker. */
const handsComment = 'by hand';
type TradeDeal = Extract<ExchangeDeal, { kind: 'trade' }>;
type Chance = () => number;

export async function playSequence(seed: number, bars = 24): Promise<FaultAudit> {
  const chance = seededRandom(seed);
  const isHedging = chance() < 0.7;
  const world = await new FaultWorld({ seed, bars, isHedging }).start();
  const seen = { faults: 0, hands: 0, problems: [] as string[] };
  await world.settle();
  for (let bar = 0; bar < bars; bar += 1) {
    seen.faults += injectSome(world, chance);
    if (chance() < 0.15) world.dieAfter(Math.floor(chance() * 12), chance() < 0.5);
    if (chance() < 0.3) seen.hands += reachIn(world, chance, isHedging);
    await world.bar(pick<PredictedClass>(chance, ['buy', 'buy', 'sell', 'sell', 'hold']));
    await nudge(world, chance);
    if (chance() < 0.3) seen.hands += reachIn(world, chance, isHedging);
    if (chance() < 0.1) await world.restart();
    await world.settle();
    const problems = await lasting(world);
    seen.problems.push(...problems.map((problem) => `bar ${bar}: ${problem}`));
  }
  seen.faults -= world.faults.waiting().length;
  world.faults.clear();
  await world.pass(2 * lateMaxMs);
  await world.settle();
  const problems = [...seen.problems, ...standing(world), ...audit(world)];
  await world.stop();
  const trades = tradesOf(world);
  const { restarts } = world;
  return {
    ...{ seed, bars, faults: seen.faults, hands: seen.hands, restarts, problems },
    entries: trades.filter(({ entry }) => entry === 'in').length,
    closes: trades.filter(({ entry }) => entry === 'out').length,
    deals: world.deals().length,
  };
}

/** People: they let the account go on, and now and then want it flat. */
async function nudge(world: FaultWorld, chance: Chance): Promise<void> {
  if (chance() < 0.08) world.command('flatten');
  await world.settle();
  if (world.state.trading.state !== 'active') world.command('resume');
  await world.pass(0);
}

function injectSome(world: FaultWorld, chance: Chance): number {
  let count = 0;
  while (chance() < 0.55 && count < 6) {
    world.faults.add(chance() < 0.7 ? tradeFault(chance) : readFault(chance));
    count += 1;
  }
  return count;
}

function tradeFault(chance: Chance): RequestFault {
  const call = pick(chance, [
    ...([['POST', '/orders'] as const, ['POST', '/orders'] as const] as const),
    ...([['DELETE', '/positions/*'] as const, ['PUT', '/positions/*'] as const] as const),
  ]);
  const scope = { method: call[0], path: call[1], count: 1, skip: 0 };
  const executes = chance() < 0.5;
  const executeAfterMs = chance() < 0.5 ? 0 : Math.floor(chance() * lateMaxMs);
  const retcode = pick(chance, [10_004, 10_006, 10_014, 10_016, 10_018, 10_019, 10_020]);
  return pick<RequestFault>(chance, [
    {
      ...{ kind: 'gateway-timeout', executes, executeAfterMs, format: 'json', ...scope },
      answerAfterMs: chance() < 0.5 ? 0 : 20_000,
    },
    {
      kind: 'gateway-timeout',
      executes,
      executeAfterMs,
      answerAfterMs: 0,
      format: 'html',
      ...scope,
    },
    { kind: 'drop-socket', executes, ...scope },
    { kind: 'html-error', status: pick(chance, [401, 500, 502] as const), executes, ...scope },
    { kind: 'unavailable', error: 'queue depth 21 exceeds max 20', ...scope },
    { kind: 'reject', retcode, comment: 'refused', dialect: 'mt5', ...scope },
    { kind: 'partial', share: 0.2 + 0.6 * chance(), ...scope },
    { kind: 'novosky-answer', ...scope },
    { kind: 'delay', ms: Math.floor(chance() * lateMaxMs), ...scope },
  ]);
}

function readFault(chance: Chance): RequestFault {
  const path = pick(chance, ['/positions', '/positions/*', '/account', '/history/deals', '/*']);
  const scope = { method: 'GET' as const, path, count: 1 + Math.floor(chance() * 4), skip: 0 };
  return pick<RequestFault>(chance, [
    { kind: 'empty-list', ...scope },
    { kind: 'unavailable', error: 'MT5 not initialized', ...scope },
    { kind: 'html-error', status: 500, executes: false, ...scope },
    { kind: 'drop-socket', executes: false, ...scope },
    { kind: 'delay', ms: Math.floor(chance() * 12_000), ...scope },
    { kind: 'disconnected', ...scope, path: '/terminal' },
    { kind: 'null-terminal', ...scope, path: '/terminal' },
    { kind: 'zero-tick', ...scope, path: '/symbols/*/tick' },
  ]);
}

/** Somebody at the broker: closes, in part or whole, moves or strips stops, opens, pays in and out. */
function reachIn({ terminal }: FaultWorld, chance: Chance, isHedging: boolean): number {
  const position = terminal.account.positions.at(-1);
  const by = { magic: 0, comment: handsComment };
  const act = Math.floor(chance() * 6);
  if (act === 0) {
    const amount = roundTo(chance() * 400 - 200, 2) as Money;
    const operation = { amount, at: terminal.now(), comment: handsComment };
    terminal.books.record(
      terminal.books.progress.step,
      bookBalance(terminal.account, terminal.terms, operation),
    );
    return 1;
  }
  if (act === 1 && isHedging) {
    terminal.trade((state, terms) =>
      submit(state, terms, { symbol: 'BTCUSD', side: 'buy', volume: 3 as Steps, ...by }),
    );
    return 1;
  }
  if (!position) return 0;
  const { ticket, volume } = position;
  if (act === 2) terminal.trade((state, terms) => close(state, terms, { ticket, ...by }));
  if (act === 3 && volume > 1) {
    const part = Math.max(1, Math.floor(volume * chance())) as Steps;
    terminal.trade((state, terms) => close(state, terms, { ticket, volume: part, ...by }));
  }
  if (act === 4) moveStop(terminal, position, chance);
  if (act === 5) {
    const none = { stopLoss: undefined, takeProfit: undefined };
    terminal.trade((state, terms) => protect(state, terms, { ticket, ...none }));
  }
  return 1;
}

function moveStop(
  terminal: FaultWorld['terminal'],
  { ticket, side, takeProfit }: OpenPosition,
  chance: Chance,
): void {
  const { bid, ask } = quoteOf(terminal.account, 'BTCUSD');
  const distance = 20 + Math.floor(chance() * 60);
  const stopLoss = roundTo(side === 'buy' ? bid - distance : ask + distance, 2) as Price;
  terminal.trade((state, terms) => protect(state, terms, { ticket, stopLoss, takeProfit }));
}

/** What still does not hold after the broker could be read: a read may be late, or fail, a few times. */
async function lasting(world: FaultWorld): Promise<string[]> {
  for (let round = 0; round < 6 && standing(world).length > 0; round += 1) await world.settle();
  return standing(world);
}

/** What must hold whenever the account has read the broker and says that it is settled. */
function standing({ terminal, state }: FaultWorld): string[] {
  const owned = terminal.account.positions.filter((position) => position.magic === magic);
  const naked = owned.filter(({ stopLoss }) => stopLoss === undefined);
  const [ours, theirs] = [Object.keys(state.positions), owned.map(({ ticket }) => `${ticket}`)];
  return [
    ...naked.map(({ ticket }) => `position ${ticket} has no stop`),
    ...(ours.toSorted().join() === theirs.toSorted().join()
      ? []
      : [`positions [${ours}] in the journal, [${theirs}] at the broker`]),
    ...(state.money?.balance === terminal.account.balance
      ? []
      : [`balance ${state.money?.balance} in the journal, ${terminal.account.balance} there`]),
  ];
}

function tradesOf(world: FaultWorld): readonly TradeDeal[] {
  return world.deals().filter((deal): deal is TradeDeal => deal.kind === 'trade');
}

/** The broker's whole history against the journal. */
function audit(world: FaultWorld): string[] {
  const { facts } = world;
  const folded = facts.reduce(apply, initialState(account));
  return [
    ...(world.unwritten > 0 ? [`${world.unwritten} orders left without an intent on disk`] : []),
    ...(JSON.stringify(folded) === JSON.stringify(world.state)
      ? []
      : ['the journal is not the state']),
    ...doubled(facts, tradesOf(world)),
    ...overclosed(tradesOf(world)),
    ...closedTwice(facts),
    ...lost(facts, world.deals()),
  ];
}

/** A trade that was entered under two orders. */
function doubled(facts: readonly AccountFact[], trades: readonly TradeDeal[]): string[] {
  const intents = facts.flatMap((fact) => (fact.type === 'order-intended' ? [fact.intent] : []));
  const tradeOf = new Map(intents.map(({ order }) => [order.id, order.tradeId]));
  const entries = trades.filter(({ entry, magic: by }) => entry === 'in' && by === magic);
  const unknown = entries.filter(({ comment }) => !tradeOf.has(comment));
  const ids = entries.map(({ comment }) => tradeOf.get(comment) ?? comment);
  return [
    ...unknown.map(({ ticket }) => `deal ${ticket} has no intent on disk`),
    ...(new Set(ids).size < ids.length ? ['a trade was entered twice'] : []),
  ];
}

/** More closed than was opened, or a position that was turned round. */
function overclosed(trades: readonly TradeDeal[]): string[] {
  const sums = new Map<number, number>();
  for (const { positionTicket, entry, volume } of trades) {
    sums.set(positionTicket, (sums.get(positionTicket) ?? 0) + (entry === 'in' ? volume : -volume));
  }
  return [
    ...[...sums].flatMap(([ticket, rest]) =>
      rest < 0 ? [`position ${ticket} was overclosed`] : [],
    ),
    ...trades.flatMap(({ ticket, entry }) =>
      entry === 'inout' ? [`deal ${ticket} turned a position round`] : [],
    ),
  ];
}

/** A closing deal of ours that nobody wanted any more: its call was executed beside another. */
function closedTwice(facts: readonly AccountFact[]): string[] {
  const problems: string[] = [];
  let state = initialState(account);
  for (const fact of facts) {
    const isOurs = fact.type === 'deal-booked' && fact.deal.comment !== handsComment;
    if (isOurs && discrepancyOf(state, fact))
      problems.push(`deal ${fact.deal.ticket} closes again`);
    state = apply(state, fact);
  }
  return problems;
}

/** Every deal after the first sight is booked once, and the balance is the sum of all. */
function lost(facts: readonly AccountFact[], deals: readonly ExchangeDeal[]): string[] {
  const booked = facts.flatMap((fact) => (fact.type === 'deal-booked' ? [fact.deal.ticket] : []));
  const seen = facts.find((fact) => fact.type === 'account-seen');
  const history = new Set(seen?.history.map(({ ticket }) => ticket));
  const wanted = deals.map(({ ticket }) => ticket).filter((ticket) => !history.has(ticket));
  const missing = wanted.filter((ticket) => !booked.includes(ticket));
  const sum = deals.reduce(
    (total, deal) =>
      total + (deal.kind === 'balance' ? deal.amount : deal.profit + deal.swap + deal.commission),
    0,
  );
  const last = facts.reduce(apply, initialState(account)).money?.balance ?? 0;
  return [
    ...missing.map((ticket) => `deal ${ticket} was not booked`),
    ...(new Set(booked).size < booked.length ? ['a deal was booked twice'] : []),
    ...(roundTo(sum, 2) === last ? [] : [`balance ${last}, the deals make ${roundTo(sum, 2)}`]),
  ];
}

function pick<T>(chance: Chance, choices: readonly T[]): T {
  return choices[Math.floor(chance() * choices.length)] as T;
}

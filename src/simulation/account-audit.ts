/** Holds the broker's books, the wire and the journals against each other: what must be true after every step. */
import type { AccountFact, OrderIntent } from '../account/account-fact.ts';
import { snapshotOf } from '../account/account-snapshot.ts';
import { type AccountState, initialState } from '../account/account-state.ts';
import { apply } from '../account/apply.ts';
import { reportOf } from '../account/report.ts';
import { hasDecided } from '../account/settled.ts';
import { traceParts } from '../account/trace-parts.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import type { Trace } from '../domain/bar.ts';
import { direction } from '../domain/order.ts';
import { type AccountId, accountId } from '../domain/units.ts';
import type { ExchangeState } from '../exchange/state.ts';

export type Violation = {
  readonly rule: Rule;
  readonly account: string;
  readonly detail: string;
};

/** In the words of the design. */
export type Rule =
  | 'an order is doubled'
  | 'an order was sent twice'
  | 'an order has no intent on disk'
  | 'a position has no stop'
  | 'a stop was loosened'
  | 'a part was closed twice'
  | 'an entry passed a guard'
  | 'absence was read too early'
  | 'a step was done too early'
  | 'a bar was decided before it closed'
  | 'an order left too late'
  | 'the fleet holds too much'
  | 'the ledger does not know what is held'
  | 'a decision was made under an old policy'
  | 'a command was lost'
  | 'a bar was decided twice'
  | 'a bar was not decided'
  | 'the journal does not fold to the state'
  | 'the books disagree'
  | 'an epoch did not grow'
  | 'a second writer'
  | 'a sibling was disturbed'
  | 'it was restarted too often'
  | 'mail was doubled or overtook other mail'
  | 'mail was lost'
  | 'timers were left behind'
  | 'a parent ended before its child'
  | 'somebody waits for ever'
  | 'somebody does not run'
  | 'somebody outlives the engine'
  | 'the run does not end'
  | 'an error reached nobody';

export type ReportViolation = (violation: Violation) => void;

/** An order may be under way so long after it was due: calls before it take their time. */
const lateMsMax = 70_000;
/** A hot change may take this long to arrive: threads stall, mail is slow. */
const policyWithinMs = 20_000;

export type AccountAuditOptions = {
  readonly account: string;
  /** The host's, which may be set. */
  readonly now: () => number;
  readonly elapsed: () => number;
  /** Where the account's broker stands; absent where nobody knows. */
  readonly market?: () => { readonly now: number; readonly lastBarTime: number };
  readonly report: ReportViolation;
};

/** The audit of one account. Knows only facts, what went over the wire, and the broker's own books. */
export class AccountAudit {
  readonly #id: AccountId;
  readonly #options: AccountAuditOptions;
  #state: AccountState;
  readonly #commands = new Map<string, number>();
  readonly #sent = new Set<string>();
  readonly #seenTickets = new Set<number>();
  /** Ticket -> what stands of it, and how often it became less. */
  readonly #volumes = new Map<number, { readonly volume: number; readonly cuts: number }>();
  /** Trade id -> ticket. */
  readonly #executed = new Map<string, number>();
  /** Every state that the journal ever stood for, as observers see it. */
  readonly #shown = new Set<string>();
  /** Order id -> trade id, those that were ever written. */
  readonly #intents = new Map<string, string>();
  /** Bars that were ever decided: a power cut may forget those on which nothing was done. */
  readonly #decided = new Set<Trace>();
  #isStoppedByHand = false;
  /** When the answer to an order came, on the clock that the account reads. */
  readonly #answeredAt = new Map<string, number>();
  /** What every bar came to: trace -> verdict, and what was ordered. */
  readonly #verdicts = new Map<Trace, string>();
  /** The newest policy that the engine was told, and whether the account knows it. */
  #policy: { readonly hash: string; readonly toldAt: number; isKnown: boolean } | undefined;
  /** Facts were lost, and no bar was decided since: the broker may know more than the journal. */
  #isBehind = false;

  constructor(options: AccountAuditOptions) {
    this.#id = accountId(options.account);
    this.#options = options;
    this.#state = initialState(this.#id);
  }

  /** What every bar that was ever decided came to. */
  get verdicts(): ReadonlyMap<Trace, string> {
    return this.#verdicts;
  }

  /** A person has changed the configuration. */
  policyTold(hash: string): void {
    const toldAt = this.#options.elapsed();
    // What was told a moment ago may still be under way, and comes before this.
    const isAlone = this.#policy === undefined || toldAt - this.#policy.toldAt > policyWithinMs;
    this.#policy = { hash, toldAt, isKnown: isAlone && this.#state.policy?.hash === hash };
  }

  /** Somebody has set the host's clock: what was dated before says nothing any more. */
  clockJumped(): void {
    this.#answeredAt.clear();
  }

  get state(): AccountState {
    return this.#state;
  }

  /** How often a command was ever written down. */
  commands(command: string): number {
    return this.#commands.get(command) ?? 0;
  }

  appended(facts: readonly AccountFact[]): void {
    for (const fact of facts) {
      this.#judge(fact);
      this.#fold(fact);
    }
    this.#shown.add(JSON.stringify(snapshotOf(this.#state)));
  }

  /** A power cut took facts away: what is left is the truth. */
  reread(facts: readonly AccountFact[]): void {
    this.#state = initialState(this.#id);
    this.#isStoppedByHand = false;
    this.#isBehind = true;
    for (const fact of facts) {
      this.#noteCommand(fact);
      this.#fold(fact);
    }
    this.#shown.add(JSON.stringify(snapshotOf(this.#state)));
  }

  /** The engine shows an account to people. */
  shown(snapshot: AccountSnapshot): void {
    if (this.#shown.has(JSON.stringify(snapshot))) return;
    this.#violated('the journal does not fold to the state', JSON.stringify(snapshot));
  }

  orderLeaves(orderId: string, durable: readonly AccountFact[]): void {
    const intended = durable.find(
      (fact): fact is Extract<AccountFact, { type: 'order-intended' }> =>
        fact.type === 'order-intended' && fact.intent.order.id === orderId,
    );
    if (!intended) this.#violated('an order has no intent on disk', `order ${orderId}`);
    if (this.#sent.has(orderId)) this.#violated('an order was sent twice', `order ${orderId}`);
    this.#sent.add(orderId);
    const stops = [
      ...(this.#isStoppedByHand ? ['stopped by hand'] : []),
      ...(this.#state.policy?.entriesStopped === undefined ? [] : ['the engine stops']),
    ];
    for (const stop of stops) {
      this.#violated('an entry passed a guard', `order ${orderId} left: ${stop}`);
    }
    if (intended) this.#judgeLateness(intended.intent.order);
  }

  #judgeLateness({ id, expiresAt }: OrderIntent['order']): void {
    const lateMs = (this.#options.market?.().now ?? expiresAt) - expiresAt;
    if (lateMs > lateMsMax) {
      this.#violated('an order left too late', `order ${id}: by ${lateMs} ms`);
    }
  }

  orderAnswered(orderId: string): void {
    this.#answeredAt.set(orderId, Math.floor(this.#options.now()));
  }

  /** The account tells market time that it is done with a bar. */
  stepIsDone(trace: Trace, broker: ExchangeState): void {
    const wrongs = [...(this.#decided.has(trace) ? [] : ['not decided']), ...this.openEnds(broker)];
    for (const wrong of wrongs) this.#violated('a step was done too early', `${trace}: ${wrong}`);
  }

  brokerStands({ positions }: ExchangeState): void {
    for (const { ticket, comment, stopLoss, volume } of positions) {
      this.#judgeVolume(ticket, volume);
      if (stopLoss === undefined) this.#violated('a position has no stop', `position ${ticket}`);
      if (this.#seenTickets.has(ticket)) continue;
      this.#seenTickets.add(ticket);
      this.#executes(ticket, comment);
    }
  }

  /** All of a bar is said to be done: both books must say the same. */
  barIsDone(trace: Trace, broker: ExchangeState): void {
    if (!this.#decided.has(trace)) this.#violated('a bar was not decided', trace);
    // Cut off between two brokers' steps, the one that lagged catches up before the account was started again.
    // A person may ask for flat when a bar is done already: its closes are under way then.
    if (this.#isBehind || this.#state.isFlattening) return;
    for (const end of this.openEnds(broker)) this.#violated('the books disagree', end);
  }

  /** In which our books differ from the broker's, or still wait for it. */
  openEnds(broker: ExchangeState): readonly string[] {
    const { money, positions, orders } = this.#state;
    const [ours, theirs] = [Object.keys(positions), broker.positions.map(({ ticket }) => ticket)];
    const underWay = Object.keys(orders);
    return [
      ...(money?.balance === broker.balance
        ? []
        : [`balance ${money?.balance}, broker ${broker.balance}`]),
      ...(ours.join() === theirs.join() ? [] : [`positions ${ours}, broker ${theirs}`]),
      ...(underWay.length === 0 ? [] : [`under way: ${underWay}`]),
    ];
  }

  /** The run is over. `bars` undefined where the account was given up in between. */
  ended(facts: readonly AccountFact[], broker: { balance: number; equity: number }, bars?: number) {
    const report = reportOf(facts);
    const expected = {
      balance: broker.balance,
      equity: broker.equity,
      ordersWithoutStop: 0,
      ordersWithoutIntent: 0,
      duplicateOrders: 0,
    };
    if (bars !== undefined && this.#decided.size !== bars) {
      this.#violated('a bar was not decided', `${this.#decided.size} of ${bars} bars were`);
    }
    for (const [key, value] of Object.entries(expected)) {
      const ours = report[key as keyof typeof expected];
      if (ours !== value) this.#violated('the books disagree', `${key} ${ours}, not ${value}`);
    }
  }

  #judge(fact: AccountFact): void {
    this.#noteCommand(fact);
    switch (fact.type) {
      case 'order-intended':
        return this.#judgeIntent(fact.intent.order.tradeId, fact);
      case 'bar-decided':
        if (hasDecided(this.#state, fact.trace)) {
          this.#violated('a bar was decided twice', fact.trace);
        }
        this.#judgeClosed(fact.trace);
        this.#decided.add(fact.trace);
        this.#verdicts.set(fact.trace, verdictOf(fact));
        this.#judgePolicy(fact.policyHash);
        this.#isBehind = false;
        return;
      case 'protect-intended':
        return this.#judgeMove(fact);
      case 'policy-changed':
        if (this.#policy?.hash === fact.policy.hash) this.#policy.isKnown = true;
        return;
      case 'order-unresolved':
      case 'order-unseen':
        return this.#judgeAbsence(fact);
      case 'incarnation-started':
        if (fact.epoch <= this.#state.epoch) {
          this.#violated('an epoch did not grow', `${this.#state.epoch} to ${fact.epoch}`);
        }
        return;
      default: // other facts are judged by what follows from them
        return;
    }
  }

  /** `flatten` stops entries only where they were not stopped already; `resume` and `revive` are the ways back. */
  #noteCommand(fact: AccountFact): void {
    if (fact.type !== 'command-given') return;
    const { command } = fact;
    this.#commands.set(command, this.commands(command) + 1);
    if (command === 'resume' || command === 'revive') this.#isStoppedByHand = false;
    else this.#isStoppedByHand = true;
  }

  #judgeIntent(tradeId: string, fact: Extract<AccountFact, { type: 'order-intended' }>): void {
    const { order } = fact.intent;
    this.#intents.set(order.id, tradeId);
    const { trading, tripped, orders, positions, isRead, policy } = this.#state;
    const others = Object.values(orders).filter(({ intent }) => intent.order.tradeId !== tradeId);
    const obstacles = [
      ...(this.#isStoppedByHand ? ['stopped by hand'] : []),
      ...(trading.state === 'active' ? [] : [trading.state]),
      ...(policy?.entriesStopped === undefined ? [] : ['the engine stops']),
      ...Object.keys(tripped),
      ...others.map(({ intent, stage }) => `order ${intent.order.id} ${stage}`),
      ...Object.keys(positions).map((ticket) => `position ${ticket}`),
      ...(isRead ? [] : ['the broker was not read']),
      ...(this.#executed.has(tradeId) ? ['the trade was executed'] : []),
    ];
    for (const obstacle of obstacles) {
      this.#violated('an entry passed a guard', `order ${order.id}: ${obstacle}`);
    }
  }

  #judgeClosed(trace: Trace): void {
    const newest = this.#options.market?.().lastBarTime;
    if (newest === undefined || traceParts(trace).barTime <= newest) return;
    this.#violated('a bar was decided before it closed', trace);
  }

  #judgePolicy(hash: string): void {
    const newest = this.#policy;
    if (newest === undefined || newest.hash === hash) return;
    // Of an engine that stops it is the same but for that.
    if (this.#state.policy?.entriesStopped !== undefined) return;
    const isLate = this.#options.elapsed() - newest.toldAt > policyWithinMs;
    if (!newest.isKnown && !isLate) return;
    this.#violated('a decision was made under an old policy', `${hash}, not ${newest.hash}`);
  }

  /** Nobody closes a part by hand here. */
  #judgeVolume(ticket: number, volume: number): void {
    const former = this.#volumes.get(ticket) ?? { volume, cuts: 0 };
    const cuts = former.cuts + (volume < former.volume ? 1 : 0);
    this.#volumes.set(ticket, { volume, cuts });
    if (cuts > 1 && former.cuts <= 1) this.#violated('a part was closed twice', `${ticket}`);
  }

  #judgeMove({ ticket, stopLoss }: Extract<AccountFact, { type: 'protect-intended' }>): void {
    const position = this.#state.positions[ticket];
    if (position?.stopLoss === undefined) return;
    const gained = direction[position.side] * (stopLoss - position.stopLoss);
    if (gained > 0) return;
    this.#violated('a stop was loosened', `${ticket}: ${position.stopLoss} to ${stopLoss}`);
  }

  /** Only what was read after the answer to an order says that the order is not there. */
  #judgeAbsence(fact: Extract<AccountFact, { type: 'order-unresolved' | 'order-unseen' }>): void {
    const { orderId, ioAt, type } = fact;
    const isRead = type === 'order-unseen' || this.#state.orders[orderId]?.stage === 'accepted';
    const answeredAt = this.#answeredAt.get(orderId);
    if (!isRead || answeredAt === undefined || ioAt >= answeredAt) return;
    const detail = `order ${orderId}: read at ${ioAt}, answered at ${answeredAt}`;
    this.#violated('absence was read too early', detail);
  }

  #executes(ticket: number, orderId: string): void {
    const tradeId = this.#intents.get(orderId);
    if (tradeId === undefined) {
      this.#violated('an order has no intent on disk', `position ${ticket} of ${orderId}`);
      return;
    }
    const former = this.#executed.get(tradeId);
    if (former !== undefined) {
      this.#violated('an order is doubled', `trade ${tradeId}: positions ${former} and ${ticket}`);
    }
    this.#executed.set(tradeId, ticket);
  }

  #fold(fact: AccountFact): void {
    try {
      this.#state = apply(this.#state, fact);
    } catch (error) {
      this.#violated('the journal does not fold to the state', `${fact.type}: ${String(error)}`);
    }
  }

  #violated(rule: Rule, detail: string): void {
    this.#options.report({ rule, account: this.#id, detail });
  }
}

/** What may differ only where something was different: no identity, no time. */
function verdictOf(fact: Extract<AccountFact, { type: 'bar-decided' }>): string {
  return fact.verdict === 'entered'
    ? `entered ${fact.side}`
    : `${fact.verdict} ${fact.denial.limit}`;
}

/**
 * One account over a simulated broker, without actors: the state machine of `account/`, fed as the account's actor feeds
 * it. At every bar the broker is read first, then the prediction is decided, then whatever follows is brought to its end.
 */
import type { AccountFact } from '../account/account-fact.ts';
import { type AccountState, initialState } from '../account/account-state.ts';
import { dealsFrom } from '../account/apply-deal.ts';
import { decide } from '../account/decide.ts';
import type { AccountEffect } from '../account/effect.ts';
import type { AccountInput } from '../account/input.ts';
import { maySend } from '../account/may-send.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { type PositionAnswer, positionQuestions } from '../account/position-questions.ts';
import { dealsNeeded, isSettled } from '../account/settled.ts';
import { assert, unreachable } from '../domain/assert.ts';
import type { Trace } from '../domain/bar.ts';
import type { Order, TradeOutcome } from '../domain/order.ts';
import type { Prediction } from '../domain/prediction.ts';
import { type EpochMs, epochMs, steps } from '../domain/units.ts';
import type { FleetCaps } from '../risk/exposure.ts';
import { blankLedger, type Ledger, settle, tell } from '../risk/exposure-ledger.ts';
import type { ExchangeBroker } from './exchange-broker.ts';

type WithoutTimes<Input> = Input extends unknown ? Omit<Input, 'at' | 'ioAt'> : never;
type Input = WithoutTimes<AccountInput>;

export type ClosedBar = {
  readonly trace: Trace;
  readonly symbol: string;
  readonly closedAt: EpochMs;
  /** Undefined where the engine had none for it. */
  readonly prediction: Prediction | undefined;
};

export type PositionJudge = (question: PositionAnswer['question']) => Promise<PositionAnswer>;

export type AccountRunOptions = {
  readonly policy: AccountPolicy;
  readonly broker: ExchangeBroker;
  /** What it knows already; absent for a new account. */
  readonly state?: AccountState | undefined;
  /** What the fleet may hold; the account is all of it here. */
  readonly fleetCaps?: FleetCaps | undefined;
  readonly onFact: (fact: AccountFact) => void;
};

/** An exchange that is in one thread with its account answers at once: who reads it so often at one bar reads for ever. */
const roundsMax = 1_000;
const epoch = 1;

export class AccountRun {
  readonly #options: AccountRunOptions;
  #state: AccountState;
  #ledger: Ledger | undefined;
  #marketNow = epochMs(0);
  #bar: ClosedBar | undefined;
  /** What has to be told to the account, oldest first. */
  readonly #inputs: Input[] = [];
  #mustRead = false;

  constructor(options: AccountRunOptions) {
    this.#options = options;
    const { policy, fleetCaps, state } = options;
    this.#state = state ?? initialState(policy.account);
    this.#ledger = fleetCaps && blankLedger(fleetCaps);
    if (state !== undefined) {
      this.#marketNow = state.at;
      return;
    }
    const absenceProof = { sinceCallMs: 0, emptyForMs: 0 };
    this.#take({ type: 'opened', epoch, policy, absenceProof });
    this.#settle();
  }

  get state(): AccountState {
    return this.#state;
  }

  /** Looks at the broker between two bars, and brings to an end what follows. */
  look(): void {
    this.#read();
    this.#settle();
  }

  /** Takes what a person says, and brings to an end what follows. */
  obey(input: Extract<Input, { readonly type: 'configured' | 'controlled' }>): void {
    this.#take(input);
    this.#settle();
  }

  /** Reads the broker, decides, and brings to an end what follows. */
  decide(bar: ClosedBar): void {
    this.#bar = bar;
    this.#read();
    const { trace, symbol, prediction } = bar;
    this.#take(
      prediction === undefined
        ? { type: 'unpredicted', trace, symbol, reason: 'the features are still warming up' }
        : { type: 'predicted', prediction },
    );
    this.#settle();
  }

  /** Asks about the positions that are open at the bar just decided, where the models can judge them. */
  async judge(judge: PositionJudge): Promise<void> {
    const bar = this.#bar;
    assert(bar, 'positions are judged at a bar');
    const over = new Set<number>();
    for (;;) {
      const open = positionQuestions(this.#state, bar).filter(({ ticket }) => !over.has(ticket));
      if (open.length === 0) return;
      for (const question of open) {
        over.add(question.ticket);
        this.#take({ type: 'position-judged', answer: await judge(question) });
      }
      this.#settle();
    }
  }

  #settle(): void {
    for (let round = 0; this.#inputs.length > 0 || this.#mustRead; round += 1) {
      assert(round < roundsMax, `the account does not come to rest at ${this.#bar?.trace}`);
      const input = this.#inputs.shift();
      if (input) this.#take(input);
      else this.#read();
    }
    assert(isSettled(this.#state), `the account is not settled at ${this.#bar?.trace}`);
  }

  #read(): void {
    this.#mustRead = false;
    const { broker, policy } = this.#options;
    const look = broker.look();
    const deals = dealsNeeded(this.#state, look) ? broker.deals(dealsFrom(this.#state)) : [];
    const moments = policy.symbols.map((symbol) => look.quotes[symbol]?.at ?? 0);
    this.#marketNow = epochMs(Math.max(this.#marketNow, ...moments));
    this.#take({ type: 'reconciled', ...look, deals });
  }

  #take(input: Input): void {
    const at = epochMs(Math.max(this.#marketNow, this.#bar?.closedAt ?? 0));
    const decision = decide(this.#state, { ...input, at, ioAt: at } as AccountInput);
    const { state, facts, effects } = decision;
    this.#state = state;
    for (const fact of facts) this.#options.onFact(fact);
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: AccountEffect): void {
    const { broker } = this.#options;
    switch (effect.type) {
      case 'submit': {
        const { order } = effect;
        const outcome = this.#submit(order);
        this.#inputs.push({ type: 'order-answered', orderId: order.id, outcome });
        break;
      }
      case 'close': {
        const { ticket } = effect;
        this.#inputs.push({ type: 'close-answered', ticket, outcome: broker.close(effect) });
        break;
      }
      case 'cancel-orders': // the market fills at once, so nothing pends
        this.#inputs.push({
          type: 'cancel-answered',
          outcome: { outcome: 'done', fill: { volume: steps(0) } },
        });
        break;
      case 'protect': {
        const { ticket } = effect;
        this.#inputs.push({ type: 'protect-answered', ticket, outcome: broker.protect(effect) });
        break;
      }
      case 'reconcile':
        this.#mustRead = true;
        break;
      case 'tell-fleet':
        this.#tellFleet(effect);
        break;
      case 'announce': // nobody listens
        break;
      default:
        unreachable(effect);
    }
  }

  #submit(order: Order): TradeOutcome {
    if (!maySend(this.#state)) return { outcome: 'not-sent', reason: 'entries have stopped' };
    return this.#options.broker.submit(order);
  }

  /** The ledger of a fleet of one: its caps count, what other accounts would hold does not. */
  #tellFleet({ told, asking }: Extract<AccountEffect, { type: 'tell-fleet' }>): void {
    if (this.#ledger === undefined) return;
    const { account } = this.#options.policy;
    const heard = tell(this.#ledger, account, { ...told, epoch, ...(asking && { asking }) });
    const { ledger, answers } = settle(heard, [account], true);
    this.#ledger = ledger;
    const prediction = this.#bar?.prediction;
    if (prediction === undefined) return;
    for (const { wish, denial } of answers) {
      const reservation = { holding: wish.holding, ...(denial && { denial }) };
      this.#inputs.push({ type: 'predicted', prediction, reservation });
    }
  }
}

/** What one account writes down over bars of a random walk: the real decisions, against a broker in memory. */
import type { AccountFact } from '../src/account/account-fact.ts';
import { type AccountState, initialState } from '../src/account/account-state.ts';
import { apply } from '../src/account/apply.ts';
import { dealsFrom } from '../src/account/apply-deal.ts';
import { decide } from '../src/account/decide.ts';
import type { AccountEffect } from '../src/account/effect.ts';
import type { AccountInput } from '../src/account/input.ts';
import { hashedPolicy } from '../src/account/policy-hash.ts';
import { dealsNeeded } from '../src/account/settled.ts';
import { traceOf } from '../src/domain/bar.ts';
import type { PredictedClass, Prediction } from '../src/domain/prediction.ts';
import { type AccountId, epochMs, fraction, price } from '../src/domain/units.ts';
import { seededRandom } from '../src/runtime/seeded-random.ts';
import { ModelBroker } from '../test/model-broker.ts';

const barMs = 900_000;
const start = Date.UTC(2025, 0, 6);
/** A bar in twelve is a signal. */
const signalShare = 1 / 12;

type WithoutTimes<Input> = Input extends unknown ? Omit<Input, 'at' | 'ioAt'> : never;

export class YearOfBars {
  readonly facts: AccountFact[] = [];
  state: AccountState;
  trades = 0;
  readonly #random = seededRandom(7);
  readonly #broker: ModelBroker;
  #at = start;
  #price = 95_000;

  constructor(account: AccountId) {
    this.state = initialState(account);
    this.#broker = new ModelBroker(this.#quote());
    this.#give({
      type: 'opened',
      epoch: 1,
      absenceProof: { sinceCallMs: 1_000, emptyForMs: 500 },
      policy: hashedPolicy({
        ...{ account, mode: 'paper', symbols: ['BTCUSD'], barMs, votesMin: 2 },
        ...{ risk: fraction(0.001), riskMax: fraction(0.1), lotsMin: 0.01, lotsMax: 5 },
        ...{ stopLossAtr: 1, takeProfitAtr: 1, atrMin: 15, dailyLossMax: fraction(0.03) },
        ...{ dayOffsetMs: 0, consecutiveLossesMax: 7, readFailuresMax: 3 },
      }),
    });
  }

  play(bars: number): void {
    for (let bar = 0; bar < bars; bar += 1) {
      this.#at += barMs;
      this.#price = Math.max(1_000, this.#price + Math.round(400 * (this.#random() - 0.5)));
      this.#broker.move(this.#quote());
      this.#read();
      this.#give({ type: 'predicted', prediction: this.#prediction() });
    }
    this.trades = this.#broker.executed.length;
  }

  #quote() {
    return { bid: price(this.#price), ask: price(this.#price + 5), at: epochMs(this.#at) };
  }

  #prediction(): Prediction {
    const chance = this.#random();
    const says: PredictedClass =
      chance > signalShare ? 'hold' : chance > signalShare / 2 ? 'buy' : 'sell';
    const rest = this.#random() * 0.2;
    const mean = { buy: rest, sell: rest, hold: rest, [says]: 1 - 2 * rest };
    const member = { raw: mean, calibrated: mean, vote: says };
    const barTime = epochMs(this.#at - barMs);
    return {
      trace: traceOf('BTCUSD', 'M15', barTime),
      symbol: 'BTCUSD',
      barTime,
      modelHash: 'f'.repeat(64),
      featuresHash: 'f'.repeat(32),
      mean,
      members: { rf: member, xgb: member, lgb: member },
      atr: price(300),
      thresholds: { confidenceMin: 0.6, gapMin: 0.05 },
    };
  }

  #read(): void {
    const read = this.#broker.read();
    const from = dealsFrom(this.state);
    const deals = dealsNeeded(this.state, read) ? read.deals.filter(({ at }) => at >= from) : [];
    this.#give({ type: 'reconciled', ...read, deals });
  }

  #give(content: WithoutTimes<AccountInput>): void {
    const input = { ...content, at: epochMs(this.#at), ioAt: epochMs(this.#at) } as AccountInput;
    const { facts, effects } = decide(this.state, input);
    this.facts.push(...facts);
    this.state = facts.reduce(apply, this.state);
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: AccountEffect): void {
    switch (effect.type) {
      case 'submit': {
        const outcome = this.#broker.submit(effect.order, 'none');
        return this.#give({ type: 'order-answered', orderId: effect.order.id, outcome });
      }
      case 'close': {
        const outcome = this.#broker.close(effect.ticket, 'client', effect.volume);
        return this.#give({ type: 'close-answered', ticket: effect.ticket, outcome });
      }
      case 'reconcile':
        return this.#read();
      default: // nothing here observes, protects or counts a fleet
        return undefined;
    }
  }
}

import type { Clock } from '../runtime/clock.ts';
import type { AccountSeat, SeatsMessage, SeatsTakenMessage } from '../threads/thread-data.ts';

/** Longer than an account has to stop. */
const answerWithinMs = 15_000;

/** The host of many accounts did not do what it was asked, or did not say so in time. */
class SeatsNotTakenError extends Error {
  override readonly name = 'SeatsNotTakenError';
}

type Pending = {
  readonly host: string;
  readonly number: number;
  readonly message: () => SeatsMessage;
  readonly settle: (error?: SeatsNotTakenError) => void;
};

/**
 * Asks hosts of many accounts who shall live there, until they say that it is so. A host that starts anew is asked
 * again: what it was started with may be older than the question.
 */
export class SeatDesk {
  readonly #tell: (host: string, message: SeatsMessage) => void;
  readonly #clock: Clock;
  #pending: readonly Pending[] = [];
  #number = 0;

  constructor(options: {
    readonly tell: (host: string, message: SeatsMessage) => void;
    readonly clock: Clock;
  }) {
    this.#tell = options.tell;
    this.#clock = options.clock;
  }

  /** @param seats asked whenever the host is told */
  settle(host: string, seats: () => readonly AccountSeat[]): Promise<void> {
    return this.#ask(host, (number) => ({ type: 'seats-wanted', number, seats: seats() }));
  }

  restart(host: string, seat: Pick<AccountSeat, 'account'> & { reason: string }): Promise<void> {
    return this.#ask(host, (number) => ({ type: 'restart-seat', number, ...seat }));
  }

  hostIsUp(host: string): void {
    for (const pending of this.#pending.filter((each) => each.host === host)) {
      const message = pending.message();
      if (message.type === 'seats-wanted') this.#tell(host, message);
      else pending.settle();
    }
  }

  taken({ host, number, refusal }: SeatsTakenMessage): void {
    const pending = this.#pending.find((each) => each.host === host && each.number === number);
    pending?.settle(refusal === undefined ? undefined : new SeatsNotTakenError(refusal));
  }

  #ask(host: string, messageOf: (number: number) => SeatsMessage): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      const late = new SeatsNotTakenError(`${host} did not answer within ${answerWithinMs} ms`);
      const cancel = this.#clock.after(answerWithinMs, () => settle(late));
      const settle = (error?: SeatsNotTakenError) => {
        cancel();
        this.#pending = this.#pending.filter((each) => each.number !== number);
        if (error === undefined) resolve();
        else reject(error);
      };
      const message = () => messageOf(number);
      this.#pending = [...this.#pending, { host, number, message, settle }];
      this.#tell(host, message());
    });
  }
}

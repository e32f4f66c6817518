import type { DeadLetter } from '../runtime/dead-letters.ts';
import { PostOffice, type PostOfficeOptions } from '../runtime/post-office.ts';
import type { ReportViolation } from './account-audit.ts';

/** What a letter bears: nobody but the audit reads it. */
type Stamp = { readonly office: number; readonly number: number };

type Counts = { sent: number; delivered: number; newest: number };

/** Watches the mail between actors: nothing is doubled, nothing overtakes, and nothing gets lost where nobody dies. */
export class MailAudit {
  readonly #report: ReportViolation;
  readonly #onSent: (address: string, message: unknown) => void;
  /** By office and address. */
  readonly #pairs = new Map<string, Counts>();
  #offices = 0;

  /** @param onSent called before a message leaves its sender */
  constructor(report: ReportViolation, onSent: (address: string, message: unknown) => void) {
    this.#report = report;
    this.#onSent = onSent;
  }

  /** The post office of a thread that has just started. */
  openOffice(options: PostOfficeOptions): PostOffice {
    this.#offices += 1;
    const office = this.#offices;
    const onDeadLetter = (letter: DeadLetter) => {
      this.deadLetter(letter);
      options.onDeadLetter(letter);
    };
    return new StampedOffice(
      { ...options, onDeadLetter },
      {
        stamp: (address, message) => this.#stamp(office, address, message),
        delivered: (address, message) => this.#delivered(address, message),
      },
    );
  }

  deadLetter({ to, reason }: DeadLetter): void {
    const isOverflow = reason === 'mailbox-full' || reason === 'no-credit';
    if (isOverflow || reason === 'undeliverable') {
      this.#report({ rule: 'mail was lost', account: '', detail: `${to}: ${reason}` });
    }
  }

  /** Nobody has died, and nothing is under way any more: every letter was delivered. */
  everythingArrived(): void {
    for (const [pair, { sent, delivered }] of this.#pairs) {
      // Who lives in main has no stamped office.
      if (sent === delivered || pair.includes(' main/')) continue;
      this.#report({
        rule: 'mail was lost',
        account: '',
        detail: `${pair}: ${delivered} of ${sent}`,
      });
    }
  }

  #stamp(office: number, address: string, message: unknown): unknown {
    this.#onSent(address, message);
    const counts = this.#countsOf(`${office} ${address}`);
    counts.sent += 1;
    const stamp: Stamp = { office, number: counts.sent };
    return { ...(message as object), stamp };
  }

  #delivered(address: string, message: unknown): void {
    const { stamp } = message as { readonly stamp?: Stamp };
    if (stamp === undefined) return;
    const counts = this.#countsOf(`${stamp.office} ${address}`);
    counts.delivered += 1;
    if (stamp.number <= counts.newest) {
      const detail = `${address}: letter ${stamp.number} after ${counts.newest}`;
      this.#report({ rule: 'mail was doubled or overtook other mail', account: '', detail });
    }
    counts.newest = stamp.number;
  }

  #countsOf(pair: string): Counts {
    const known = this.#pairs.get(pair);
    if (known) return known;
    const counts = { sent: 0, delivered: 0, newest: 0 };
    this.#pairs.set(pair, counts);
    return counts;
  }
}

type Watch = {
  readonly stamp: (address: string, message: unknown) => unknown;
  readonly delivered: (address: string, message: unknown) => void;
};

/** The real post office; what goes in and what comes out is counted. */
class StampedOffice extends PostOffice {
  readonly #thread: string;
  readonly #watch: Watch;

  constructor(options: PostOfficeOptions, watch: Watch) {
    super(options);
    this.#thread = options.thread;
    this.#watch = watch;
  }

  override ref: PostOffice['ref'] = (address) => {
    const ref = super.ref(address);
    return {
      name: ref.name,
      tell: (message) => ref.tell(this.#watch.stamp(address, message)),
    };
  };

  override register: PostOffice['register'] = (actor, ref, resident = this.#thread) => {
    const address = `${resident}/${actor}`;
    const taking = {
      name: ref.name,
      tell: (message: never) => {
        this.#watch.delivered(address, message);
        ref.tell(message);
      },
    };
    super.register(actor, taking, resident);
  };
}

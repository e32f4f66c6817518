import { assert } from '../domain/assert.ts';
import type { DeadLetter } from '../runtime/dead-letters.ts';
import { PostOffice, type PostOfficeOptions } from '../runtime/post-office.ts';
import type { ReportViolation } from './account-audit.ts';

/** What a letter bears: nobody but the audit reads it. */
type Stamp = { readonly office: number; readonly address: string; readonly number: number };

/** Letters of one office to one address. */
type Pair = {
  readonly office: Office;
  readonly address: string;
  sent: number;
  newest: number;
  /** Sent, and neither delivered nor told lost. What dies with a thread is nobody's. */
  readonly underWay: Set<number>;
};

/** The post office of one life of a thread. */
type Office = {
  readonly number: number;
  readonly thread: string;
  readonly life: ThreadLife;
  readonly post: PostOffice;
  /** What it said last, oldest first. */
  readonly said: Letter[];
};

type Letter = { readonly address: string; readonly message: unknown };

/** The part of a `SimulatedThread` that is used: whoever it hosts dies with it. */
type ThreadLife = { readonly isOver: boolean; atEnd(task: () => void): void };

/** A thread that never ends. */
const immortal: ThreadLife = { isOver: false, atEnd: () => {} };
const saidMax = 30;

export type MailAuditOptions = {
  readonly report: ReportViolation;
  /** Called before a message leaves its sender. */
  readonly onSent: (address: string, message: unknown) => void;
  /** Called before a message is given to its receiver. */
  readonly onDelivered?: (address: string, message: unknown) => void;
};

/** Watches the mail between actors: nothing is doubled, nothing overtakes, and nothing gets lost but with a thread. */
export class MailAudit {
  readonly #options: MailAuditOptions;
  /** By office and address. */
  readonly #pairs = new Map<string, Pair>();
  /** By number. */
  readonly #offices = new Map<number, Office>();
  /** Resident -> where it lives. */
  readonly #homes = new Map<string, Office>();

  constructor(options: MailAuditOptions) {
    this.#options = options;
  }

  /** The post office of a thread that has just started. */
  openOffice(options: PostOfficeOptions, life: ThreadLife = immortal): PostOffice {
    const number = this.#offices.size + 1;
    const onDeadLetter = (letter: DeadLetter) => {
      this.deadLetter(letter);
      options.onDeadLetter(letter);
    };
    const post = new StampedOffice(
      { ...options, onDeadLetter },
      {
        stamp: (address, message) => this.#stamp(number, address, message),
        delivered: (address, message) => this.#delivered(office, address, message),
        registered: (resident) => void this.#homes.set(resident, office),
        connectedAgain: (residents) => this.#forgetBetween(office, residents),
      },
    );
    const office = { number, thread: options.thread, life, post, said: [] };
    this.#offices.set(number, office);
    life.atEnd(() => this.#forgetWith(office));
    return post;
  }

  deadLetter({ to, message, reason }: DeadLetter): void {
    const isOverflow = reason === 'mailbox-full' || reason === 'no-credit';
    if (isOverflow || reason === 'undeliverable') {
      this.#options.report({ rule: 'mail was lost', account: '', detail: `${to}: ${reason}` });
    }
    this.#settle(stampOf(message));
  }

  /** Some letter was neither delivered nor told lost. */
  get isUnderWay(): boolean {
    return this.#missing().length > 0;
  }

  /** Nothing is under way any more: every letter was delivered, told lost, or died with a thread. */
  everythingArrived(): void {
    for (const { office, address, underWay } of this.#missing()) {
      const [first] = underWay;
      const detail = `${office.thread} to ${address}: ${underWay.size}, the first is letter ${first}`;
      this.#options.report({ rule: 'mail was lost', account: '', detail });
    }
  }

  /** Who lives in main has no stamped office. */
  #missing(): readonly Pair[] {
    return [...this.#pairs.values()].filter(
      ({ address, underWay }) => underWay.size > 0 && !address.startsWith('main/'),
    );
  }

  /** What dead incarnations of a resident said last comes once more, in its order, over the lines of the living one. */
  comesLate(resident: string, count: number): void {
    const home = this.#homes.get(resident);
    if (home === undefined || home.life.isOver) return;
    const dead = [...this.#offices.values()].filter(
      ({ thread, life }) => thread === home.thread && life.isOver,
    );
    for (const { address, message } of dead.flatMap(({ said }) => said).slice(-count)) {
      PostOffice.prototype.ref.call(home.post, address).tell(message as never);
    }
  }

  /** Says something in the name of whoever lives there. False where nobody does. */
  say(resident: string, address: string, message: unknown): boolean {
    const home = this.#homes.get(resident);
    if (home === undefined || home.life.isOver) return false;
    home.post.ref<unknown>(address).tell(message);
    return true;
  }

  #stamp(office: number, address: string, message: unknown): unknown {
    this.#options.onSent(address, message);
    const pair = this.#pairOf(office, address);
    pair.sent += 1;
    pair.office.said.push({ address, message });
    if (pair.office.said.length > saidMax) pair.office.said.shift();
    // Said to the dead, it is lost with them.
    const home = this.#homes.get(residentIn(address));
    if (home?.life.isOver !== true) pair.underWay.add(pair.sent);
    const stamp: Stamp = { office, address, number: pair.sent };
    return { ...(message as object), stamp };
  }

  #delivered(by: Office, address: string, message: unknown): void {
    this.#options.onDelivered?.(address, message);
    const stamp = stampOf(message);
    if (stamp === undefined) return;
    const pair = this.#pairOf(stamp.office, address);
    this.#settle(stamp);
    // A thread that was left behind hears what was said to it when it stirs again; its successor has heard more since.
    if (this.#homes.get(residentIn(address)) !== by) return;
    if (stamp.number <= pair.newest) {
      const detail = `${address}: letter ${stamp.number} after ${pair.newest}`;
      this.#options.report({
        rule: 'mail was doubled or overtook other mail',
        account: '',
        detail,
      });
    }
    pair.newest = stamp.number;
  }

  #settle(stamp: Stamp | undefined): void {
    if (stamp) this.#pairOf(stamp.office, stamp.address).underWay.delete(stamp.number);
  }

  /** What it had sent, and what was sent to those who live there, is lost with it. */
  #forgetWith(office: Office): void {
    for (const { office: sender, address, underWay } of this.#pairs.values()) {
      const receiver = this.#homes.get(residentIn(address));
      if (sender === office || receiver === office) underWay.clear();
    }
  }

  /** A line was replaced: what was said on the former one since the other side died is lost with it. */
  #forgetBetween(office: Office, residents: readonly string[]): void {
    for (const { office: sender, address, underWay } of this.#pairs.values()) {
      if (sender === office && residents.includes(residentIn(address))) underWay.clear();
    }
  }

  #pairOf(number: number, address: string): Pair {
    const key = `${number} ${address}`;
    const known = this.#pairs.get(key);
    if (known) return known;
    const office = this.#offices.get(number);
    assert(office, `there is no post office ${number}`);
    const pair = { office, address, sent: 0, newest: 0, underWay: new Set<number>() };
    this.#pairs.set(key, pair);
    return pair;
  }
}

function stampOf(message: unknown): Stamp | undefined {
  return (message as { readonly stamp?: Stamp } | undefined)?.stamp;
}

function residentIn(address: string): string {
  return address.slice(0, address.indexOf('/'));
}

type Watch = {
  readonly stamp: (address: string, message: unknown) => unknown;
  readonly delivered: (address: string, message: unknown) => void;
  readonly registered: (resident: string) => void;
  readonly connectedAgain: (residents: readonly string[]) => void;
};

/** The real post office; what goes in and what comes out is counted. */
class StampedOffice extends PostOffice {
  readonly #thread: string;
  readonly #watch: Watch;
  /** Peers and residents that a line has led to, whichever thread was at its other end. */
  readonly #reached = new Set<string>();

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

  override connect: PostOffice['connect'] = (peer, port, residents = []) => {
    const led = [peer, ...residents];
    this.#watch.connectedAgain(led.filter((resident) => this.#reached.has(resident)));
    for (const resident of led) this.#reached.add(resident);
    super.connect(peer, port, residents);
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
    this.#watch.registered(resident);
    super.register(actor, taking, resident);
  };
}

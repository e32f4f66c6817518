/** What must hold whatever happens, how often it was looked at, and where it did not hold. */
import type { Rule, Violation } from '../simulation/account-audit.ts';

/** Every invariant, in the order in which verdicts are told. */
const invariants = [
  'no order is doubled',
  'no order leaves without an intent on disk',
  'no position stands without a stop',
  'no entry passes a guard',
  'each bar is decided exactly once',
  'the books agree at each quiet point',
  'what is shown is what the journal says',
  'epochs grow',
  'no account is disturbed by the trouble of another',
  'every account is back in time',
  'no command is lost',
  'the configuration is taken whole or not at all',
  'journals are whole',
  'the engine stops in order',
  'the engine ends only when it is made to',
  'no process is left over',
  'memory stays bounded',
] as const;

export type Invariant = (typeof invariants)[number];

export type Verdict = {
  readonly invariant: Invariant;
  readonly checks: number;
  readonly violations: readonly string[];
};

/** Rules of the audit that are not named here are about decisions. */
const invariantOf: Partial<Record<Rule, Invariant>> = {
  'an order is doubled': 'no order is doubled',
  'an order was sent twice': 'no order is doubled',
  'an order has no intent on disk': 'no order leaves without an intent on disk',
  'a position has no stop': 'no position stands without a stop',
  'an entry passed a guard': 'no entry passes a guard',
  'a command was lost': 'no command is lost',
  'a bar was decided twice': 'each bar is decided exactly once',
  'a bar was not decided': 'each bar is decided exactly once',
  'the journal does not fold to the state': 'what is shown is what the journal says',
  'the books disagree': 'the books agree at each quiet point',
  'an epoch did not grow': 'epochs grow',
  'the run does not end': 'every account is back in time',
  'an error reached nobody': 'the engine ends only when it is made to',
};

/** The same violation again says nothing new, and a position without a stop is seen at every look. */
const keptMax = 20;

export class Judge {
  readonly #say: (line: string) => void;
  readonly #checks = new Map<Invariant, number>();
  readonly #violations = new Map<Invariant, string[]>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  get violations(): number {
    return [...this.#violations.values()].reduce((sum, each) => sum + each.length, 0);
  }

  checked(invariant: Invariant, times = 1): void {
    this.#checks.set(invariant, (this.#checks.get(invariant) ?? 0) + times);
  }

  violated(invariant: Invariant, detail: string): void {
    const known = this.#violations.get(invariant) ?? [];
    if (known.length >= keptMax || known.includes(detail)) return;
    this.#violations.set(invariant, [...known, detail]);
    this.#say(`VIOLATION ${invariant}: ${detail}`);
  }

  /** What the audit of an account has found. */
  found({ rule, account, detail }: Violation): void {
    this.violated(invariantOf[rule] ?? 'no entry passes a guard', `${account}: ${rule}: ${detail}`);
  }

  verdicts(): readonly Verdict[] {
    return invariants.map((invariant) => ({
      invariant,
      checks: this.#checks.get(invariant) ?? 0,
      violations: this.#violations.get(invariant) ?? [],
    }));
  }
}

/** Who tells the engine what to do: gives commands, changes the configuration, looks after accounts that were given up. */
import type { AccountCommand } from '../account/input.ts';
import type { AccountPolicy } from '../account/policy.ts';
import { type AccountId, accountId } from '../domain/units.ts';
import type { Engine } from '../engine/engine.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import type { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';
import type { AccountAudit, ReportViolation } from './account-audit.ts';
import type { Scenario } from './scenario.ts';
import { simulatedPlan, simulatedPolicy } from './simulated-plan.ts';
import type { Stage } from './stages.ts';

/** An engine, and the thread that it lives and dies in. */
export type Life = {
  readonly main: SimulatedThread;
  readonly engine: Engine;
  /** It was told to stop: its end is no surprise. */
  isStopping: boolean;
};

export type PeopleOptions = {
  readonly scenario: Scenario;
  readonly stage: Stage;
  readonly life: () => Life | undefined;
  readonly audit: (account: string) => AccountAudit;
  readonly report: ReportViolation;
  readonly say: (line: string) => void;
  /** An account leaves with all that it holds. */
  readonly onLeft: () => void;
};

/** Somebody looks after an account that was given up. */
const personComesMs = 60_000;
/** Whoever asks the engine has an answer by then: the longest deadline of a start or a stop, and slow mail. */
const answerMs = 120_000;

export class SimulatedPeople {
  readonly #options: PeopleOptions;
  readonly #policies = new Map<string, AccountPolicy>();
  /** Accounts that were away for a while: bars have passed without them. */
  readonly #missed = new Set<string>();
  /** Those that are away now. */
  readonly #away = new Set<string>();

  constructor(options: PeopleOptions) {
    this.#options = options;
  }

  /** The configuration as it stands. */
  plan(): RunPlan {
    const { scenario, stage } = this.#options;
    return simulatedPlan(scenario, stage, (id) => this.#policyOf(id));
  }

  /** What every account that belongs to the run is told. */
  policies(): readonly AccountPolicy[] {
    const { accounts } = this.#options.scenario;
    return accounts.map((account) => this.#policyOf(accountId(account)));
  }

  /** An account has left the run and is to join it again. */
  get waitForSomebody(): boolean {
    return this.#away.size > 0;
  }

  haveMissed(account: string): boolean {
    return this.#missed.has(account);
  }

  /** Who was away when the last one died is in the configuration again. */
  engineStarts(): void {
    this.#away.clear();
  }

  /** The engine may refuse, or take until it has an answer, but has one. */
  ask(what: (life: Life) => Promise<void>): void {
    const { report, say } = this.#options;
    const life = this.#options.life();
    if (life === undefined || life.main.isOver) return;
    const detail = String(what);
    const cancel = life.main.clock.after(answerMs, () =>
      report({ rule: 'somebody waits for ever', account: '', detail }),
    );
    what(life)
      .catch((error: unknown) => say(`refused: ${String(error)}`))
      .finally(cancel);
  }

  /** What is said to be taken is on disk. */
  command(account: string, command: AccountCommand): void {
    const { audit, report } = this.#options;
    this.ask(async ({ engine }) => {
      const before = audit(account).commands(command);
      await engine.command(accountId(account), command, 'a person');
      if (audit(account).commands(command) > before) return;
      report({ rule: 'a command was lost', account, detail: command });
    });
  }

  /** The file is changed, too: an engine that is started later reads it. */
  changePolicy(account: string, risk: number): void {
    const { life, audit, scenario } = this.#options;
    const policy = simulatedPolicy(accountId(account), scenario, risk);
    this.#policies.set(account, policy);
    audit(account).policyTold(policy.hash);
    life()?.engine.changePolicy(policy);
  }

  leaveAndJoin(account: string, joinsAfterMs: number): void {
    this.ask(async ({ engine }) => {
      if (!engine.accounts().includes(account)) return;
      this.#missed.add(account);
      this.#away.add(account);
      this.#options.onLeft();
      await engine.removeAccount(accountId(account));
      this.#comesBack(account, joinsAfterMs);
    });
  }

  /** Until it works. */
  takeCareOf(account: string): void {
    const { say } = this.#options;
    say(`given up: ${account}`);
    this.#missed.add(account);
    this.#later(personComesMs, async (engine) => {
      if (!engine.accounts().includes(account)) return;
      await engine.revive(accountId(account)).catch((error: unknown) => {
        this.takeCareOf(account);
        throw error;
      });
    });
  }

  #policyOf(id: AccountId): AccountPolicy {
    return this.#policies.get(id) ?? simulatedPolicy(id, this.#options.scenario);
  }

  #comesBack(account: string, afterMs: number): void {
    this.#later(afterMs, async (engine) => {
      const plan = this.plan().accounts.find(({ id }) => id === account);
      if (plan === undefined || engine.accounts().includes(account)) return;
      try {
        await engine.addAccount(plan);
        this.#away.delete(account);
        // Who was quarantined when he left joins so, and a person is told.
        if (engine.quarantined().some((each) => each.account === account)) this.takeCareOf(account);
      } catch (error) {
        this.#comesBack(account, personComesMs);
        throw error;
      }
    });
  }

  /** Forgotten when the engine is gone by then. */
  #later(afterMs: number, what: (engine: Engine) => Promise<void>): void {
    const life = this.#options.life();
    life?.main.clock.after(afterMs, () => this.ask(({ engine }) => what(engine)));
  }
}

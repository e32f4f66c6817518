/** Follows the configuration while the engine runs: policies change, accounts join and leave, nobody else notices. */
import type { EngineEvent } from '../actors/observer.ts';
import type { AccountConfig, Config, TerminalConfig } from '../config/config.ts';
import type { ConfigChange } from '../config/diff-config.ts';
import { type AccountId, accountId } from '../domain/units.ts';
import type { Engine } from '../engine/engine.ts';
import { planAccount } from '../engine/plan-account.ts';
import {
  type AccountPlan,
  accountPlan,
  type PlanOptions,
  type RunPlan,
} from '../engine/run-plan.ts';
import type { Clock } from '../runtime/clock.ts';
import { noticesOf } from './account-notices.ts';
import type { AccountPolicies } from './account-policies.ts';
import type { LiveGate } from './audit/live-gate.ts';
import { type FleetWatch, hasStopped, isFlat, openText } from './fleet-watch.ts';
import { withSymbol } from './with-symbol.ts';

export type FleetChangesOptions = {
  readonly plan: RunPlan;
  /** What the plan was made of. */
  readonly planOptions: PlanOptions;
  /** The one symbol that is traded, where a person said so. */
  readonly symbol: string | undefined;
  /** Of real money. */
  readonly gate: Pick<LiveGate, 'whyNot' | 'whyNotNow' | 'record'>;
  readonly engine: Pick<
    Engine,
    'addAccount' | 'removeAccount' | 'connectionTo' | 'quarantined' | 'observe'
  >;
  readonly policies: AccountPolicies;
  readonly watch: FleetWatch;
  readonly clock: Clock;
  readonly write: (line: string) => void;
};

type Member = {
  readonly plan: AccountPlan;
  readonly config: AccountConfig;
  life: 'joining' | 'running' | 'leaving' | 'going';
  /** Ends the wait for it to be flat: it stays after all, or the engine stops. */
  cancel?: (() => void) | undefined;
};

export class FleetChanges {
  readonly #options: FleetChangesOptions;
  /** All that are in the engine, or on their way into it or out of it. */
  readonly #members = new Map<AccountId, Member>();
  /** Could not join with what the configuration says of them now. */
  readonly #refused = new Set<AccountId>();
  #wanted: Config;
  /** How the terminals that were ever used here are set up. */
  readonly #terminals: Map<string, TerminalConfig>;
  #isClosed = false;

  constructor(options: FleetChangesOptions) {
    this.#options = options;
    const { plan, planOptions } = options;
    this.#wanted = planOptions.config;
    this.#terminals = new Map(Object.entries(planOptions.config.terminals));
    for (const account of plan.accounts) {
      const config = planOptions.config.accounts[account.id];
      if (config) this.#members.set(account.id, { plan: account, config, life: 'running' });
    }
  }

  /** Plans of all that are in the engine. */
  accounts(): readonly AccountPlan[] {
    return [...this.#members.values()].map(({ plan }) => plan);
  }

  /** Nobody joins or leaves any more; those that were leaving stay as they are. */
  close(): void {
    this.#isClosed = true;
    for (const { cancel } of this.#members.values()) cancel?.();
  }

  /** Why an account of `next` that does not run cannot join before a restart; undefined: it can. */
  whyNotHot(id: string, next: Config): string | undefined {
    const { plan, symbol, gate } = this.#options;
    const account = next.accounts[id];
    const terminal = next.terminals[account?.terminalKey ?? ''];
    if (account === undefined || terminal === undefined) return 'it is not configured';
    if (this.#isClosed) return 'the engine is stopping';
    const notLive = gate.whyNot(account);
    if (notLive !== undefined) return notLive;
    const traded = symbol === undefined ? account.symbols : [symbol];
    const stranger = traded.find((name) => !plan.markets.some((market) => market.symbol === name));
    if (stranger !== undefined) return `nobody trades ${stranger} here yet`;
    if (!traded.every((name) => account.symbols.includes(name)))
      return `it does not trade ${symbol}`;
    const isStepped = terminal.kind === 'simulator';
    if (isStepped !== (plan.lockstep !== undefined)) {
      return 'simulators in lockstep and terminals with a time of their own do not mix';
    }
    const known = this.#terminals.get(terminal.key);
    const isServed = this.#options.engine.connectionTo(terminal.key) !== undefined;
    if (isServed && JSON.stringify(known) !== JSON.stringify(terminal)) {
      return `the terminal ${terminal.key} still runs as it was`;
    }
    return undefined;
  }

  /** What is in force from now on, and what has changed. */
  take(next: Config, changes: readonly ConfigChange[]): void {
    for (const { file, path, from, to, ...change } of changes) {
      const isHot = change.isHot && !this.#isClosed;
      const why = this.#isClosed ? 'the engine is stopping' : change.why;
      this.#tell({ type: 'config-changed', file, path, from, to, isHot, ...(why && { why }) });
    }
    if (this.#isClosed) return;
    this.#wanted = withSymbol(next, this.#options.symbol);
    this.#refused.clear();
    for (const { account, text } of noticesOf(changes, this.#wanted)) {
      this.#tell({ type: 'account-configured', account, text });
    }
    this.#follow();
  }

  /** Brings the engine nearer to what is wanted. Called again whenever somebody has joined or left. */
  #follow(): void {
    if (this.#isClosed) return;
    for (const member of this.#members.values()) this.#followMember(member);
    for (const config of Object.values(this.#wanted.accounts)) {
      if (config.isEnabled && this.#mayJoin(config)) void this.#join(config);
    }
  }

  #followMember(member: Member): void {
    const config = this.#wanted.accounts[member.plan.id];
    const isWanted = config?.isEnabled === true;
    if (member.life === 'running' && !isWanted) void this.#leave(member);
    if (member.life === 'leaving' && isWanted && isSame(member.config, config)) {
      member.cancel?.();
    }
    if (member.life === 'running' && isWanted) {
      const { planOptions, policies } = this.#options;
      policies.configure(accountPlan(config, member.plan.terminal, planOptions).policy);
    }
  }

  /** A terminal is one login, and a journal has one owner: who comes waits for who goes. */
  #mayJoin({ id, terminalKey, stateFile }: AccountConfig): boolean {
    if (this.#members.has(accountId(id)) || this.#refused.has(accountId(id))) return false;
    return [...this.#members.values()].every(
      ({ config }) => config.terminalKey !== terminalKey && config.stateFile !== stateFile,
    );
  }

  async #join(config: AccountConfig): Promise<void> {
    const { plan, planOptions, engine, policies, gate, clock, write } = this.#options;
    const id = accountId(config.id);
    const why = this.whyNotHot(id, this.#wanted);
    this.#refused.add(id); // until it has joined, or the configuration says something else
    if (why !== undefined) return write(`config  ${id} does not join before a restart: ${why}`);
    try {
      const options = { ...planOptions, config: this.#wanted };
      const { account, simulator } = await planAccount(id, options, {
        plan,
        connectionTo: (terminal) => engine.connectionTo(terminal),
      });
      const { terminal: connection, magic } = account;
      const notNow = await gate.whyNotNow(config, { connection, magic, clock });
      if (notNow !== undefined) return write(`alert   ${notNow}`);
      if (this.#isClosed) return;
      gate.record(config);
      const member: Member = { plan: account, config, life: 'joining' };
      this.#members.set(id, member);
      const terminal = this.#wanted.terminals[config.terminalKey];
      if (terminal) this.#terminals.set(terminal.key, terminal);
      await engine.addAccount(account, simulator);
      policies.join(account.policy);
      member.life = 'running';
      this.#refused.delete(id);
      if (config.telegram) write(`config  ${id}: its chat hears of it after a restart`);
    } catch (error) {
      this.#members.delete(id);
      write(`alert   ${id} could not join: ${(error as Error).message}`);
    }
    this.#follow();
  }

  /** Entries stop at once; its position is managed until it has left, then the account is stopped. */
  async #leave(member: Member): Promise<void> {
    const { policies, write } = this.#options;
    const { id } = member.plan;
    const staying = new AbortController();
    member.life = 'leaving';
    member.cancel = () => staying.abort(new Error(`${id} stays`));
    policies.stopEntries(id, 'removed');
    write(`config  ${id} leaves: entries stop, what it holds is managed until it has left`);
    try {
      await this.#whenFlat(id, staying.signal);
    } catch {
      return this.#stay(member); // cancelled: nothing else rejects
    }
    await this.#remove(member);
    this.#follow();
  }

  #stay(member: Member): void {
    member.life = 'running';
    member.cancel = undefined;
    if (this.#isClosed) return;
    this.#options.policies.letStay(member.plan.id);
    this.#options.write(`config  ${member.plan.id} stays`);
    this.#follow();
  }

  async #remove(member: Member): Promise<void> {
    const { engine, policies, write } = this.#options;
    const { id } = member.plan;
    const isLost = engine.quarantined().some(({ account }) => account === id);
    if (isLost) write(`config  ${id} is quarantined: what it holds stays behind its stops`);
    member.life = 'going';
    member.cancel = undefined;
    try {
      await engine.removeAccount(id);
    } catch (error) {
      write(`alert   ${id} could not be stopped in order: ${(error as Error).message}`);
    }
    policies.leave(id);
    this.#members.delete(id);
  }

  /** Or when nothing runs it any more. Says what is still open, at each change. */
  async #whenFlat(id: AccountId, signal: AbortSignal): Promise<void> {
    const { watch, write } = this.#options;
    let said = '';
    await watch.until(() => {
      const account = watch.of(id);
      const open = account ? openText([account]) : '';
      if (account && open !== said && !isFlat(account)) write(`config  ${id} leaves: ${open} open`);
      said = open;
      if (account === undefined) return !watch.silent().includes(id);
      return hasStopped(account) && isFlat(account);
    }, signal);
  }

  #tell(event: EngineEvent): void {
    this.#options.engine.observe({ type: 'engine-event', event });
  }
}

/** Apart from what may change while it runs, which its policy takes care of. */
function isSame(one: AccountConfig, other: AccountConfig): boolean {
  const coldOf = ({ terminalKey, stateFile, isolation, mode, symbols, brokerId }: AccountConfig) =>
    JSON.stringify({ terminalKey, stateFile, isolation, mode, symbols, brokerId });
  return coldOf(one) === coldOf(other);
}

/** The supervision tree of a run, built from its plan: threads, the lines between them, and who restarts whom. */

import type { AccountCommand } from '../account/input.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { AccountMessage } from '../actors/account-message.ts';
import type { FeedMessage } from '../actors/feed.ts';
import {
  createMarketTime,
  type MarketTimeMessage,
  type StepLatency,
} from '../actors/market-time.ts';
import type { EngineEvent, ObserverMessage } from '../actors/observer.ts';
import type { ReceiptMessage } from '../actors/receipt.ts';
import { type AccountId, epochMs } from '../domain/units.ts';
import type { ActorRef } from '../runtime/actor.ts';
import { type ActorChild, actorChild } from '../runtime/actor-child.ts';
import type { ChildSpec, TreeNode } from '../runtime/child-spec.ts';
import type { Clock } from '../runtime/clock.ts';
import { DeadLetters } from '../runtime/dead-letters.ts';
import { PostOffice } from '../runtime/post-office.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import {
  type SupervisionEvent,
  Supervisor,
  type SupervisorOptions,
} from '../runtime/supervisor.ts';
import { supervisorChild } from '../runtime/supervisor-child.ts';
import { Switchboard } from '../runtime/switchboard.ts';
import { type ThreadChild, threadChild } from '../runtime/thread-child.ts';
import { actorBackoff } from '../threads/actor-thread.ts';
import { addresses } from '../threads/thread-data.ts';
import { CommandDesk } from './command-desk.ts';
import { engineAlerts } from './engine-alerts.ts';
import { type EngineHost, thisHost } from './engine-host.ts';
import { nameOf, UnknownActorError } from './engine-names.ts';
import { type EngineThread, engineThreads } from './engine-threads.ts';
import type { AccountPlan, RunPlan } from './run-plan.ts';
import { wallTimeChild } from './wall-time-child.ts';

export type EngineOptions = {
  readonly plan: RunPlan;
  readonly clock: Clock;
  /** Default: threads of this process, terminals over HTTP. */
  readonly host?: EngineHost;
  /** Supervised last: they may die at any time. */
  readonly edges: readonly Edge[];
  /** Told everything, synchronously. Must not throw. */
  readonly observe: (message: ObserverMessage) => void;
  readonly onLatency: (latency: StepLatency) => void;
  readonly onRestart: (restart: { readonly actor: string; readonly reason: string }) => void;
  /** A replay has come to its end. */
  readonly onFinished: () => void;
  /** An account is not restarted any more; `left` of them still run. */
  readonly onAccountGivenUp?: (account: AccountId, left: number) => void;
};

/** Something at the rim: a supervised child that is told what happens, or only lives there. */
export type Edge = { readonly child: ChildSpec; readonly ref?: ActorRef<ObserverMessage> };

export class Engine {
  /** Settles when the tree is down: as asked, or because it gave up. */
  readonly ended: Supervisor['ended'];
  readonly #options: EngineOptions;
  readonly #office: PostOffice;
  readonly #letters = new DeadLetters({ recentMax: 100 });
  readonly #switchboard: Switchboard;
  readonly #threads = new Map<string, ThreadChild>();
  readonly #root: Supervisor;
  readonly #marketTime: ActorChild<MarketTimeMessage> | undefined;
  readonly #policies = new Map<AccountId, { policy: AccountPolicy }>();
  readonly #desk: CommandDesk;
  /** Who supervises a node, by the node's id. */
  readonly #parents = new Map<string, () => Supervisor | undefined>();
  readonly #accountSpecs: ReadonlyMap<string, ChildSpec>;
  readonly #givenUp = new Set<AccountId>();

  constructor(options: EngineOptions) {
    this.#options = options;
    const { plan } = options;
    this.#office = new PostOffice({ thread: 'main', onDeadLetter: this.#letters.record });
    this.#office.register('observer', {
      name: 'observer',
      tell: (message) => this.observe(message),
    });
    this.#desk = new CommandDesk({
      clock: options.clock,
      tell: (account, message) => this.#account(account).tell(message),
    });
    const taken = (receipt: ReceiptMessage) => this.#desk.taken(receipt);
    this.#office.register('receipts', { name: 'receipts', tell: taken });
    const threads = engineThreads(plan, this.#policies);
    this.#switchboard = new Switchboard({
      links: threads.links,
      main: this.#office,
      onLinkFailed: ({ peer, error }) => this.#noteRestart(peer, `took no line: ${String(error)}`),
      openChannel: this.#host.openChannel,
    });
    this.#marketTime = plan.lockstep && this.#marketTimeChild(plan.lockstep);
    this.#accountSpecs = new Map(
      plan.accounts.map((account) => [
        account.id,
        this.#accountSupervisor(account, threads.account(account)),
      ]),
    );
    const wallTime = wallTimeChild(plan, options.clock, (event) => this.#observeEngine(event));
    const children = [
      ...threads.terminals.map((thread) => this.#threadChild(thread)),
      this.#nested(
        'infra',
        'rest-for-one',
        threads.infra.map((thread) => this.#threadChild(thread)),
      ),
      this.#nested(
        'accounts',
        'one-for-one',
        [...this.#accountSpecs.values()],
        // Each of them may need its whole deadline to stop; together they must not need more.
        { order: 'parallel' },
      ),
      ...(this.#marketTime ? [this.#marketTime] : []),
      ...(wallTime ? [wallTime] : []),
      this.#nested(
        'edges',
        'one-for-one',
        options.edges.map(({ child }) => child),
        // However often they die, trading goes on: back-off alone limits them.
        { intensity: { restartsMax: 1_000, windowMs: 60_000 }, firstStart: 'restart' },
      ),
    ];
    const intensity = { restartsMax: 3, windowMs: 60_000 };
    this.#root = new Supervisor({ ...this.#policy('novosky', 'one-for-one', intensity), children });
    for (const { id } of children) this.#parents.set(id, () => this.#root);
    this.ended = this.#root.ended;
  }

  get #host(): EngineHost {
    return this.#options.host ?? thisHost;
  }

  start(): Promise<void> {
    return this.#root.start();
  }

  /** Entries stop, then everything in reverse order. Open positions stay behind their stops at the broker. */
  async stop(deadlineMs: number): Promise<void> {
    await this.#root.stop(deadlineMs);
    this.#office.close();
  }

  tree(): TreeNode {
    return this.#root.tree();
  }

  observe(message: ObserverMessage): void {
    this.#options.observe(message);
    this.#tellEdges(message);
    if (message.type !== 'engine-event') return;
    const { plan, clock } = this.#options;
    const ids = plan.accounts.map(({ id }) => id);
    for (const event of engineAlerts(message.event, ids, epochMs(Math.floor(clock.now())))) {
      this.#tellEdges({ type: 'account-event', event });
    }
  }

  #tellEdges(message: ObserverMessage): void {
    for (const { ref } of this.#options.edges) ref?.tell(message);
  }

  accounts(): readonly string[] {
    return this.#options.plan.accounts.map(({ id }) => id);
  }

  /**
   * What a person asks for: stops an account or a node of the tree in order and starts it again, an account that was
   * given up included. It spends no restart budget. An actor, by its address, is restarted in place.
   */
  async restart(target: string, reason: string): Promise<void> {
    const lost = [...this.#givenUp].find((account) => account === target);
    if (lost !== undefined) return this.#takeBack(lost);
    const node = this.accounts().includes(target) ? `account:${target}` : target;
    const parent = this.#parents.get(node)?.();
    if (parent !== undefined) return parent.restartChild(node, reason);
    const [address, ...others] = this.addresses().filter((each) => each.endsWith(`/${target}`));
    await this.crash(address !== undefined && others.length === 0 ? address : target, reason);
  }

  async #takeBack(account: AccountId): Promise<void> {
    const [spec, accounts] = [this.#accountSpecs.get(account), this.#parents.get(account)?.()];
    if (!spec || !accounts) throw new UnknownActorError(account, this.addresses());
    await accounts.addChild(spec);
    this.#givenUp.delete(account);
    this.#desk.returned(account);
    this.#marketTime?.ref.tell({ type: 'account-returned', account });
  }

  /** Resolves when the account has the command on disk; rejects when it has not yet, or never will. */
  command(account: AccountId, command: AccountCommand, by: string): Promise<void> {
    return this.#desk.give(account, command, by);
  }

  /** Takes effect on the account's next bar, and stays over its restarts. */
  changePolicy(policy: AccountPolicy): void {
    const held = this.#policies.get(policy.account);
    if (held !== undefined) held.policy = policy;
    this.#account(policy.account).tell({ type: 'policy-changed', policy });
  }

  /** Throws inside an actor, by its address: `account:exness_main/account`, `main/market-time`. */
  async crash(address: string, reason: string): Promise<void> {
    const slash = Math.max(0, address.indexOf('/'));
    const [thread, actor] = [address.slice(0, slash), address.slice(slash + 1)];
    if (thread === 'main' && actor === 'market-time' && this.#marketTime?.crash(reason)) return;
    const control = this.#threads.get(thread)?.control();
    if (control === undefined) {
      throw new UnknownActorError(address, [...this.#parents.keys(), ...this.addresses()]);
    }
    await control.crash(actor, reason);
  }

  /** Ends a thread as a crash would. False where that is not allowed: the inference thread is only ever asked. */
  async endThread(thread: string): Promise<boolean> {
    const child = this.#threads.get(thread);
    if (child === undefined) throw new UnknownActorError(thread, [...this.#threads.keys()]);
    return child.terminate();
  }

  /** Every actor that can be crashed by its address. */
  addresses(): readonly string[] {
    const { plan } = this.#options;
    return [
      ...plan.markets.flatMap(({ symbol }) => [addresses.feed(symbol), addresses.features(symbol)]),
      addresses.inference,
      ...plan.accounts.map(({ id }) => addresses.account(id)),
      ...(this.#marketTime ? [addresses.marketTime] : []),
    ];
  }

  threads(): readonly string[] {
    return [...this.#threads.keys()];
  }

  isThreadUp(thread: string): boolean {
    return this.#threads.get(thread)?.control() !== undefined;
  }

  #account(account: AccountId): ActorRef<AccountMessage> {
    return this.#office.ref<AccountMessage>(addresses.account(account));
  }

  #accountSupervisor(account: AccountPlan, thread: EngineThread): ChildSpec {
    const child = supervisorChild({
      ...this.#policy(account.id, 'one-for-one', { restartsMax: 5, windowMs: 60_000 }),
      // Spent, it is not started again: its crashes must never cost the others anything.
      restart: 'temporary',
      children: () => [this.#threadChild(thread)],
    });
    this.#parents.set(thread.id, child.current);
    return child;
  }

  #nested(
    id: string,
    strategy: SupervisorOptions['strategy'],
    children: readonly ChildSpec[],
    options: Partial<Pick<SupervisorOptions, 'order' | 'intensity' | 'firstStart'>> = {},
  ): ChildSpec {
    const child = supervisorChild({
      ...this.#policy(id, strategy, { restartsMax: 10, windowMs: 60_000 }),
      ...options,
      restart: 'permanent',
      children: () => children,
    });
    for (const each of children) this.#parents.set(each.id, child.current);
    return child;
  }

  #policy(
    id: string,
    strategy: SupervisorOptions['strategy'],
    intensity: SupervisorOptions['intensity'],
  ): Omit<SupervisorOptions, 'children'> {
    return {
      id,
      strategy,
      intensity,
      backoff: actorBackoff,
      clock: this.#options.clock,
      random: seededRandom(1),
      onEvent: (event) => this.#supervised(event),
    };
  }

  #threadChild(thread: EngineThread): ThreadChild {
    const child = threadChild({
      ...thread,
      get workerData() {
        return thread.workerData();
      },
      restart: 'permanent',
      callMs: 5_000,
      clock: this.#options.clock,
      startThread: this.#host.startThread,
      onReady: async (control) => {
        await this.#switchboard.up(thread.id, control);
        this.#tellWhatWasMissed(thread.account);
      },
      onEnded: () => {
        this.#switchboard.down(thread.id);
        if (thread.account !== undefined) this.#desk.down(thread.account);
      },
      onSupervision: (event) => {
        this.#supervised({ ...event, supervisor: thread.id });
        if (event.type === 'child-started') this.#tellWhatWasMissed(thread.account);
      },
    });
    this.#threads.set(thread.id, child);
    return child;
  }

  /** What was said to an account while it was down, or died with it. */
  #tellWhatWasMissed(account: AccountId | undefined): void {
    if (account === undefined) return;
    const held = this.#policies.get(account);
    if (held) this.#account(account).tell({ type: 'policy-changed', policy: held.policy });
    this.#desk.up(account);
  }

  #marketTimeChild(lockstep: NonNullable<RunPlan['lockstep']>): ActorChild<MarketTimeMessage> {
    const { plan, clock, onLatency, onFinished } = this.#options;
    const moved = lockstep.terminals ?? plan.simulators;
    const terminals = moved.map((simulator) => ({
      key: simulator.key,
      control: this.#host.simulationControl(simulator, clock),
    }));
    const child = actorChild<MarketTimeMessage>({
      id: 'market-time',
      restart: 'permanent',
      shutdownMs: 5_000,
      startMs: 5_000,
      clock,
      schedule: this.#host.schedule,
      mailbox: { capacity: 10_000, overflow: 'drop-oldest' },
      onDeadLetter: this.#letters.record,
      start: ({ self, epoch }) =>
        createMarketTime({
          incarnation: epoch,
          symbol: lockstep.symbol,
          timeframe: plan.timeframe,
          terminals,
          accounts: plan.accounts.map(({ id }) => id),
          dropped: [...this.#givenUp],
          ...(lockstep.stepsMax !== undefined && { stepsMax: lockstep.stepsMax }),
          paceMs: lockstep.paceMs,
          clock,
          self,
          feed: this.#office.ref<FeedMessage>(addresses.feed(lockstep.symbol)),
          observer: this.#office.ref<ObserverMessage>(addresses.observer),
          onLatency,
          onFinished,
        }),
    });
    this.#office.register('market-time', child.ref);
    return child;
  }

  #supervised(event: SupervisionEvent): void {
    if (event.type === 'child-restarting') this.#noteRestart(nameOf(event), event.reason);
    if (event.type === 'child-started' && event.epoch > 1) {
      this.#askBarsAgain(nameOf(event));
    }
    if (event.type === 'supervisor-failed') this.#gaveUp(event.supervisor, event.error.message);
    // The supervisor reports in the middle of a decision: its tree is asked for when that is over.
    setImmediate(() => this.observe({ type: 'tree-changed', tree: this.tree() }));
  }

  /** Whoever was restarted may have lost the open bar. */
  #askBarsAgain(actor: string): void {
    this.#marketTime?.ref.tell({ type: 'actor-restarted', actor });
    if (this.#marketTime !== undefined) return;
    for (const { symbol } of this.#options.plan.markets) {
      this.#office.ref<FeedMessage>(addresses.feed(symbol)).tell({ type: 'tell-again' });
    }
  }

  #noteRestart(actor: string, reason: string): void {
    this.#options.onRestart({ actor, reason });
    this.#observeEngine({ type: 'actor-restarting', actor, reason });
  }

  /** Only an account's own supervisor may be spent without consequences for the others. */
  #gaveUp(supervisor: string, reason: string): void {
    const account = this.#options.plan.accounts.find(({ id }) => id === supervisor)?.id;
    if (account === undefined) return;
    this.#givenUp.add(account);
    this.#desk.gaveUp(account);
    this.#marketTime?.ref.tell({ type: 'account-dropped', account });
    this.#observeEngine({ type: 'account-given-up', account, reason });
    const left = this.#options.plan.accounts.length - this.#givenUp.size;
    this.#options.onAccountGivenUp?.(account, left);
  }

  #observeEngine(event: EngineEvent): void {
    this.observe({ type: 'engine-event', event });
  }
}

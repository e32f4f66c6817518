/** The supervision tree of a run, built from its plan: threads, the lines between them, and who restarts whom. */

import type { AccountCommand } from '../account/input.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { AccountMessage } from '../actors/account-message.ts';
import type { FeedMessage } from '../actors/feed.ts';
import type { MarketTimeMessage } from '../actors/market-time.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import type { ReceiptMessage } from '../actors/receipt.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import type { AccountId } from '../domain/units.ts';
import type { ActorChild } from '../runtime/actor-child.ts';
import type { TreeNode } from '../runtime/child-spec.ts';
import type { Harm } from '../runtime/harm.ts';
import { PostOffice } from '../runtime/post-office.ts';
import type { SupervisionEvent, Supervisor } from '../runtime/supervisor.ts';
import { LetterReport } from '../threads/letter-report.ts';
import {
  addresses,
  type SeatsTakenMessage,
  type TerminalConnection,
} from '../threads/thread-data.ts';
import { AccountHosts } from './account-hosts.ts';
import { brokerStanding } from './broker-standing.ts';
import { CommandDesk } from './command-desk.ts';
import { type EngineHost, thisHost } from './engine-host.ts';
import { nameOf, UnknownActorError } from './engine-names.ts';
import { EngineNews } from './engine-news.ts';
import type { EngineOptions } from './engine-options.ts';
import { inferenceThread, marketThread } from './engine-threads.ts';
import { EngineTree } from './engine-tree.ts';
import { FleetLedger } from './fleet-ledger.ts';
import { FleetOrders } from './fleet-orders.ts';
import { marketTimeChild } from './market-time-child.ts';
import { isSharedHost, ownHostOf } from './placement.ts';
import { plantTree } from './plant-tree.ts';
import type { Quarantine } from './quarantine.ts';
import { Roster, type RosterEntry } from './roster.ts';
import type { AccountPlan, RunPlan } from './run-plan.ts';
import { SeatDesk } from './seat-desk.ts';
import { Terminals } from './terminals.ts';
import { ThreadFleet } from './thread-fleet.ts';
import { TraderLists } from './trader-lists.ts';
import { wallTimeChild } from './wall-time-child.ts';

export class Engine {
  /** Settles when the tree is down: as asked, or because it gave up. */
  readonly ended: Supervisor['ended'];
  /** What is said to the whole fleet: it holds for those that join later, and for the next life of the process. */
  readonly orders: FleetOrders;
  readonly #options: EngineOptions;
  readonly #host: EngineHost;
  readonly #closing = new AbortController();
  readonly #letters: LetterReport;
  readonly #office: PostOffice;
  readonly #news: EngineNews;
  readonly #roster: Roster;
  readonly #tree: EngineTree;
  readonly #traders: TraderLists;
  readonly #fleet: ThreadFleet;
  readonly #terminals: Terminals;
  readonly #seats: SeatDesk;
  readonly #hosts: AccountHosts;
  readonly #desk: CommandDesk;
  readonly #root: Supervisor;
  readonly #marketTime: ActorChild<MarketTimeMessage> | undefined;
  readonly #ledger: FleetLedger;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { plan, clock, host = thisHost, observe, edges } = options;
    this.#host = host;
    this.#news = new EngineNews({
      clock,
      observe,
      edges: edges.flatMap(({ ref }) => ref ?? []),
      accounts: () => this.#roster.ids,
      tree: () => this.tree(),
    });
    this.#letters = new LetterReport({ thread: 'main', clock, tell: this.#news.tell });
    this.#office = new PostOffice({ thread: 'main', onDeadLetter: this.#letters.record });
    const tell = <Message>(address: string, message: Message) =>
      this.#office.ref<Message>(address).tell(message);
    this.#desk = new CommandDesk({
      clock,
      tell: (account, message) => tell<AccountMessage>(addresses.account(account), message),
    });
    this.#seats = new SeatDesk({
      clock,
      tell: (thread, message) => {
        // One that is down starts with what is wanted by then, or is asked again.
        if (this.isThreadUp(thread)) tell(addresses.seats(thread), message);
      },
    });
    this.orders = new FleetOrders({
      ...{ clock, stateFolder: plan.stateFolder, store: host.fleetOrders },
      accounts: () => this.#roster.running.map((entry) => entry.plan.id),
      tellPolicy: (account) => this.#tellPolicy(account),
      command: (account, command, by) => this.#desk.give(account, command, by),
      ...{ alert: this.#news.alert, onChange: this.#news.ordered },
    });
    this.#roster = new Roster(plan.accounts, { cores: host.cores, inForce: this.orders.inForce });
    this.#tree = new EngineTree({ clock, onEvent: (event) => this.#supervised(event) });
    this.#traders = new TraderLists({ plan, roster: this.#roster, office: this.#office });
    this.#fleet = this.#newFleet();
    this.#marketTime = this.#newMarketTime();
    this.#ledger = new FleetLedger({
      ...{ plan, clock, host, roster: this.#roster, office: this.#office },
      onDeadLetter: this.#letters.record,
    });
    this.#terminals = new Terminals({
      plan,
      host,
      fleet: this.#fleet,
      clock,
      group: () => this.#tree.groupOf('simulators'),
      onChange: (message) => this.#marketTime?.ref.tell(message),
    });
    this.#hosts = this.#newHosts();
    this.#office.register('observer', { name: 'observer', tell: this.#news.tell });
    const taken = (receipt: ReceiptMessage) => this.#desk.taken(receipt);
    this.#office.register('receipts', { name: 'receipts', tell: taken });
    const settled = (message: SeatsTakenMessage) => this.#seats.taken(message);
    this.#office.register('seats-taken', { name: 'seats-taken', tell: settled });
    this.#root = this.#plantTree();
    this.ended = this.#root.ended;
  }

  async start(): Promise<void> {
    const found = this.#roster.entries.filter(({ quarantine }) => quarantine !== undefined);
    await this.#root.start().finally(() => this.#hosts.started());
    for (const { plan, quarantine } of found) {
      if (quarantine) this.#sayQuarantined(plan, quarantine);
    }
    for (const { plan } of this.#roster.running) this.orders.joined(plan.id);
  }

  /** Entries stop, then everything in reverse order. Open positions stay behind their stops at the broker. */
  async stop(deadlineMs: number): Promise<void> {
    this.#closing.abort(new Error('the engine is stopping'));
    await this.#root.stop(deadlineMs);
    this.#office.close();
    this.#letters.close();
    this.#news.close();
  }

  /** Resolves when no bar is under way and none will begin; at once where the market moves by itself. */
  holdMarketTime(): Promise<void> {
    return new Promise((held) => {
      if (this.#marketTime === undefined) held();
      else this.#marketTime.ref.tell({ type: 'hold', held });
    });
  }

  tree(): TreeNode {
    return this.#root.tree();
  }

  observe(message: ObserverMessage): void {
    this.#news.tell(message);
  }

  /** All that belong to the run, quarantined ones included. */
  accounts(): readonly string[] {
    return this.#roster.ids;
  }

  /** The newest snapshot of each account that has shown one. */
  views(): ReadonlyMap<AccountId, AccountSnapshot> {
    return this.#news.views;
  }

  quarantined(): readonly { readonly account: AccountId; readonly reason: string }[] {
    return this.#roster.entries.flatMap(({ plan, quarantine }) =>
      quarantine ? [{ account: plan.id, reason: quarantine.reason }] : [],
    );
  }

  /** How a terminal that this run uses is reached. */
  connectionTo(terminal: string): TerminalConnection | undefined {
    return this.#roster.connectionTo(terminal, this.#options.plan);
  }

  /** The thread or process that an account lives in. */
  hostOf(account: AccountId): string | undefined {
    return this.#roster.find(account)?.placement.host;
  }

  /**
   * What a person asks for: stops an account or a node of the tree in order and starts it again, a quarantined account
   * included. It spends no restart budget. An actor, by its address, is restarted in place.
   */
  async restart(target: string, reason: string): Promise<void> {
    const entry = this.#entryOf(target);
    if (entry?.quarantine) return this.revive(entry.plan.id);
    if (entry && isSharedHost(entry.placement.host)) {
      return this.#hosts.restartShared(entry, reason);
    }
    const node = entry?.placement.host ?? target;
    const parent = this.#tree.parentOf(node);
    if (parent !== undefined) return parent.restartChild(node, reason);
    const [address, ...others] = this.addresses().filter((each) => each.endsWith(`/${target}`));
    await this.crash(address !== undefined && others.length === 0 ? address : target, reason);
  }

  /** Takes back a quarantine, on disk too, and starts the account. Does nothing to one that has none. */
  async revive(account: AccountId): Promise<void> {
    const entry = this.#known(account);
    if (entry.quarantine === undefined) return;
    await this.#hosts.revive(entry);
    this.#desk.returned(account);
    this.#comesIn(account);
    this.#news.event({ type: 'account-revived', account });
  }

  /**
   * An account joins the run while it goes on; nobody else notices. Rejects when it cannot start, and then it has never been
   * there. One that is quarantined joins, and stays so.
   *
   * @param simulator of its terminal, where that is a new built-in one
   */
  async addAccount(plan: AccountPlan, simulator?: RunPlan['simulators'][number]): Promise<void> {
    if (this.#roster.find(plan.id)) throw new Error(`${plan.id} is in this run already`);
    const entry = this.#roster.add(plan);
    try {
      if (simulator) await this.#terminals.add(simulator, this.#closing.signal);
      await this.#hosts.add(entry);
    } catch (error) {
      await this.removeAccount(plan.id);
      throw error;
    }
    const { quarantine, placement } = entry;
    if (quarantine) this.#sayQuarantined(plan, quarantine);
    else this.#comesIn(plan.id);
    this.#news.event({ type: 'account-added', account: plan.id, host: placement.host });
    this.#news.treeChanged();
  }

  /**
   * Stops an account in order and forgets it; a terminal that was started for it goes, too. Its positions stay behind their
   * stops. When this resolves its lock and its journal are free.
   */
  async removeAccount(account: AccountId): Promise<void> {
    const { plan } = this.#known(account);
    this.#marketTime?.ref.tell({ type: 'account-dropped', account });
    await this.#hosts.remove(account);
    this.#ledger.left(account);
    this.#traders.tell();
    this.#desk.forget(account);
    this.#news.views.delete(account);
    const isUsed = this.#roster.entries.some(
      (each) => each.plan.terminal.key === plan.terminal.key,
    );
    if (!isUsed) await this.#terminals.remove(plan.terminal.key);
    this.#news.event({ type: 'account-removed', account });
    this.#news.treeChanged();
  }

  /** Resolves when the account has the command on disk; rejects when it has not yet, or never will. */
  command(account: AccountId, command: AccountCommand, by: string): Promise<void> {
    return this.#desk.give(account, command, by);
  }

  /** Takes effect on the account's next bar, and stays over its restarts. */
  changePolicy(policy: AccountPolicy): void {
    const entry = this.#roster.find(policy.account);
    if (entry === undefined) return;
    entry.policy = policy;
    this.#tellPolicy(policy.account);
  }

  /** Throws inside an actor, by its address: `account:exness_main/account`, `main/market-time`. */
  async crash(address: string, reason: string): Promise<void> {
    const slash = Math.max(0, address.indexOf('/'));
    const [resident, actor] = [address.slice(0, slash), address.slice(slash + 1)];
    if (address === addresses.marketTime && this.#marketTime?.crash(reason)) return;
    if (address === addresses.fleet && this.#ledger.crash(reason)) return;
    const host = this.#entryOf(resident)?.placement.host ?? resident;
    const control = this.#fleet.control(host);
    if (control === undefined) {
      throw new UnknownActorError(address, [...this.#tree.nodes, ...this.addresses()]);
    }
    await control.crash(isSharedHost(host) ? address : actor, reason);
  }

  /** Ends a thread as a crash would. False where that is not allowed: the inference thread is only ever asked. */
  async endThread(thread: string): Promise<boolean> {
    const child = this.#fleet.find(thread);
    if (child === undefined) throw new UnknownActorError(thread, this.#fleet.ids);
    return child.terminate();
  }

  /**
   * Makes a thread do that to itself, in the name of a resident. For chaos and tests: no console leads here.
   *
   * @param stallMs of a native stall
   */
  async harm(host: string, way: Harm, resident?: string, stallMs?: number): Promise<void> {
    const control = this.#fleet.control(host);
    if (control === undefined) throw new UnknownActorError(host, this.#fleet.ids);
    await control.harm(way, resident, stallMs);
  }

  /** Every actor that can be crashed by its address. */
  addresses(): readonly string[] {
    const { markets } = this.#options.plan;
    return [
      ...markets.flatMap(({ symbol }) => [addresses.feed(symbol), addresses.features(symbol)]),
      addresses.inference,
      ...this.#roster.ids.map((id) => addresses.account(id)),
      ...(this.#marketTime ? [addresses.marketTime] : []),
      ...this.#ledger.addresses,
    ];
  }

  threads(): readonly string[] {
    return this.#fleet.ids;
  }

  isThreadUp(thread: string): boolean {
    return this.#fleet.control(thread) !== undefined;
  }

  /** By the account's id, or by what stands in its addresses. */
  #entryOf(target: string): RosterEntry | undefined {
    const prefix = ownHostOf('' as AccountId);
    const id = target.startsWith(prefix) ? target.slice(prefix.length) : target;
    return this.#roster.find(id);
  }

  #known(account: AccountId): RosterEntry {
    const entry = this.#roster.find(account);
    if (entry === undefined) throw new UnknownActorError(account, this.#roster.ids);
    return entry;
  }

  #tellAccount(account: AccountId, message: AccountMessage): void {
    this.#office.ref<AccountMessage>(addresses.account(account)).tell(message);
  }

  #plantTree(): Supervisor {
    const { plan, clock, edges } = this.#options;
    const infra = [marketThread(plan, this.#roster), inferenceThread(plan, this.#roster)];
    const wallTime = wallTimeChild(plan, {
      clock,
      terminals: () => this.#terminals.moved,
      observe: (event) => this.#news.event(event),
    });
    return plantTree(this.#tree, {
      simulators: this.#terminals.specs(),
      infra: infra.map((thread) => this.#fleet.child(thread)),
      ledger: this.#ledger.specs,
      accounts: this.#hosts.specs(),
      time: [this.#marketTime, wallTime].flatMap((child) => child ?? []),
      edges: edges.map(({ child }) => child),
    });
  }

  #newFleet(): ThreadFleet {
    const fleet = new ThreadFleet({
      host: this.#host,
      clock: this.#options.clock,
      main: this.#office,
      onUp: (thread) => this.#isUp(thread),
      onDown: (thread, exit) => {
        for (const { plan } of this.#roster.livingIn(thread)) this.#desk.down(plan.id);
        this.#hosts.threadEnded(thread, exit);
      },
      onHang: (thread, isTerminated) =>
        this.#news.event({ type: 'thread-hangs', thread, isTerminated }),
      onLinkFailed: ({ peer, error }) => this.#noteRestart(peer, `took no line: ${String(error)}`),
      onSupervision: (event) => this.#supervised(event),
    });
    void fleet.link('main', 'market', 'inference');
    void fleet.link('market', 'inference');
    return fleet;
  }

  #newMarketTime(): ActorChild<MarketTimeMessage> | undefined {
    const { plan, clock, onLatency, onFinished } = this.#options;
    const child = marketTimeChild(plan, {
      ...{ clock, onLatency, onFinished },
      schedule: this.#host.schedule,
      onDeadLetter: this.#letters.record,
      terminals: () => this.#terminals.moved,
      accounts: () => this.#roster.running.map((entry) => entry.plan.id),
      feed: this.#office.ref<FeedMessage>(addresses.feed(plan.lockstep?.symbol ?? '')),
      observer: this.#office.ref<ObserverMessage>(addresses.observer),
    });
    if (child) this.#office.register('market-time', child.ref);
    return child;
  }

  #newHosts(): AccountHosts {
    const { plan, clock } = this.#options;
    return new AccountHosts({
      ...{ plan, clock },
      roster: this.#roster,
      fleet: this.#fleet,
      seats: this.#seats,
      tree: this.#tree,
      quarantines: this.#host.quarantines,
      onIsolated: (account, reason) =>
        this.#news.event({ type: 'account-isolated', account, reason }),
      onDivided: (host, into, reason) =>
        this.#news.event({ type: 'host-divided', host, into, reason }),
      onQuarantined: (account, quarantine) => this.#isQuarantined(account, quarantine),
      onTrouble: (account, reason) => this.#news.alert(account, reason),
    });
  }

  #isUp(thread: string): void {
    this.#seats.hostIsUp(thread);
    for (const { plan } of this.#roster.livingIn(thread)) this.#tellWhatWasMissed(plan.id);
    if (thread === 'market' || thread === 'inference') this.#traders.tell(thread);
  }

  /** What was said to an account while it was down, or died with it. */
  #tellWhatWasMissed(account: AccountId): void {
    this.#tellPolicy(account);
    this.#desk.up(account);
  }

  #tellPolicy(account: AccountId): void {
    const policy = this.orders.inForce(this.#known(account).policy);
    this.#tellAccount(account, { type: 'policy-changed', policy });
  }

  #supervised(event: SupervisionEvent): void {
    if (event.type === 'child-restarting') this.#noteRestart(nameOf(event), event.reason);
    if (event.type === 'child-started') this.#hosts.hasStarted(event.id);
    if (event.type === 'child-started' && event.epoch > 1) {
      this.#marketTime?.ref.tell({ type: 'actor-restarted', actor: nameOf(event) });
      if (this.#marketTime === undefined) this.#traders.askAgain();
      if (event.id === 'fleet') this.#ledger.restarted();
      const entry = this.#entryOf(event.supervisor);
      if (event.id === 'account' && entry) this.#tellWhatWasMissed(entry.plan.id);
    }
    if (event.type === 'supervisor-failed') {
      this.#hosts.supervisorFailed(event.supervisor, event.error.message);
    }
    this.#news.treeChanged();
  }

  #noteRestart(actor: string, reason: string): void {
    this.#options.onRestart({ actor, reason });
    this.#news.event({ type: 'actor-restarting', actor, reason });
  }

  /** It hears what was said to it, is told of bars, and is waited for. */
  #comesIn(account: AccountId): void {
    // A host that others live in has been up all the time.
    this.#tellWhatWasMissed(account);
    this.orders.joined(account);
    this.#traders.tell();
    this.#marketTime?.ref.tell({ type: 'account-joined', account });
  }

  #isQuarantined(account: AccountId, quarantine: Quarantine): void {
    this.#desk.gaveUp(account);
    this.#marketTime?.ref.tell({ type: 'account-dropped', account });
    this.#ledger.accountsChanged();
    this.#traders.tell();
    this.#sayQuarantined(this.#known(account).plan, quarantine);
    this.#options.onAccountGivenUp?.(account, this.#roster.running.length);
  }

  /** Nobody runs it: a person has to know, and what stands at its broker, too. */
  #sayQuarantined(plan: AccountPlan, { reason }: Quarantine): void {
    this.#news.event({ type: 'account-quarantined', account: plan.id, reason });
    const { signal } = this.#closing;
    const means = { connect: this.#host.connect, clock: this.#options.clock, signal };
    void brokerStanding(plan, means).then((standing) => {
      if (!signal.aborted) this.#news.alert(plan.id, `while it is quarantined, ${standing}`);
    });
  }
}

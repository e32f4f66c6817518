import { assert, unreachable } from '../domain/assert.ts';
import { Awaited } from './awaited.ts';
import { ChildLife, ChildStartError } from './child-life.ts';
import type { ChildExit, ChildSpec, RunningChild, TreeNode } from './child-spec.ts';
import type { Clock } from './clock.ts';
import { type ErrorFacts, errorFacts, RemoteError } from './error-facts.ts';
import { supervise } from './supervision.ts';
import { checkChildSpecs, checkPolicy } from './supervision-check.ts';
import { hasChild } from './supervision-children.ts';
import {
  find,
  initialSupervision,
  type SupervisionEffect,
  type SupervisionFailure,
  type SupervisionInput,
  type SupervisionPolicy,
  type SupervisionReport,
  type SupervisionState,
} from './supervision-state.ts';
import {
  type ChildCounts,
  type ChildrenBelow,
  countsOf,
  nodeOf,
  treeOf,
} from './supervision-tree.ts';
import {
  ChildStateError,
  DuplicateChildError,
  SupervisorFailedError,
  SupervisorStoppedError,
  UnknownChildError,
} from './supervisor-errors.ts';

/** `supervisor` is the id of the supervisor that says so, `at` its clock's time. */
export type SupervisionEvent = SupervisionReport & {
  readonly supervisor: string;
  readonly at: number;
};

/** What may change while a supervisor runs. */
export type SupervisorChange = Partial<SupervisionPolicy> & {
  /** All that it shall have from now on, in start order. */
  readonly children: readonly ChildSpec[];
};

/** `ignored`: its start found nothing to do. `info` is what the start had to tell. */
export type StartOutcome =
  | { readonly outcome: 'started'; readonly info: unknown }
  | { readonly outcome: 'ignored' };

export type SupervisorOptions = Omit<SupervisionPolicy, 'order' | 'firstStart' | 'autoShutdown'> & {
  readonly id: string;
  readonly children: readonly ChildSpec[];
  readonly clock: Clock;
  /** Numbers in [0, 1) for the jitter of restarts. */
  readonly random: () => number;
  /** Must not throw. */
  readonly onEvent: (event: SupervisionEvent) => void;
  /** Default `sequential`. */
  readonly order?: SupervisionPolicy['order'];
  /** Default `fail`. */
  readonly firstStart?: SupervisionPolicy['firstStart'];
  /** Default `never`. */
  readonly autoShutdown?: SupervisionPolicy['autoShutdown'];
};

/** What is awaited of the supervisor as a whole, as no child can be called. */
const everybody = '';

/**
 * Starts, watches and stops its children. What it decides is in `supervise`, a pure function; this class carries it out and
 * keeps serving requests while children wait for their restart.
 */
export class Supervisor {
  readonly id: string;
  /** Settles when every child is down: stopped as asked, or failed because this supervisor gave up. */
  readonly ended: Promise<ChildExit>;
  readonly #options: SupervisorOptions;
  readonly #specs = new Map<string, ChildSpec>();
  readonly #lives = new Map<string, ChildLife>();
  readonly #retries = new Map<string, () => void>();
  readonly #refusals = new Map<string, ErrorFacts>();
  readonly #ignored = new Set<string>();
  readonly #inputs: SupervisionInput[] = [];
  readonly #awaited = new Awaited();
  /** Of whom something may have changed since the last check of what is awaited. */
  readonly #touched = new Set<string>();
  readonly #below: ChildrenBelow = {
    kindOf: (id) => this.#specs.get(id)?.kind ?? 'actor',
    treeOf: (id) => this.#lives.get(id)?.tree(),
  };
  #settle: (exit: ChildExit) => void = () => {};
  #failure: SupervisorFailedError | undefined;
  #state: SupervisionState;
  #isDeciding = false;
  #stopBy = Number.POSITIVE_INFINITY;

  constructor(options: SupervisorOptions) {
    const { id, strategy, intensity, backoff, children } = options;
    const { order = 'sequential', firstStart = 'fail', autoShutdown = 'never' } = options;
    const policy = { strategy, intensity, backoff, order, firstStart, autoShutdown };
    checkPolicy(id, policy);
    checkChildSpecs(id, children, policy);
    this.id = id;
    this.#options = options;
    for (const spec of children) this.#specs.set(spec.id, spec);
    this.#state = initialSupervision(policy, children);
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Resolves when every child is up. Rejects with SupervisorFailedError, with every child down again. */
  async start(): Promise<void> {
    this.#decide({ type: 'start' });
    await this.#until(everybody, () => {
      if (this.#state.phase === 'running') return true;
      if (this.#state.phase !== 'ended') return false;
      throw this.#failure ?? new SupervisorStoppedError(this.id);
    });
  }

  /**
   * Stops every child, in reverse order. Asking twice changes nothing.
   *
   * @param deadlineMs for all of them together: it shortens what each has
   */
  async stop(deadlineMs = Number.POSITIVE_INFINITY): Promise<void> {
    this.#stopBy = Math.min(this.#stopBy, this.#options.clock.elapsed() + deadlineMs);
    this.#decide({ type: 'stop' });
    await this.ended;
  }

  /** Adds a child at the end and starts it. Rejects when it cannot start; then it is not kept, unless `firstStart` says so. */
  async addChild(spec: ChildSpec): Promise<StartOutcome> {
    this.#assertOpen();
    checkChildSpecs(this.id, [spec], this.#state.policy);
    const { id } = spec;
    const known = this.#specs.has(id) && find(this.#state, id);
    if (known) {
      const isDown = known.status === 'stopped';
      throw new DuplicateChildError(this.id, id, isDown ? 'already-present' : 'already-started');
    }
    this.#specs.set(id, spec);
    this.#ignored.delete(id);
    this.#decide({ type: 'add', child: spec });
    await this.#until(id, () => {
      if (this.#ignored.has(id)) return true;
      const child = find(this.#state, id);
      if (!child) throw this.#refusal(id);
      return child.status === 'running' || child.restarts > 0;
    });
    return this.#outcome(id);
  }

  /** Starts a child that is down but known. Rejects when it cannot start; then it stays down. */
  async startChild(id: string): Promise<StartOutcome> {
    this.#assertOpen();
    this.#assertDown(id);
    this.#ignored.delete(id);
    this.#refusals.delete(id);
    this.#decide({ type: 'start-child', id });
    await this.#until(id, () => {
      if (this.#ignored.has(id)) return true;
      const child = find(this.#state, id);
      if (!child || (child.status === 'stopped' && child.goal === 'down')) throw this.#refusal(id);
      return child.status === 'running';
    });
    return this.#outcome(id);
  }

  /** Forgets a child that is down. */
  async deleteChild(id: string): Promise<void> {
    this.#assertDown(id);
    await this.removeChild(id);
  }

  /**
   * Takes over a new set of children and other settings, or throws and changes nothing. Children that are no longer listed stop,
   * new ones start, those with another `startKey` are started anew, all others run on: what else changed in their specs counts
   * from their next stop or start on. Resolves when nothing of it is under way any more; what cannot start is restarted, refused
   * or given up as an added child is.
   */
  async reconfigure({ children, ...changes }: SupervisorChange): Promise<void> {
    this.#assertOpen();
    const policy = { ...this.#state.policy, ...changes };
    checkPolicy(this.id, policy);
    checkChildSpecs(this.id, children, policy);
    const hasChanged = ({ id, startKey }: ChildSpec) =>
      this.#specs.has(id) && this.#specs.get(id)?.startKey !== startKey;
    const changed = new Set(children.filter(hasChanged).map(({ id }) => id));
    for (const spec of children) this.#specs.set(spec.id, spec);
    this.#decide({ type: 'reconfigure', policy, children, changed });
    await this.#until(everybody, () => !hasChild(this.#state.children, 'changing'));
  }

  /** Stops a child and forgets it. Its id is free again when this resolves. */
  async removeChild(id: string): Promise<void> {
    this.#assertKnown(id);
    this.#decide({ type: 'remove', id });
    await this.#until(id, () => !find(this.#state, id));
  }

  /** Stops a child and keeps it, until `restartChild`. */
  async stopChild(id: string): Promise<void> {
    this.#assertKnown(id);
    this.#decide({ type: 'stop-child', id });
    await this.#until(id, () => (find(this.#state, id)?.status ?? 'stopped') === 'stopped');
  }

  /** Stops a child, if it runs, and starts it. Counts as a restart that we wanted: it spends nothing and siblings stay. */
  async restartChild(id: string, reason: string): Promise<void> {
    this.#assertOpen();
    this.#assertKnown(id);
    const epochBefore = find(this.#state, id)?.epoch ?? 0;
    this.#decide({ type: 'restart-child', id, reason });
    await this.#until(id, () => {
      const child = find(this.#state, id);
      if (!child) throw this.#refusal(id);
      return child.epoch > epochBefore && child.status === 'running';
    });
  }

  /** One child, as `tree` shows it. */
  child(id: string): TreeNode {
    const child = find(this.#state, id);
    if (!child) throw new UnknownChildError(this.id, id, [...this.#specs.keys()]);
    return nodeOf(child, this.#below);
  }

  counts(): ChildCounts {
    return countsOf(this.tree());
  }

  tree(): TreeNode {
    return treeOf(this.id, this.#state, this.#below);
  }

  /** Inputs wait while one is decided: an observer may ask for something in the middle of it. */
  #decide(input: SupervisionInput): void {
    this.#inputs.push(input);
    if (this.#isDeciding) return;
    this.#isDeciding = true;
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) this.#apply(next);
    } finally {
      this.#isDeciding = false;
    }
    this.#awaited.check(this.#touched);
    this.#touched.clear();
  }

  #apply(input: SupervisionInput): void {
    const { clock, random } = this.#options;
    const world = { now: clock.elapsed(), random: random() };
    const { state, effects } = supervise(this.#state, input, world);
    this.#state = state;
    const concernsAll = input.type === 'reconfigure' || state.phase === 'ended';
    const concerned = concernsAll ? this.#awaited.names() : namedIn(input, effects);
    for (const id of concerned) this.#touched.add(id);
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: SupervisionEffect): void {
    switch (effect.type) {
      case 'start-child':
        void this.#startChild(effect.id, effect.epoch);
        return;
      case 'stop-child':
        void this.#stopChild(effect.id, effect.epoch);
        return;
      case 'retry-later':
        this.#retryLater(effect.id, effect.epoch, effect.delayMs);
        return;
      case 'cancel-retry':
        this.#retries.get(effect.id)?.();
        this.#retries.delete(effect.id);
        return;
      case 'retire':
        this.#retire(effect.id);
        return;
      case 'end':
        this.#end(effect.failure, effect.isFinished ? 'normal' : 'stopped');
        return;
      case 'report':
        this.#report(effect.event);
        return;
      default:
        unreachable(effect);
    }
  }

  async #startChild(id: string, epoch: number): Promise<void> {
    const spec = this.#specOf(id);
    const life = new ChildLife(spec, epoch, this.#options.clock);
    this.#lives.set(id, life);
    let running: RunningChild | undefined;
    try {
      running = await life.start();
    } catch (error) {
      this.#startFailed(id, epoch, error);
      return;
    }
    this.#refusals.delete(id);
    if (!running) {
      this.#ignored.add(id);
      this.#decide({ type: 'child-ignored', id, epoch });
      return;
    }
    this.#decide({ type: 'child-started', id, epoch });
    const exit = await running.ended;
    // While it is being stopped, how that went is said first.
    if (!life.isStopping) this.#decide({ type: 'child-ended', id, epoch, exit });
  }

  #startFailed(id: string, epoch: number, error: unknown): void {
    assert(error instanceof ChildStartError, 'a start fails with a start error');
    const facts = errorFacts(error);
    this.#refusals.set(id, facts);
    if (error.isAbandoned) {
      this.#report({ type: 'child-stop-forced', id, epoch, result: 'abandoned' });
    }
    this.#decide({ type: 'child-start-failed', id, epoch, error: facts });
  }

  async #stopChild(id: string, epoch: number): Promise<void> {
    const life = this.#lives.get(id);
    assert(life?.epoch === epoch, `${this.id} stops ${id} in another incarnation`);
    const remainingMs = Math.max(0, this.#stopBy - this.#options.clock.elapsed());
    const outcome = await life.stop(Math.min(this.#specOf(id).shutdownMs, remainingMs));
    const { result, exit, error } = outcome;
    if (result !== 'stopped') {
      const facts = error && { error };
      this.#report({ type: 'child-stop-forced', id, epoch, result, ...facts });
    }
    this.#decide({ type: 'child-ended', id, epoch, exit });
  }

  #retryLater(id: string, epoch: number, delayMs: number): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#retries.delete(id);
      this.#decide({ type: 'retry-due', id, epoch });
    });
    this.#retries.set(id, cancel);
  }

  #retire(id: string): void {
    const spec = this.#specOf(id);
    if (!find(this.#state, id)) {
      this.#specs.delete(id);
      this.#lives.delete(id);
    }
    spec.retired?.();
  }

  #end(failure: SupervisionFailure | undefined, reason: 'normal' | 'stopped'): void {
    for (const spec of this.#specs.values()) spec.retired?.();
    if (!failure) {
      this.#settle({ reason });
      return;
    }
    this.#failure = new SupervisorFailedError(this.id, failure);
    this.#settle({ reason: 'failed', error: errorFacts(this.#failure) });
  }

  #report(event: SupervisionReport): void {
    const { clock, onEvent } = this.#options;
    onEvent({ ...event, supervisor: this.id, at: clock.now() });
  }

  /** Resolves when `isReached` says so after some decision about `id`; rejects with what it throws. */
  #until(id: string, isReached: () => boolean): Promise<void> {
    return this.#awaited.until(id, () => {
      if (isReached()) return true;
      if (this.#state.phase === 'ended') throw new SupervisorStoppedError(this.id);
      return false;
    });
  }

  #specOf(id: string): ChildSpec {
    const spec = this.#specs.get(id);
    assert(spec, `${this.id} knows how to start ${id}`);
    return spec;
  }

  #assertOpen(): void {
    const { phase } = this.#state;
    if (phase !== 'starting' && phase !== 'running') throw new SupervisorStoppedError(this.id);
  }

  #assertKnown(id: string): void {
    if (this.#specs.has(id)) return;
    throw new UnknownChildError(this.id, id, [...this.#specs.keys()]);
  }

  #assertDown(id: string): void {
    const child = find(this.#state, id);
    if (!child) throw new UnknownChildError(this.id, id, [...this.#specs.keys()]);
    if (child.status === 'stopped' && child.goal === 'down') return;
    const isBetween =
      child.status === 'waiting' || (child.status !== 'running' && child.restarts > 0);
    throw new ChildStateError(this.id, id, isBetween ? 'restarting' : 'running');
  }

  #outcome(id: string): StartOutcome {
    if (this.#ignored.has(id)) return { outcome: 'ignored' };
    return { outcome: 'started', info: this.#lives.get(id)?.info };
  }

  #refusal(id: string): Error {
    const facts = this.#refusals.get(id);
    return facts
      ? new ChildStartError(id, { cause: new RemoteError(facts.cause ?? facts) })
      : new UnknownChildError(this.id, id, [...this.#specs.keys()]);
  }
}

function namedIn(input: SupervisionInput, effects: readonly SupervisionEffect[]): string[] {
  const named = [input.type === 'add' ? input.child : input, ...effects];
  return [everybody, ...named.flatMap((each) => ('id' in each ? [each.id] : []))];
}

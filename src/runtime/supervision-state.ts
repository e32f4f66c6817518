import type { Backoff } from './backoff.ts';
import type { ChildExit, RestartType } from './child-spec.ts';
import type { ErrorFacts } from './error-facts.ts';
import { entryAt, type OrderedMap } from './ordered-map.ts';
import type { RestartHistory, RestartIntensity } from './restart-intensity.ts';
import {
  type Children,
  type ChildState,
  childOf,
  childrenOf,
  withChild,
} from './supervision-children.ts';

/** Who is restarted with a child that failed: nobody, everybody, or those that started after it. */
type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/** Whether the end of significant children ends their supervisor: never, that of the first, or that of the last. */
type AutoShutdown = 'never' | 'any-significant' | 'all-significant';

export type SupervisionPolicy = {
  readonly strategy: Strategy;
  /** `sequential`: one after another, stops in reverse. `parallel`: all at once, for children that do not need each other. */
  readonly order: 'sequential' | 'parallel';
  readonly intensity: RestartIntensity;
  readonly backoff: Backoff;
  /** A child that cannot start for the first time: the supervisor gives up (`fail`), or tries again as after a crash (`restart`). */
  readonly firstStart: 'fail' | 'restart';
  readonly autoShutdown: AutoShutdown;
};

export type SupervisionState = {
  readonly policy: SupervisionPolicy;
  readonly phase: 'starting' | 'running' | 'stopping' | 'failing' | 'ended';
  readonly children: Children;
  readonly history: RestartHistory;
  /** The last epochs of children that were removed: whoever comes back under the same id goes on counting. */
  readonly epochs: OrderedMap<string, number>;
  /** Why it gives up. */
  readonly failure?: SupervisionFailure;
  /** It ends by itself, because its significant children have. */
  readonly isFinished?: true;
};

export type SupervisionFailure = {
  readonly kind: 'start' | 'intensity';
  readonly id: string;
  readonly error: ErrorFacts;
};

/** `isSignificant`: its end, by itself, may end its supervisor, which then counts as having ended normally. */
export type ChildEntry = {
  readonly id: string;
  readonly restart: RestartType;
  readonly isSignificant?: boolean | undefined;
};

export type SupervisionInput =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  | { readonly type: 'add'; readonly child: ChildEntry }
  | { readonly type: 'remove'; readonly id: string }
  | { readonly type: 'stop-child'; readonly id: string }
  | { readonly type: 'start-child'; readonly id: string }
  | { readonly type: 'restart-child'; readonly id: string; readonly reason: string }
  /** From here on these are the policy and the children. `changed` are those that have to be started anew for it. */
  | {
      readonly type: 'reconfigure';
      readonly policy: SupervisionPolicy;
      readonly children: readonly ChildEntry[];
      readonly changed: ReadonlySet<string>;
    }
  | { readonly type: 'child-started'; readonly id: string; readonly epoch: number }
  /** It found nothing to do. */
  | { readonly type: 'child-ignored'; readonly id: string; readonly epoch: number }
  | {
      readonly type: 'child-start-failed';
      readonly id: string;
      readonly epoch: number;
      readonly error: ErrorFacts;
    }
  | {
      readonly type: 'child-ended';
      readonly id: string;
      readonly epoch: number;
      readonly exit: ChildExit;
    }
  | { readonly type: 'retry-due'; readonly id: string; readonly epoch: number };

export type SupervisionEffect =
  | { readonly type: 'start-child'; readonly id: string; readonly epoch: number }
  | { readonly type: 'stop-child'; readonly id: string; readonly epoch: number }
  | {
      readonly type: 'retry-later';
      readonly id: string;
      readonly epoch: number;
      readonly delayMs: number;
    }
  | { readonly type: 'cancel-retry'; readonly id: string }
  /** It will not be started again by itself. */
  | { readonly type: 'retire'; readonly id: string }
  | { readonly type: 'end'; readonly failure?: SupervisionFailure; readonly isFinished?: true }
  | { readonly type: 'report'; readonly event: SupervisionReport };

/** What an observer may want to know. */
export type SupervisionReport =
  | { readonly type: 'child-started'; readonly id: string; readonly epoch: number }
  | { readonly type: 'child-ignored'; readonly id: string; readonly epoch: number }
  | {
      readonly type: 'child-ended';
      readonly id: string;
      readonly epoch: number;
      readonly exit: ChildExit;
      /** We had asked for it, or it came while we did. */
      readonly isRequested: boolean;
    }
  | {
      readonly type: 'child-restarting';
      readonly id: string;
      readonly epoch: number;
      readonly delayMs: number;
      readonly reason: string;
    }
  /**
   * It did not stop in time, or its stop failed. `abandoned`: nor could it be killed, and it may still run while its successor
   * starts; only a fence protects what they share.
   */
  | {
      readonly type: 'child-stop-forced';
      readonly id: string;
      readonly epoch: number;
      readonly result: 'killed' | 'abandoned';
      readonly error?: ErrorFacts;
    }
  | { readonly type: 'supervisor-failed'; readonly id: string; readonly error: ErrorFacts }
  /** Its significant child `id` has ended, and it ends with it. */
  | { readonly type: 'supervisor-finished'; readonly id: string };

export type Step = {
  readonly state: SupervisionState;
  readonly effects: readonly SupervisionEffect[];
};

/** What the world says to the decision: monotonic milliseconds, and a number in [0, 1) drawn for this step. */
export type StepWorld = { readonly now: number; readonly random: number };

export function initialSupervision(
  policy: SupervisionPolicy,
  children: readonly ChildEntry[],
): SupervisionState {
  return {
    policy,
    phase: 'starting',
    children: childrenOf(children.map((child) => newChild(child, undefined))),
    history: [],
    epochs: undefined,
  };
}

export function newChild(
  { id, restart, isSignificant = false }: ChildEntry,
  epochs: SupervisionState['epochs'],
): ChildState {
  return {
    id,
    restart,
    isSignificant,
    status: 'stopped',
    goal: 'up',
    mustCycle: false,
    isTrial: false,
    epoch: entryAt(epochs, id)?.value ?? 0,
    restarts: 0,
    streak: 0,
  };
}

/** It shall be up, and stay up. */
export function isWanted(state: SupervisionState, child: ChildState): boolean {
  return isOpen(state) && child.goal === 'up' && !child.mustCycle;
}

/** It brings children up, and does not take all of them down. */
export function isOpen({ phase }: SupervisionState): boolean {
  return phase === 'starting' || phase === 'running';
}

export function find({ children }: SupervisionState, id: string): ChildState | undefined {
  return childOf(children, id);
}

export function update(
  state: SupervisionState,
  id: string,
  change: Partial<ChildState>,
): SupervisionState {
  const child = find(state, id);
  if (!child) return state;
  return { ...state, children: withChild(state.children, { ...child, ...change }) };
}

/** The state alone: nothing has to be done. */
export function only(state: SupervisionState): Step {
  return { state, effects: [] };
}

export function report(event: SupervisionReport): SupervisionEffect {
  return { type: 'report', event };
}

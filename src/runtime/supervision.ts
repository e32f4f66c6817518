import { unreachable } from '../domain/assert.ts';
import { backoffMs } from './backoff.ts';
import type { ChildExit } from './child-spec.ts';
import { type ErrorFacts, errorSentence } from './error-facts.ts';
import { isSpent, recordRestart } from './restart-intensity.ts';
import { reconfigured } from './supervision-change.ts';
import {
  allChildren,
  type ChildState,
  childrenAfter,
  hasChild,
  withChild,
  withNewChild,
} from './supervision-children.ts';
import { plan } from './supervision-plan.ts';
import {
  type ChildEntry,
  find,
  isWanted,
  newChild,
  only,
  report,
  type Step,
  type StepWorld,
  type SupervisionEffect,
  type SupervisionFailure,
  type SupervisionInput,
  type SupervisionState,
  update,
} from './supervision-state.ts';

/**
 * The whole decision of a supervisor: what follows from one input. Inputs about an earlier incarnation change nothing, and a
 * stop that we asked for is never a crash.
 */
export function supervise(
  state: SupervisionState,
  input: SupervisionInput,
  world: StepWorld,
): Step {
  if (state.phase === 'ended') return { state, effects: [] };
  const decided = decide(state, input, world);
  const planned = plan(decided.state);
  return { state: planned.state, effects: [...decided.effects, ...planned.effects] };
}

function decide(state: SupervisionState, input: SupervisionInput, world: StepWorld): Step {
  switch (input.type) {
    case 'start':
      return only(state);
    case 'stop':
      return only(state.phase === 'failing' ? state : { ...state, phase: 'stopping' });
    case 'add':
      return only(added(state, input.child));
    case 'remove':
      return only(update(state, input.id, { goal: 'gone' }));
    case 'stop-child':
      return only(stopByHand(state, input.id));
    case 'start-child':
      return only(startByHand(state, input.id));
    case 'reconfigure':
      return only(reconfigured(state, input));
    case 'restart-child':
      return restartOnRequest(state, input);
    case 'child-started':
      return started(state, input, world);
    case 'child-ignored':
      return ignored(state, input);
    case 'child-start-failed':
      return startFailed(state, input, world);
    case 'child-ended':
      return ended(state, input, world);
    case 'retry-due':
      return retryDue(state, input);
    default:
      return unreachable(input);
  }
}

function added(state: SupervisionState, entry: ChildEntry): SupervisionState {
  return { ...state, children: withNewChild(state.children, newChild(entry, state.epochs)) };
}

type InputOf<Type extends SupervisionInput['type']> = Extract<SupervisionInput, { type: Type }>;

/** Nothing is kept of a temporary child that is down. */
function stopByHand(state: SupervisionState, id: string): SupervisionState {
  const goal = find(state, id)?.restart === 'temporary' ? 'gone' : 'down';
  return find(state, id)?.goal === 'gone' ? state : update(state, id, { goal });
}

function startByHand(state: SupervisionState, id: string): SupervisionState {
  const child = find(state, id);
  if (child?.status !== 'stopped' || child.goal !== 'down') return state;
  return update(state, id, { goal: 'up', isTrial: true, streak: 0 });
}

/** By hand: no back-off, nothing counted against the intensity, siblings stay. */
function restartOnRequest(state: SupervisionState, input: InputOf<'restart-child'>): Step {
  const child = find(state, input.id);
  if (!child || child.goal === 'gone') return only(state);
  const { id, epoch } = child;
  const isUp = child.status === 'running' || child.status === 'starting';
  const next = update(state, id, {
    goal: 'up',
    streak: 0,
    mustCycle: isUp,
    restarts: child.restarts + 1,
    ...(child.status === 'waiting' && { status: 'stopped' as const }),
  });
  const effects: SupervisionEffect[] = [
    report({ type: 'child-restarting', id, epoch, delayMs: 0, reason: input.reason }),
  ];
  if (child.status === 'waiting') effects.push({ type: 'cancel-retry', id });
  return { state: next, effects };
}

function started(
  state: SupervisionState,
  input: InputOf<'child-started'>,
  { now }: StepWorld,
): Step {
  const child = present(state, input);
  if (child?.status !== 'starting') return only(state);
  const { id, epoch } = child;
  return {
    state: update(state, id, { status: 'running', upSince: now, isTrial: false }),
    effects: [report({ type: 'child-started', id, epoch })],
  };
}

/** Known, but down, until somebody starts it; the temporary and those of a dynamic supervisor are forgotten. */
function ignored(state: SupervisionState, input: InputOf<'child-ignored'>): Step {
  const child = present(state, input);
  if (child?.status !== 'starting') return only(state);
  const { id, epoch } = child;
  const effects: SupervisionEffect[] = [report({ type: 'child-ignored', id, epoch })];
  if (!isWanted(state, child)) return { state: wentDown(state, child), effects };
  const isKept = child.restart !== 'temporary' && state.policy.order === 'sequential';
  if (isKept) effects.push({ type: 'retire', id });
  const goal = isKept ? 'down' : 'gone';
  return { state: update(state, id, { status: 'stopped', goal, isTrial: false }), effects };
}

function startFailed(
  state: SupervisionState,
  input: InputOf<'child-start-failed'>,
  world: StepWorld,
): Step {
  const child = present(state, input);
  if (child?.status !== 'starting') return only(state);
  const { id, epoch } = child;
  const exit: ChildExit = { reason: 'failed', error: input.error };
  const reports = [
    report({ type: 'child-ended', id, epoch, exit, isRequested: !isWanted(state, child) }),
  ];
  if (!isWanted(state, child)) return { state: wentDown(state, child), effects: reports };
  if (child.isTrial) {
    const down = {
      status: 'stopped',
      goal: 'down',
      isTrial: false,
      lastFailure: input.error,
    } as const;
    return { state: update(state, id, down), effects: [...reports, { type: 'retire', id }] };
  }
  const isFirst = child.upSince === undefined && child.restarts === 0;
  if (isFirst && state.policy.firstStart === 'fail') {
    const refused = refuseFirstStart(state, child, input.error);
    return { state: refused.state, effects: [...reports, ...refused.effects] };
  }
  const restarted = restart(state, child, input.error, world);
  return { state: restarted.state, effects: [...reports, ...restarted.effects] };
}

/** A child of the first hour fails its supervisor; one that was added later is sent away. */
function refuseFirstStart(state: SupervisionState, child: ChildState, error: ErrorFacts): Step {
  const down = update(state, child.id, { status: 'stopped', lastFailure: error });
  if (state.phase === 'running') return only(update(down, child.id, { goal: 'gone' }));
  return giveUp(down, { kind: 'start', id: child.id, error });
}

function ended(state: SupervisionState, input: InputOf<'child-ended'>, world: StepWorld): Step {
  const child = present(state, input);
  if (!child || (child.status !== 'running' && child.status !== 'stopping')) return only(state);
  const { id, epoch } = child;
  const isRequested = child.status === 'stopping' || !isWanted(state, child);
  const reports = [report({ type: 'child-ended', id, epoch, exit: input.exit, isRequested })];
  const next = isRequested
    ? only(wentDown(state, child))
    : endedByItself(state, child, input.exit, world);
  const isRetired = find(next.state, id)?.goal === 'down';
  const retired: SupervisionEffect[] = isRetired ? [{ type: 'retire', id }] : [];
  return { state: next.state, effects: [...reports, ...next.effects, ...retired] };
}

/** Down as ordered. */
function wentDown(state: SupervisionState, child: ChildState): SupervisionState {
  return update(state, child.id, { status: 'stopped', mustCycle: false });
}

function endedByItself(
  state: SupervisionState,
  child: ChildState,
  exit: ChildExit,
  world: StepWorld,
): Step {
  const isFailure = exit.reason === 'failed';
  if (child.restart === 'temporary') {
    return unlessSignificant(update(state, child.id, { status: 'stopped', goal: 'gone' }), child);
  }
  if (child.restart === 'transient' && !isFailure) {
    return unlessSignificant(update(state, child.id, { status: 'stopped', goal: 'down' }), child);
  }
  const error = isFailure ? exit.error : { name: 'UnexpectedEnd', message: 'ended by itself' };
  return restart(state, child, error, world);
}

/** `child` is down for good, by itself: the supervisor goes on, or ends as well. */
function unlessSignificant(state: SupervisionState, child: ChildState): Step {
  const { autoShutdown } = state.policy;
  if (!child.isSignificant || autoShutdown === 'never') return only(state);
  if (autoShutdown === 'all-significant' && hasChild(state.children, 'significant-up')) {
    return only(state);
  }
  return {
    state: { ...state, phase: 'stopping', isFinished: true },
    effects: [report({ type: 'supervisor-finished', id: child.id })],
  };
}

/** Counts the restart, gives up when there were too many, else lets the child wait and its group go down. */
function restart(
  state: SupervisionState,
  child: ChildState,
  error: ErrorFacts,
  { now, random }: StepWorld,
): Step {
  const { intensity, backoff } = state.policy;
  const { id, epoch } = child;
  const history = recordRestart(state.history, now, intensity);
  const down = update({ ...state, history }, id, { status: 'stopped', lastFailure: error });
  if (isSpent(history, intensity)) return giveUp(down, { kind: 'intensity', id, error });

  const wasHealthy =
    child.status === 'running' && now - (child.upSince ?? now) >= backoff.resetAfterMs;
  const streak = wasHealthy ? 0 : child.streak;
  const delayMs = backoffMs(backoff, streak, random);
  const waiting = update(down, id, {
    status: delayMs > 0 ? 'waiting' : 'stopped',
    mustCycle: false,
    restarts: child.restarts + 1,
    streak: streak + 1,
  });
  const reason = errorSentence(error);
  const effects = [report({ type: 'child-restarting', id, epoch, delayMs, reason })];
  if (delayMs > 0) effects.push({ type: 'retry-later', id, epoch, delayMs });
  return { state: cycleGroup(waiting, id), effects };
}

/** Marks who goes down and up with `id`; the temporary ones do not come back. */
function cycleGroup(state: SupervisionState, id: string): SupervisionState {
  const { strategy } = state.policy;
  if (strategy === 'one-for-one') return state;
  const group =
    strategy === 'rest-for-one'
      ? childrenAfter(state.children, id, 'up')
      : allChildren(state.children, 'up');
  const children = group.reduce(
    (all, child) =>
      withChild(all, {
        ...child,
        ...(child.restart === 'temporary' ? { goal: 'gone' } : { mustCycle: true }),
      }),
    state.children,
  );
  return { ...state, children };
}

function giveUp(state: SupervisionState, failure: SupervisionFailure): Step {
  const { id, error } = failure;
  return {
    state: { ...state, phase: 'failing', failure },
    effects: [report({ type: 'supervisor-failed', id, error })],
  };
}

function retryDue(state: SupervisionState, input: InputOf<'retry-due'>): Step {
  const child = present(state, input);
  if (child?.status !== 'waiting') return only(state);
  return only(update(state, child.id, { status: 'stopped' }));
}

/** The child, if it is still in the incarnation that the input speaks of. */
function present(
  state: SupervisionState,
  { id, epoch }: { readonly id: string; readonly epoch: number },
): ChildState | undefined {
  const child = find(state, id);
  return child?.epoch === epoch ? child : undefined;
}

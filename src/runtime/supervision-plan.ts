import { unreachable } from '../domain/assert.ts';
import { withEntry } from './ordered-map.ts';
import {
  allChildren,
  type ChildState,
  firstChild,
  hasChild,
  hasChildBefore,
  lastChild,
  type Trait,
  withChild,
  withoutChild,
} from './supervision-children.ts';
import {
  isOpen,
  only,
  type Step,
  type SupervisionEffect,
  type SupervisionState,
} from './supervision-state.ts';

/**
 * What can be done now to bring every child to its goal: stops first, in reverse order, then starts, in order. Called after
 * each input; what has to wait is found again at the next one.
 */
export function plan(state: SupervisionState): Step {
  let next = state;
  const effects: SupervisionEffect[] = [];
  for (const part of [cancelRetries, forget, stopNext, startNext, changePhase]) {
    const done = part(next);
    next = done.state;
    for (const effect of done.effects) effects.push(effect);
  }
  return { state: next, effects };
}

/** A child that waits for its restart and shall not come up is down already. */
function cancelRetries(state: SupervisionState): Step {
  const cancelled = allChildren(state.children, isOpen(state) ? 'waiting-not-meant' : 'waiting');
  return {
    state: mark(state, cancelled, (child) => ({ ...child, status: 'stopped' })),
    effects: cancelled.map(({ id }) => ({ type: 'cancel-retry', id })),
  };
}

function forget(state: SupervisionState): Step {
  let { children, epochs } = state;
  const leaving = allChildren(children, 'stopped-gone');
  for (const { id, epoch } of leaving) {
    children = withoutChild(children, id);
    epochs = withEntry(epochs, { key: id, value: epoch, marks: 0 });
  }
  return {
    state: { ...state, children, epochs },
    effects: leaving.map(({ id }) => ({ type: 'retire', id })),
  };
}

function stopNext(state: SupervisionState): Step {
  const chosen = stopsInOrder(state)
    ? lastAlone(state)
    : allChildren(state.children, mustGoDown(state));
  return {
    state: mark(state, chosen, (child) => ({ ...child, status: 'stopping' })),
    effects: chosen.map(({ id, epoch }) => ({ type: 'stop-child' as const, id, epoch })).reverse(),
  };
}

function mustGoDown(state: SupervisionState): Trait {
  return isOpen(state) ? 'up-not-meant' : 'up';
}

/** A single child that is taken out of a one-for-one supervisor has no one to wait for. */
function stopsInOrder({ policy, phase }: SupervisionState): boolean {
  if (policy.order === 'parallel') return false;
  return policy.strategy !== 'one-for-one' || phase === 'stopping' || phase === 'failing';
}

function lastAlone(state: SupervisionState): readonly ChildState[] {
  const { children } = state;
  const last = lastChild(children, mustGoDown(state));
  return last && !hasChild(children, 'stopping') ? [last] : [];
}

function startNext(state: SupervisionState): Step {
  if (!isOpen(state)) return only(state);
  const chosen = startsInOrder(state)
    ? firstAlone(state)
    : allChildren(state.children, 'stopped-meant');
  const started = mark(state, chosen, (child) => ({
    ...child,
    status: 'starting',
    epoch: child.epoch + 1,
  }));
  return {
    state: started,
    effects: chosen.map(({ id, epoch }) => ({ type: 'start-child', id, epoch: epoch + 1 })),
  };
}

function startsInOrder({ policy, phase }: SupervisionState): boolean {
  if (policy.strategy !== 'one-for-one') return true;
  return policy.order === 'sequential' && phase === 'starting';
}

/** The first that is due, unless somebody is on the way up or down, or one before it is not up. */
function firstAlone(state: SupervisionState): readonly ChildState[] {
  const { children } = state;
  const first = firstChild(children, 'stopped-meant');
  const underWay = ['starting', 'stopping', 'up-not-meant'] as const;
  if (!first || underWay.some((trait) => hasChild(children, trait))) return [];
  return isHeldBack(state, first) ? [] : [first];
}

function isHeldBack({ children, policy }: SupervisionState, { id }: ChildState): boolean {
  switch (policy.strategy) {
    case 'one-for-one':
      return false;
    case 'one-for-all':
      return hasChild(children, 'waiting');
    case 'rest-for-one':
      return hasChildBefore(children, id, 'waiting');
    default:
      return unreachable(policy.strategy);
  }
}

function changePhase(state: SupervisionState): Step {
  switch (state.phase) {
    case 'starting':
      return only(hasStarted(state) ? { ...state, phase: 'running' } : state);
    case 'stopping':
    case 'failing':
      return hasStopped(state) ? end(state) : only(state);
    case 'running':
    case 'ended':
      return only(state);
  }
}

/** Where siblings do not depend on each other, one that waits for its next attempt keeps nobody waiting. */
function hasStarted({ children, policy }: SupervisionState): boolean {
  if (hasChild(children, 'not-up-yet')) return false;
  return policy.strategy === 'one-for-one' || !hasChild(children, 'waiting-to-be-up');
}

function hasStopped({ children }: SupervisionState): boolean {
  return !hasChild(children, 'not-stopped');
}

function end(state: SupervisionState): Step {
  const { failure, isFinished } = state;
  const effect: SupervisionEffect = {
    type: 'end',
    ...(failure && { failure }),
    ...(isFinished && { isFinished }),
  };
  return { state: { ...state, phase: 'ended' }, effects: [effect] };
}

function mark(
  state: SupervisionState,
  chosen: readonly ChildState[],
  change: (child: ChildState) => ChildState,
): SupervisionState {
  if (chosen.length === 0) return state;
  const children = chosen.reduce((all, child) => withChild(all, change(child)), state.children);
  return { ...state, children };
}

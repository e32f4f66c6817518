import {
  type ChildState,
  isWanted,
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
    effects.push(...done.effects);
  }
  return { state: next, effects };
}

/** A child that waits for its restart and shall not come up is down already. */
function cancelRetries(state: SupervisionState): Step {
  const cancelled = state.children.filter((c) => c.status === 'waiting' && !isWanted(state, c));
  return {
    state: mark(state, cancelled, (child) => ({ ...child, status: 'stopped' })),
    effects: cancelled.map(({ id }) => ({ type: 'cancel-retry', id })),
  };
}

function forget(state: SupervisionState): Step {
  const leaving = state.children.filter((c) => c.status === 'stopped' && c.goal === 'gone');
  if (leaving.length === 0) return only(state);
  const epochs = new Map(state.epochs);
  for (const { id, epoch } of leaving) epochs.set(id, epoch);
  const children = state.children.filter((child) => !leaving.includes(child));
  return {
    state: { ...state, children, epochs },
    effects: leaving.map(({ id }) => ({ type: 'retire', id })),
  };
}

function stopNext(state: SupervisionState): Step {
  const due = state.children.filter((child) => mustGoDown(state, child));
  const chosen = stopsInOrder(state) ? lastAlone(state, due) : due;
  return {
    state: mark(state, chosen, (child) => ({ ...child, status: 'stopping' })),
    effects: chosen.map(({ id, epoch }) => ({ type: 'stop-child' as const, id, epoch })).reverse(),
  };
}

function mustGoDown(state: SupervisionState, child: ChildState): boolean {
  const isUp = child.status === 'running' || child.status === 'starting';
  return isUp && !isWanted(state, child);
}

/** A single child that is taken out of a one-for-one supervisor has no one to wait for. */
function stopsInOrder({ policy, phase }: SupervisionState): boolean {
  if (policy.order === 'parallel') return false;
  return policy.strategy !== 'one-for-one' || phase === 'stopping' || phase === 'failing';
}

function lastAlone(state: SupervisionState, due: readonly ChildState[]): readonly ChildState[] {
  return state.children.some((child) => child.status === 'stopping') ? [] : due.slice(-1);
}

function startNext(state: SupervisionState): Step {
  const due = state.children.filter((c) => c.status === 'stopped' && isWanted(state, c));
  const chosen = startsInOrder(state) ? firstAlone(state, due) : due;
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
function firstAlone(state: SupervisionState, due: readonly ChildState[]): readonly ChildState[] {
  const [first] = due;
  if (!first) return [];
  const { strategy } = state.policy;
  const isBusy = state.children.some(
    (child) =>
      child.status === 'starting' || child.status === 'stopping' || mustGoDown(state, child),
  );
  if (isBusy) return [];
  const before = state.children.slice(0, state.children.indexOf(first));
  const mustBeUp = strategy === 'one-for-all' ? state.children : before;
  const isHeldBack = strategy !== 'one-for-one' && mustBeUp.some((c) => c.status === 'waiting');
  return isHeldBack ? [] : [first];
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
  return children.every(({ goal, status }) => {
    if (goal !== 'up' || status === 'running') return true;
    return status === 'waiting' && policy.strategy === 'one-for-one';
  });
}

function hasStopped({ children }: SupervisionState): boolean {
  return children.every((child) => child.status === 'stopped');
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
  const children = state.children.map((child) => (chosen.includes(child) ? change(child) : child));
  return { ...state, children };
}

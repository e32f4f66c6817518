import { allChildren, type ChildState, childrenOf } from './supervision-children.ts';
import {
  type ChildEntry,
  find,
  newChild,
  type SupervisionInput,
  type SupervisionState,
} from './supervision-state.ts';

type Reconfigure = Extract<SupervisionInput, { type: 'reconfigure' }>;

/**
 * New children and a new policy for a supervisor that runs. Who is no longer listed goes, who is new comes, who has `changed` is
 * started anew; all others run on. What was counted against the intensity stays counted.
 */
export function reconfigured(
  state: SupervisionState,
  { policy, children, changed }: Reconfigure,
): SupervisionState {
  const listed = new Set(children.map(({ id }) => id));
  const leaving = allChildren(state.children).filter(({ id }) => !listed.has(id));
  const next = children.map((entry) => renewed(state, entry, changed.has(entry.id)));
  const gone = leaving.map((child): ChildState => ({ ...child, goal: 'gone' }));
  return { ...state, policy, children: childrenOf([...next, ...gone]) };
}

function renewed(state: SupervisionState, entry: ChildEntry, hasChanged: boolean): ChildState {
  const known = find(state, entry.id);
  if (!known) return newChild(entry, state.epochs);
  const { restart, isSignificant = false } = entry;
  const isReturning = known.goal === 'gone';
  const isUp = known.status === 'running' || known.status === 'starting';
  const mustCycle = known.mustCycle || isReturning || (hasChanged && isUp);
  const goal = isReturning ? 'up' : known.goal;
  return { ...known, restart, isSignificant, mustCycle, goal };
}

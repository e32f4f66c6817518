import type { ChildKind, TreeNode } from './child-spec.ts';
import { allChildren, type ChildState } from './supervision-children.ts';
import type { SupervisionState } from './supervision-state.ts';

/** Children of one supervisor: all that it knows, those that run, and of what kind they are. */
export type ChildCounts = {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
};

export function countsOf({ children }: TreeNode): ChildCounts {
  const supervisors = children.filter(({ kind }) => kind === 'supervisor').length;
  const active = children.filter(({ status }) => status === 'running').length;
  const specs = children.length;
  return { specs, active, supervisors, workers: specs - supervisors };
}

export type ChildrenBelow = {
  kindOf(id: string): ChildKind;
  /** What the child says of its own children, while it runs. */
  treeOf(id: string): TreeNode | undefined;
};

/** A supervisor and what is below it, as it stands. Its own restarts and epoch are its parent's to say. */
export function treeOf(id: string, state: SupervisionState, children: ChildrenBelow): TreeNode {
  return {
    id,
    kind: 'supervisor',
    status: supervisorStatus(state),
    restarts: 0,
    epoch: 1,
    children: allChildren(state.children).map((child) => nodeOf(child, children)),
  };
}

/** One child and what is below it. */
export function nodeOf(child: ChildState, children: ChildrenBelow): TreeNode {
  return {
    id: child.id,
    kind: children.kindOf(child.id),
    status: childStatus(child),
    restarts: child.restarts,
    epoch: child.epoch,
    children: children.treeOf(child.id)?.children ?? [],
  };
}

function supervisorStatus({ phase, failure }: SupervisionState): TreeNode['status'] {
  if (phase === 'ended') return failure ? 'failed' : 'stopped';
  return phase === 'failing' ? 'failed' : phase;
}

function childStatus(child: ChildState): TreeNode['status'] {
  switch (child.status) {
    case 'starting':
      return child.restarts > 0 ? 'restarting' : 'starting';
    case 'waiting':
      return 'restarting';
    case 'stopped':
      if (child.goal === 'up' && child.restarts > 0) return 'restarting';
      return child.lastFailure && child.upSince === undefined ? 'failed' : 'stopped';
    case 'running':
    case 'stopping':
      return child.status;
  }
}

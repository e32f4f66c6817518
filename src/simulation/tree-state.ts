import type { TreeNode } from '../runtime/child-spec.ts';

/** Names of all that should run and do not, with what they do instead. */
export function whatDoesNotRun({ id, status, children }: TreeNode): string {
  const below = children.map(whatDoesNotRun).filter((each) => each !== '');
  return [...(status === 'running' ? [] : [`${id} ${status}`]), ...below].join(', ');
}

export function isRunning({ status, children }: TreeNode): boolean {
  return status === 'running' && children.every(isRunning);
}

import { useState } from 'react';
import type { TreeNode } from '../../../src/protocol/fleet.ts';
import { useDashboard, useLink } from '../engine/use-dashboard.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Empty, Panel } from './panel.tsx';

/** Who supervises whom, how each is, and how often it had to be started again. */
export function SupervisionTree() {
  const tree = useDashboard((state) => state.fleet?.tree);
  const link = useLink();
  const [asks, setAsks] = useState<string>();
  return (
    <Panel title="Supervision tree">
      {tree === undefined ? (
        <Empty>Nothing is running yet.</Empty>
      ) : (
        <ul className="scroll-quiet max-h-[36rem] overflow-y-auto p-2 text-sm">
          <Branch node={tree} depth={0} onRestart={setAsks} />
        </ul>
      )}
      {asks !== undefined && (
        <ConfirmDialog
          title={`Restart ${asks}?`}
          confirm="Restart"
          onConfirm={() => link.command('restart', asks)}
          onClose={() => setAsks(undefined)}
        >
          It is stopped in order and started again from its journal. Open positions stay at the
          broker behind their stops.
        </ConfirmDialog>
      )}
    </Panel>
  );
}

type BranchProps = {
  readonly node: TreeNode;
  readonly depth: number;
  readonly onRestart: (id: string) => void;
};

function Branch({ node, depth, onRestart }: BranchProps) {
  return (
    <li>
      <Node node={node} depth={depth} onRestart={onRestart} />
      {node.children.length > 0 && (
        <ul className="ml-3 border-l border-line pl-2">
          {node.children.map((child) => (
            <Branch key={child.id} node={child} depth={depth + 1} onRestart={onRestart} />
          ))}
        </ul>
      )}
    </li>
  );
}

const dots = {
  running: 'bg-gain',
  starting: 'bg-live animate-beat',
  restarting: 'bg-warn animate-beat',
  stopping: 'bg-warn',
  stopped: 'bg-muted',
  failed: 'bg-stop',
} as const satisfies Record<TreeNode['status'], string>;

function Node({ node, depth, onRestart }: BranchProps) {
  const { id, kind, status, restarts } = node;
  return (
    <div className="group flex min-h-8 items-center gap-2 rounded-md px-1.5 hover:bg-raised">
      <span className={`size-1.5 shrink-0 rounded-full ${dots[status]}`} aria-hidden="true" />
      <span
        className={`truncate font-mono text-xs ${kind === 'actor' ? 'text-soft' : 'text-text'}`}
      >
        {id}
      </span>
      <span className="text-2xs text-muted">{kind === 'thread' && 'thread'}</span>
      <span className="ml-auto flex shrink-0 items-center gap-2 text-xs">
        <span className={status === 'running' ? 'sr-only' : 'text-warn'}>{status}</span>
        {restarts > 0 && (
          <span className="text-warn">
            {restarts} {restarts === 1 ? 'restart' : 'restarts'}
          </span>
        )}
        {depth > 0 && <RestartButton id={id} onRestart={onRestart} />}
      </span>
    </div>
  );
}

function RestartButton({ id, onRestart }: Pick<BranchProps, 'onRestart'> & { id: string }) {
  const isLive = useDashboard(({ connection }) => connection.state === 'live');
  return (
    <button
      type="button"
      aria-label={`Restart ${id}`}
      title={`Restart ${id}`}
      disabled={!isLive}
      onClick={() => onRestart(id)}
      className="grid size-7 place-items-center rounded text-muted transition-opacity group-hover:opacity-100 hover:text-text focus-visible:opacity-100 disabled:invisible [@media(hover:hover)]:opacity-0"
    >
      <svg viewBox="0 0 16 16" className="size-3.5" aria-hidden="true">
        <path
          d="M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
    </button>
  );
}

import type { MessagePort } from 'node:worker_threads';
import type { TreeNode } from './child-spec.ts';
import type { ErrorFacts } from './error-facts.ts';
import type { Harm } from './harm.ts';
import type { SupervisionEvent } from './supervisor.ts';

/** What the main thread may ask of a thread. comlink carries it; every call from the main thread has a deadline. */
export type ThreadService = {
  /** From here on `port` leads to the thread `peer` and to the residents who live there, in place of an earlier one. */
  connect(peer: string, port: MessagePort, residents: readonly string[]): void | Promise<void>;
  /** Stops the thread's actors and releases what they hold. The thread leaves when this has settled. */
  stop(deadlineMs: number): Promise<void>;
  /** Answers, as a sign of life. */
  ping(): undefined;
  /** Throws inside the actor, in place of its next message. Fails when there is no such actor. */
  crash(actor: string, reason: string): void | Promise<void>;
  tree(): TreeNode | Promise<TreeNode>;
  /** Answers, and then does it to itself, in the name of a resident if one is named. */
  harm(way: Harm, resident: string | undefined, stallMs: number): void;
};

/** What a thread says by itself. */
export type ThreadNotice =
  | { readonly type: 'ready'; readonly tree: TreeNode }
  | { readonly type: 'start-failed'; readonly error: ErrorFacts }
  /** It leaves, because its supervisor gave up or a failure was caught by nobody. */
  | { readonly type: 'failed'; readonly error: ErrorFacts; readonly culprit?: string }
  /** The next number in the pulse stands for this resident. */
  | { readonly type: 'resident-named'; readonly resident: string }
  | { readonly type: 'supervision'; readonly event: SupervisionEvent }
  /** As it stands after what its supervisors did in the last turn. */
  | { readonly type: 'tree'; readonly tree: TreeNode };

const noticeTypes: ReadonlySet<unknown> = new Set<ThreadNotice['type']>([
  'ready',
  'start-failed',
  'failed',
  'resident-named',
  'supervision',
  'tree',
]);

/** comlink's answers travel on the same port: they carry an id, notices do not. */
export function isThreadNotice(message: unknown): message is ThreadNotice {
  if (typeof message !== 'object' || message === null || 'id' in message) return false;
  return noticeTypes.has((message as Partial<ThreadNotice>).type);
}

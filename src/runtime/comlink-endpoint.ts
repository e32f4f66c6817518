import type { MessagePort, Transferable } from 'node:worker_threads';
import type { Endpoint } from 'comlink';
import type { ThreadHandle } from './thread.ts';

/** What a Worker, a child process and a MessagePort have in common. */
export type NodePort = Pick<MessagePort | ThreadHandle, 'postMessage' | 'on' | 'off'>;

/** A Node port as comlink wants it: messages arrive as events. */
export function comlinkEndpoint(port: NodePort): Endpoint {
  const forwards = new Map<unknown, (message: unknown) => void>();
  return {
    // The platform's two lists of what can be transferred differ in what neither of us sends.
    postMessage: (message, transfer) =>
      port.postMessage(message, transfer as readonly Transferable[] | undefined),
    addEventListener: (_type, listener) => {
      const forward = (data: unknown) => {
        const event = { data } as MessageEvent;
        if (typeof listener === 'function') listener(event);
        else listener.handleEvent(event);
      };
      forwards.set(listener, forward);
      port.on('message', forward);
    },
    removeEventListener: (_type, listener) => {
      const forward = forwards.get(listener);
      if (forward) port.off('message', forward);
      forwards.delete(listener);
    },
  };
}

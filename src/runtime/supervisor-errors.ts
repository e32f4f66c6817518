import { RemoteError } from './error-facts.ts';
import type { SupervisionFailure } from './supervision-state.ts';

/** A supervisor gave up: a child could not start, or there were too many restarts. */
export class SupervisorFailedError extends Error {
  override readonly name = 'SupervisorFailedError';
  readonly supervisor: string;
  readonly child: string;
  constructor(supervisor: string, { id, kind, error }: SupervisionFailure) {
    const why = kind === 'start' ? `${id} could not start` : `too many restarts, the last of ${id}`;
    super(`${supervisor} gave up: ${why}`, { cause: new RemoteError(error) });
    this.supervisor = supervisor;
    this.child = id;
  }
}

export class SupervisorStoppedError extends Error {
  override readonly name = 'SupervisorStoppedError';
  constructor(supervisor: string) {
    super(`${supervisor} is stopping or has stopped`);
  }
}

export class UnknownChildError extends Error {
  override readonly name = 'UnknownChildError';
  constructor(supervisor: string, id: string, known: readonly string[]) {
    const named = known.slice(0, namesMax).join(', ') || 'none';
    const more = known.length > namesMax ? ` and ${known.length - namesMax} more` : '';
    super(`${supervisor} has no child ${id}, it has ${named}${more}`);
  }
}

/** So many siblings are named in a message. */
const namesMax = 10;

/** `already-started`: it runs, or is on its way up or down. `already-present`: it is down but known. */
export class DuplicateChildError extends Error {
  override readonly name = 'DuplicateChildError';
  readonly state: 'already-started' | 'already-present';
  constructor(supervisor: string, id: string, state: DuplicateChildError['state']) {
    super(`${supervisor} has a child ${id} already, ${state}: remove it first`);
    this.state = state;
  }
}

/** A child cannot do what was asked for in the state that it is in. */
export class ChildStateError extends Error {
  override readonly name = 'ChildStateError';
  readonly state: 'running' | 'restarting';
  constructor(supervisor: string, id: string, state: ChildStateError['state']) {
    super(`${supervisor}: the child ${id} is ${state}, stop it first`);
    this.state = state;
  }
}

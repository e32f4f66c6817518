import type { RequestFault } from './fault.ts';

type Queued = { readonly fault: RequestFault; readonly path: RegExp; skip: number; left: number };

/** Faults that wait for their request, oldest first. */
export class FaultQueue {
  #queued: Queued[] = [];

  add(fault: RequestFault): void {
    this.#queued.push({
      fault,
      path: pathPattern(fault.path),
      skip: fault.skip,
      left: fault.count,
    });
  }

  get isEmpty(): boolean {
    return this.#queued.length === 0;
  }

  /** The fault that strikes this request, which is then one request older. */
  take(method: string, path: string): RequestFault | undefined {
    for (const each of this.#queued.filter((one) => isMatch(one, method, path))) {
      if (each.skip === 0) return this.#strike(each);
      each.skip -= 1;
    }
    return undefined;
  }

  waiting(): RequestFault[] {
    return this.#queued.map(({ fault, skip, left }) => ({ ...fault, skip, count: left }));
  }

  clear(): void {
    this.#queued = [];
  }

  #strike(hit: Queued): RequestFault {
    hit.left -= 1;
    if (hit.left === 0) this.#queued = this.#queued.filter((each) => each !== hit);
    return hit.fault;
  }
}

function isMatch({ fault, path }: Queued, method: string, requested: string): boolean {
  return (fault.method === undefined || fault.method === method) && path.test(requested);
}

function pathPattern(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

/** Promises for what will have become true after some later change, kept by whom they are about. */
export class Awaited {
  readonly #checks = new Map<string, Set<() => void>>();

  /** Resolves at the first check at which `isReached` holds, perhaps this one; rejects with what it throws. */
  until(about: string, isReached: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        try {
          if (!isReached()) return;
          resolve();
        } catch (error) {
          reject(error as Error);
        }
        this.#forget(about, check);
      };
      this.#add(about, check);
      check();
    });
  }

  check(about: Iterable<string>): void {
    for (const each of about) for (const check of this.#checks.get(each) ?? []) check();
  }

  /** Whom something is awaited of. */
  names(): Iterable<string> {
    return this.#checks.keys();
  }

  #add(about: string, check: () => void): void {
    const checks = this.#checks.get(about) ?? new Set();
    this.#checks.set(about, checks.add(check));
  }

  #forget(about: string, check: () => void): void {
    const checks = this.#checks.get(about);
    checks?.delete(check);
    if (checks?.size === 0) this.#checks.delete(about);
  }
}

/** A message that made its actor crash so often is not handed out again. */
const crashesMax = 2;
/** Messages remembered: an actor that crashes on more than these at a time has been stopped by its supervisor. */
const rememberedMax = 64;

/** Remembers which messages made an actor crash. */
export class PoisonWatch {
  readonly #crashes = new Map<unknown, number>();

  /** A message without an identity is not remembered. */
  crashedOn(identity: unknown): void {
    if (identity === undefined) return;
    const crashes = (this.#crashes.get(identity) ?? 0) + 1;
    this.#crashes.delete(identity);
    this.#crashes.set(identity, crashes);
    if (this.#crashes.size <= rememberedMax) return;
    const [oldest] = this.#crashes.keys();
    this.#crashes.delete(oldest);
  }

  isPoison(identity: unknown): boolean {
    return (this.#crashes.get(identity) ?? 0) >= crashesMax;
  }
}

/** An error as plain data: what is left of it after a hop between threads, and what a report may say of it. */
export type ErrorFacts = {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorFacts;
};

/** Deep enough for every chain of causes that tells something. */
const causesMax = 8;

/** Takes whatever was thrown: `throw 42` has facts as well. */
export function errorFacts(thrown: unknown, depth = 0): ErrorFacts {
  if (!isErrorLike(thrown)) return { name: 'NonError', message: String(thrown) };
  const { name, message, stack, code, cause } = thrown;
  return {
    name,
    message,
    ...(typeof code === 'string' && { code }),
    ...(typeof stack === 'string' && { stack }),
    ...(cause !== undefined && depth < causesMax && { cause: errorFacts(cause, depth + 1) }),
  };
}

type ErrorLike = {
  readonly name: string;
  readonly message: string;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
};

/** Not `instanceof Error`: an error of another thread or realm, and facts themselves, are none. */
function isErrorLike(thrown: unknown): thrown is ErrorLike {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const { name, message } = thrown as Partial<ErrorLike>;
  return typeof name === 'string' && typeof message === 'string';
}

/** One line: names and messages of the error and its causes. */
export function errorSentence(facts: ErrorFacts): string {
  const own = `${facts.name}: ${facts.message}`;
  return facts.cause ? `${own} <- ${errorSentence(facts.cause)}` : own;
}

/** An error that happened elsewhere, throwable here: under its own name, with its own stack. */
export class RemoteError extends Error {
  override readonly name: string;
  readonly facts: ErrorFacts;
  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause && { cause: new RemoteError(facts.cause) });
    this.name = facts.name;
    this.facts = facts;
    if (facts.stack !== undefined) this.stack = facts.stack;
  }
}

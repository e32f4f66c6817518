import { type Logger, pino, stdSerializers } from 'pino';

export type LogOptions = {
  /** Takes one line of JSON, without its line break. */
  readonly write: (line: string) => void;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Milliseconds since 1970-01-01 UTC: `clock.now`. */
  readonly now: () => number;
  /** Stands in every line: thread, version. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Secrets that are known: none of them appears in a line, wherever it came from. */
  readonly secrets?: readonly string[];
};

const hidden = '[hidden]';
/** Fields that hold secrets by their name, at the top and two levels down. */
const secretFields = new Set(['token', 'authorization', 'password', 'secret', 'controlToken']);
const levelsSearched = 3;

/** A log of events: a constant name and fields with units, one line of JSON each. */
export function createLog(options: LogOptions): Logger {
  const { level, now, facts = {} } = options;
  const write = withoutSecrets(options);
  return pino(
    {
      level,
      base: facts,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        // pino's own redaction does the same and takes twice as long as the rest of a line.
        bindings: (bindings) => withoutSecretFields(bindings, levelsSearched),
        log: (fields) => withoutSecretFields(fields, levelsSearched),
      },
      serializers: { error: stdSerializers.errWithCause },
    },
    { write: (line: string) => write(line.trimEnd()) },
  );
}

/** The same object where it has none. */
function withoutSecretFields<Fields extends object>(fields: Fields, levels: number): Fields {
  let copy: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(fields)) {
    const kept = secretFields.has(name) ? hidden : withoutSecretsInside(value, levels - 1);
    if (kept === value) continue;
    copy ??= { ...fields } as Record<string, unknown>;
    copy[name] = kept;
  }
  return (copy ?? fields) as Fields;
}

function withoutSecretsInside(value: unknown, levels: number): unknown {
  const isSearched = levels > 0 && typeof value === 'object' && value !== null;
  return isSearched ? withoutSecretFields(value, levels) : value;
}

function withoutSecrets({ write, secrets = [] }: LogOptions): (line: string) => void {
  const spellings = secrets
    .filter((secret) => secret.length >= 4) // a shorter one would blank out ordinary words
    .map((secret) => JSON.stringify(secret).slice(1, -1))
    .sort((a, b) => b.length - a.length);
  return (line) => write(spellings.reduce((text, secret) => text.replaceAll(secret, hidden), line));
}

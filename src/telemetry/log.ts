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
const secretFields = ['token', 'authorization', 'password', 'secret', 'controlToken'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

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
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretFields, censor: hidden },
      serializers: { error: stdSerializers.errWithCause },
    },
    { write: (line: string) => write(line.trimEnd()) },
  );
}

function withoutSecrets({ write, secrets = [] }: LogOptions): (line: string) => void {
  const spellings = secrets
    .filter((secret) => secret.length >= 4) // a shorter one would blank out ordinary words
    .map((secret) => JSON.stringify(secret).slice(1, -1))
    .sort((a, b) => b.length - a.length);
  return (line) => write(spellings.reduce((text, secret) => text.replaceAll(secret, hidden), line));
}

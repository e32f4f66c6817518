/** One thing that is wrong with the configuration, for a person to find and correct. */
export type ConfigMistake = {
  /** Name of the file inside the configuration folder. */
  readonly file: string;
  /** Dotted path of the key inside the file; empty for the file as a whole. */
  readonly path: string;
  /** Where the value stands, counted from 1; undefined where the key is missing. */
  readonly line?: number;
  readonly problem: string;
  /** The next step, where one is known. */
  readonly hint?: string;
};

/** The configuration is refused as a whole: nothing of it was taken over. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly ConfigMistake[];
  constructor(mistakes: readonly ConfigMistake[]) {
    super(mistakes.map(formatMistake).join('\n'));
    this.mistakes = mistakes;
  }
}

/** All mistakes of a refused configuration, one per line, hints below them. */
export function formatMistakes({ mistakes }: ConfigError): string {
  const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`;
  return [`The configuration has ${count}:`, ...mistakes.map(formatMistake)].join('\n');
}

function formatMistake({ file, path, line, problem, hint }: ConfigMistake): string {
  const place = line === undefined ? file : `${file}:${line}`;
  const subject = path === '' ? place : `${place} ${path}`;
  return `  ${subject}: ${problem}${hint === undefined ? '' : `\n      -> ${hint}`}`;
}

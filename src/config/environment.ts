/** The environment of this process: the one place that reads it. Secrets are asked for by the name that a file states. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;

import { z } from 'zod';

/** A name that people give to accounts, brokers and terminals: it can hurt neither a path nor a log line. */
export const nameText = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, {
  error: 'must be a name of letters, digits, "_" and "-", at most 64 of them',
});

export const symbolText = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._#-]{0,31}$/, {
  error: 'must be a symbol of letters, digits, ".", "_", "#" and "-", at most 32 of them',
});

/** Secrets are never written into a file: only the name of the variable that holds them. */
export const environmentName = z.string().regex(/^[A-Z][A-Z0-9_]*$/, {
  error:
    'must be the name of an environment variable (capitals, digits, "_"), never the secret itself',
});

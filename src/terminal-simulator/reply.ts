/** What goes back over the wire, before it becomes bytes. */
export type Reply =
  | { readonly status: number; readonly json: unknown }
  | { readonly status: number; readonly html: string };

/** A request after the token was checked and the path prefix was taken off. */
export type WireRequest = {
  readonly method: string;
  /** Decoded segments of the path. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: { readonly text: string; readonly isJson: boolean };
};

export const ok = (json: unknown): Reply => ({ status: 200, json });

export const failed = (status: number, error: string): Reply => ({ status, json: { error } });

/** The error page that the web framework of the real server makes. */
export function htmlError(status: number): Reply {
  const title = htmlTitles[status] ?? 'Error';
  return {
    status,
    html: `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n`,
  };
}

const htmlTitles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Time-out',
};

/** Thrown by a handler where the real server's handler raises: answered by an HTML page of status 500 (or another). */
export class UncaughtError extends Error {
  override readonly name = 'UncaughtError';
  readonly status: number;
  constructor(reason: string, status = 500) {
    super(reason);
    this.status = status;
  }
}

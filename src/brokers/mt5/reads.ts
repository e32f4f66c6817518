import type * as z from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import { DeadlineError } from '../../runtime/deadline.ts';
import { type RetryPolicy, retry } from '../../runtime/retry.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import type { Http } from './http.ts';
import type { HttpAnswer } from './http-answer.ts';

/**
 * Typed GETs, which may be repeated: a few attempts with back-off. They reject with `BrokerUnavailableError` or
 * `BrokerProtocolError`.
 */
export type Reads = {
  /** "Not found" counts as a failure that may pass: the server says so too when the terminal did not answer it. */
  get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** The same for long lists: asks for gzip. */
  getLarge<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** Undefined when the server says "not found", which is no proof of anything (contract §1.4). */
  find<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined>;
};

const policy: RetryPolicy = { attemptsMax: 4, firstDelayMs: 100, delayMaxMs: 1_000 };

export function openReads(http: Http, clock: Clock, timeoutMs: number): Reads {
  const ask = <T>(path: string, isLarge: boolean, signal: AbortSignal, parse: Parse<T>) =>
    retry({ policy, clock, signal, isTransient }, () =>
      http
        .send({ method: 'GET', path, timeoutMs, isLarge }, signal)
        .then((answer) => parse(answer, `GET ${http.address}${path}`)),
    );
  return {
    get: (path, schema, signal) =>
      ask(path, false, signal, (answer, what) => bodyOf(answer, what, schema)),
    getLarge: (path, schema, signal) =>
      ask(path, true, signal, (answer, what) => bodyOf(answer, what, schema)),
    find: (path, schema, signal) =>
      ask(path, false, signal, (answer, what) =>
        isNotFound(answer) ? undefined : bodyOf(answer, what, schema),
      ),
  };
}

type Parse<T> = (answer: HttpAnswer, what: string) => T;

/** Whether the server itself says that there is no such thing: a wrong path is answered in HTML or plain text. */
export function isNotFound(answer: HttpAnswer): boolean {
  return answer.type === 'json' && answer.status === 404;
}

function bodyOf<T>(answer: HttpAnswer, what: string, schema: z.ZodType<T>): T {
  if (answer.type === 'none') {
    throw new BrokerUnavailableError(`${what}: no answer, ${answer.cause.message}`, {
      cause: answer.cause,
    });
  }
  const { status } = answer;
  if (status === 200 && answer.type === 'json') return parsed(schema, answer.body, what);
  const said = `${what}: ${status} ${errorText(answer)}`;
  if (status >= 500 || isNotFound(answer)) throw new BrokerUnavailableError(said);
  if (status === 401) throw new BrokerProtocolError(`${said}; check the terminal's token`);
  if (status === 404)
    throw new BrokerProtocolError(`${said}; check the path in the terminal's url`);
  if (status !== 200) throw new BrokerProtocolError(said);
  throw new BrokerProtocolError(`${said}; JSON was expected`);
}

/** The words of an error answer in any of its shapes. */
export function errorText(answer: Exclude<HttpAnswer, { type: 'none' }>): string {
  if (answer.type === 'text') return answer.text;
  const body = answer.body as { error?: unknown; message?: unknown } | null;
  const text = body?.error ?? body?.message ?? '';
  return typeof text === 'string' ? text : JSON.stringify(text);
}

/** Checks a body against its schema; the error names the first field that does not fit. */
function parsed<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const first = result.error.issues[0];
  const place = first === undefined || first.path.length === 0 ? 'answer' : first.path.join('.');
  throw new BrokerProtocolError(`${what}: ${place}: ${first?.message ?? 'malformed'}`, {
    cause: result.error,
  });
}

/** A read that timed out still stands in the server's queue: another one would only lengthen it. */
function isTransient(error: unknown): boolean {
  return error instanceof BrokerUnavailableError && !(error.cause instanceof DeadlineError);
}

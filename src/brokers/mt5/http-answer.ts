import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import type { HttpResponse } from './http-response.ts';

export type HttpAnswer =
  | { readonly type: 'json'; readonly status: number; readonly body: unknown }
  /** HTML, plain text, or what calls itself JSON and is not. `text` is the beginning of it, for messages. */
  | { readonly type: 'text'; readonly status: number; readonly text: string }
  /** Nobody answered. `wasSent` is false when it is certain that no byte left. */
  | { readonly type: 'none'; readonly wasSent: boolean; readonly cause: Error };

/** The longest legal answer, 100,000 bars, has about 13 MB. */
const bytesMax = 32 * 1024 * 1024;
/** Shorter ones are unpacked at once, in 0.1 ms at most; longer ones beside this thread. */
const unpackedAtOnceMax = 16 * 1024;
const unzip = promisify(gunzip);

/** What a response says. Never rejects: one that cannot be read is no answer. */
export function answerOf(response: HttpResponse): HttpAnswer | Promise<HttpAnswer> {
  if (response.contentEncoding !== 'gzip') return spoken(response, response.body);
  return unpacked(response.body).then(
    (plain) => spoken(response, plain),
    (cause: Error): HttpAnswer => ({ type: 'none', wasSent: true, cause }),
  );
}

async function unpacked(zipped: Buffer): Promise<Buffer> {
  const limit = { maxOutputLength: bytesMax };
  return zipped.length > unpackedAtOnceMax ? unzip(zipped, limit) : gunzipSync(zipped, limit);
}

function spoken({ status, contentType }: HttpResponse, bytes: Buffer): HttpAnswer {
  const text = bytes.toString('utf8');
  const isJson = contentType?.includes('json') ?? false;
  const body = isJson ? parseJson(text) : undefined;
  if (body === undefined) return { type: 'text', status, text: summary(text) };
  return { type: 'json', status, body };
}

/** Undefined when the text is no JSON. The server writes numbers that JSON lacks as bare words: they become null. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parseJsonWithoutNumbers(text);
  }
}

function parseJsonWithoutNumbers(text: string): unknown {
  const stringOrWord = /"(?:[^"\\]|\\.)*"|-?\b(?:Infinity|NaN)\b/g;
  const legal = text.replace(stringOrWord, (match) => (match.startsWith('"') ? match : 'null'));
  try {
    return JSON.parse(legal);
  } catch {
    return undefined;
  }
}

/** What a person needs of an HTML page: its words, without the markup. */
function summary(text: string): string {
  const words = text
    .replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words.slice(0, 160);
}

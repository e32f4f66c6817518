import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

export type HttpAnswer =
  | { readonly type: 'json'; readonly status: number; readonly body: unknown }
  /** HTML, plain text, or what calls itself JSON and is not. `text` is the beginning of it, for messages. */
  | { readonly type: 'text'; readonly status: number; readonly text: string }
  /** Nobody answered. `wasSent` is false when it is certain that no byte left. */
  | { readonly type: 'none'; readonly wasSent: boolean; readonly cause: Error };

/** The longest legal answer, 100,000 bars, has about 13 MB. */
const bytesMax = 32 * 1024 * 1024;
const unzip = promisify(gunzip);

/** Reads a response to its end. Rejects when the connection breaks before that, or the body is too long. */
export async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const bytes = await readBytes(response);
  const isZipped = response.headers['content-encoding'] === 'gzip';
  const plain = isZipped ? await unzip(bytes, { maxOutputLength: bytesMax }) : bytes;
  const text = plain.toString('utf8');
  const status = response.statusCode ?? 0;
  const isJson = response.headers['content-type']?.includes('json') ?? false;
  const body = isJson ? parseJson(text) : undefined;
  if (body === undefined) return { type: 'text', status, text: summary(text) };
  return { type: 'json', status, body };
}

async function readBytes(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMax) throw new Error(`an answer may have ${bytesMax} bytes, this has more`);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
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

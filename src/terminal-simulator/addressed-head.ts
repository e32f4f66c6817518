import type { Head } from './http-request.ts';
import { htmlError, type Reply, type WireRequest } from './reply.ts';

/** Where the contract begins on a server, and what its clients show. */
export type Access = {
  readonly token: string;
  readonly controlToken: string;
  /** Segments in front of every path of the contract. */
  readonly prefix: readonly string[];
};

/** A head and what it asks for on this server: all that needs no body and no state to be said. */
export type AddressedHead = Head & {
  /** Whether it is for the simulator, and not for the terminal that it plays. */
  readonly isControl: boolean;
  /** What it is answered, whatever its body says. */
  readonly refusal: Reply | undefined;
  readonly path: WireRequest['path'];
  readonly query: WireRequest['query'];
  readonly isJson: boolean;
  readonly isGzipAccepted: boolean;
};

const noQuery = new URLSearchParams();

export function addressedHead(head: Head, access: Access): AddressedHead {
  const { method, target, headers, isPersistent, bodyBytes } = head;
  const [pathname = '/', ...query] = target.split('?');
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const isControl = segments[0] === '_sim';
  const rest = isControl ? segments.slice(1) : withoutPrefix(segments, access.prefix);
  const path = rest && decoded(rest);
  const token = isControl ? access.controlToken : access.token;
  const isAuthorized = headers.get('authorization') === `Bearer ${token}`;
  return {
    method,
    target,
    headers,
    isPersistent,
    bodyBytes,
    isControl,
    refusal: refusalOf({ isRouted: rest !== undefined, isAuthorized, isText: path !== undefined }),
    path: path ?? [],
    query: query.length === 0 ? noQuery : new URLSearchParams(query.join('?')),
    isJson: isJson(headers.get('content-type')),
    isGzipAccepted: /\bgzip\b/.test(headers.get('accept-encoding') ?? ''),
  };
}

function refusalOf(asked: {
  readonly isRouted: boolean;
  readonly isAuthorized: boolean;
  readonly isText: boolean;
}): Reply | undefined {
  if (!asked.isRouted) return { status: 404, html: 'no route' };
  if (!asked.isAuthorized) return htmlError(401);
  return asked.isText ? undefined : htmlError(400);
}

function withoutPrefix(
  segments: readonly string[],
  prefix: readonly string[],
): readonly string[] | undefined {
  const isInside = prefix.every((segment, index) => segments[index] === segment);
  return isInside ? segments.slice(prefix.length) : undefined;
}

function decoded(segments: readonly string[]): string[] | undefined {
  try {
    return segments.map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function isJson(contentType = ''): boolean {
  return /^application\/(.+\+)?json\b/i.test(contentType);
}

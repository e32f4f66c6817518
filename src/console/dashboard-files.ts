import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

export type DashboardFile = {
  readonly body: Buffer;
  readonly contentType: string;
  readonly etag: string;
  /** The name carries a hash of the content: it may be kept for ever. */
  readonly isImmutable: boolean;
};

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};
const filesMax = 500;
const bytesMax = 32 * 1024 * 1024;

class DashboardTooLargeError extends Error {
  override readonly name = 'DashboardTooLargeError';
  constructor(root: string) {
    super(
      `${root} holds more than ${filesMax} files or ${bytesMax} bytes: is it the folder of the built dashboard?`,
    );
  }
}

/**
 * The built dashboard by URL path, read once: what was not in the folder then cannot be asked for, whatever the path
 * looks like. Links and unknown kinds of files are left out. Empty when the folder does not exist.
 */
export async function loadDashboardFiles(
  root: string,
): Promise<ReadonlyMap<string, DashboardFile>> {
  const files = new Map<string, DashboardFile>();
  let bytes = 0;
  for (const path of await pathsIn(root)) {
    const contentType = contentTypes[extname(path)];
    if (contentType === undefined) continue;
    const body = await readFile(join(root, path));
    bytes += body.length;
    if (files.size >= filesMax || bytes > bytesMax) throw new DashboardTooLargeError(root);
    const urlPath = `/${path.split(sep).join('/')}`;
    files.set(urlPath === '/index.html' ? '/' : urlPath, {
      body,
      contentType,
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      isImmutable: urlPath.startsWith('/assets/'),
    });
  }
  return files;
}

async function pathsIn(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

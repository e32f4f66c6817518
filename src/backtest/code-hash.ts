import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Hash of this program's own code in a folder of `src`, file by file, as it lies on disk; tests are left out. */
export function codeHash(folder: string): string {
  const path = join(import.meta.dirname, '..', folder);
  const hash = createHash('sha256');
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name) && !/(\.test\.|\.d\.)/.test(name))
    .toSorted();
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(path, file)));
  return hash.digest('hex');
}

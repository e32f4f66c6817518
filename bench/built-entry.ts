/** Bench programs run under plain Node, on the build: what the loader of the sources costs must not be measured. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const source = join(root, 'src');

/** Where the build is: `dist`, or the folder after `--dist`. */
export function distFolder(): string {
  const flag = process.argv.indexOf('--dist');
  return flag === -1 ? join(root, 'dist') : resolve(process.argv[flag + 1] ?? '');
}

/** Compiles `bench/entries/NAME.ts`; what it imports of `src` is taken from the build. Returns the file to start. */
export async function builtEntry(name: string, dist: string = distFolder()): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'novosky-bench-entry-')), `${name}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, 'entries', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    plugins: [
      {
        name: 'from-the-build',
        setup({ onResolve }) {
          onResolve({ filter: /\/src\/.*\.ts$/ }, ({ path, resolveDir }) => {
            const inside = relative(source, resolve(resolveDir, path));
            const built = join(dist, inside.replace(/\.ts$/, '.js'));
            return { path: pathToFileURL(built).href, external: true };
          });
        },
      },
    ],
  });
  return outfile;
}

/** Runs a compiled entry to its end; what it prints goes to our own output. Throws when it fails. */
export function runBuilt(
  path: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): void {
  const { status } = spawnSync(process.execPath, [...flags, path, ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${basename(path)} ended with ${status}`);
}

/**
 * `bundle-source.mjs ENTRY`: an entry of the source and all that it imports, as one file; prints where that lies. Every part of it
 * goes on to know where its source is.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Under `node_modules`, whose packages it finds from there. */
const folder = fileURLToPath(new URL('../../node_modules/.cache/novosky', import.meta.url));

const places = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const place = { url: pathToFileURL(path).href, dirname: dirname(path) };
      const contents = readFileSync(path, 'utf8').replaceAll(
        /import\.meta\.(url|dirname)/g,
        (_, name) => JSON.stringify(place[name]),
      );
      return { contents, loader: 'ts' };
    });
  },
};

const { outputFiles } = await build({
  entryPoints: [process.argv[2]],
  outfile: 'entry.mjs',
  write: false,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  plugins: [places],
  logLevel: 'error',
});
process.stdout.write(stored(outputFiles[0].contents));

/** Named by what is in it: whoever else makes it now, makes the same. */
function stored(content) {
  const name = createHash('sha256').update(content).digest('hex').slice(0, 32);
  const file = join(folder, `${name}.mjs`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const part = `${file}.${process.pid}`;
  writeFileSync(part, content);
  renameSync(part, file);
  return file;
}

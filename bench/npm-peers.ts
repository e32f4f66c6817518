/** Libraries that we are compared with. They are no part of the project: each run installs them into a folder of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export class NpmPeers {
  readonly #folder = mkdtempSync(join(tmpdir(), 'novosky-peers-'));

  /**
   * False where a package cannot be had: no network, or no compiler for one that needs it.
   *
   * @param beside what it needs and does not say
   */
  install(name: string, version: string, beside: readonly string[] = []): boolean {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    const allowScripts = { [name]: true }; // native ones are compiled
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts }));
    const wanted = [`${name}@${version}`, ...beside];
    const args = ['install', '--no-audit', '--no-fund', '--save-exact', ...wanted];
    return spawnSync('npm', args, { cwd: folder, stdio: 'ignore' }).status === 0;
  }

  /** What a package exports that was installed, or came with one that was; its caller says what that is. */
  async load<Exports>(name: string, installed = name): Promise<Exports> {
    const requireHere = createRequire(join(this.#folder, installed, 'package.json'));
    const entry = requireHere.resolve(name);
    if (entry.endsWith('.node')) return requireHere(entry) as Exports;
    const module: { readonly default?: Exports } = await import(pathToFileURL(entry).href);
    return module.default ?? (module as Exports);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

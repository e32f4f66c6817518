import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { type ConfigChange, diffConfig } from './diff-config.ts';
import { judged, type WhyNotHot, withHotChanges } from './hot-config.ts';
import { loadConfig } from './load-config.ts';
import { ConfigError } from './mistake.ts';
import { configFileNames } from './read-files.ts';

export type ConfigWatchOptions = {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly replay?: boolean;
  /** Asked for every account that wants to be started while the engine runs. */
  readonly whyNotHot: WhyNotHot;
  /** What the engine runs with. */
  readonly current: Config;
  /** How long the files must have stood still before they are read. */
  readonly debounceMs: number;
  /** `clock.after`. */
  readonly after: (delayMs: number, task: () => void) => () => void;
  /**
   * The files changed and are valid. `next` is what is in force from now on: the hot changes are in it, the others
   * are in `changes` with `isHot: false` and wait for a restart.
   */
  readonly onChange: (next: Config, changes: readonly ConfigChange[]) => void;
  /** The files changed and were refused as a whole, once per version: nothing of them is in force. */
  readonly onRefused: (error: ConfigError) => void;
};

/** A folder that was replaced, or one on a network, tells nothing: it is looked at this often too. */
const lookEveryMs = 5_000;

/**
 * Follows the configuration folder. The folder is watched and not the files: a watch on a file goes deaf when an
 * editor replaces it. What counts is the content, so a touch or a rewrite of the same text says nothing.
 */
export function watchConfig(options: ConfigWatchOptions): { close(): void } {
  const watching = new ConfigWatch(options);
  return { close: () => watching.close() };
}

class ConfigWatch {
  readonly #options: ConfigWatchOptions;
  /** In force: the files of the start with the hot changes since. */
  #running: Config;
  /** The last version of the files that was valid: changes are told against it, each once. */
  #accepted: Config;
  /** Content that was judged already, and content that has yet to stand still. The files may have changed since the start. */
  #judged = '';
  #settling: string | undefined;
  #watcher: FSWatcher | undefined;
  #cancelSettle = () => {};
  #cancelLook = () => {};

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
    this.#running = options.current;
    this.#accepted = options.current;
    this.#listen();
    this.#lookAgain();
  }

  close(): void {
    this.#cancelSettle();
    this.#cancelLook();
    this.#watcher?.close();
  }

  #listen(): void {
    const { folder } = this.#options;
    try {
      this.#watcher = watch(folder, { persistent: false }, () => this.#look());
    } catch {
      return; // the folder cannot be watched: the regular look still sees every change
    }
    this.#watcher.on('error', () => this.#watcher?.close());
  }

  #lookAgain(): void {
    this.#cancelLook = this.#options.after(lookEveryMs, () => {
      this.#look();
      this.#lookAgain();
    });
  }

  #look(): void {
    const seen = contentHash(this.#options.folder);
    if (seen === this.#settling) return;
    this.#cancelSettle();
    this.#settling = seen === this.#judged ? undefined : seen;
    if (this.#settling === undefined) return;
    this.#cancelSettle = this.#options.after(this.#options.debounceMs, () => this.#settle());
  }

  #settle(): void {
    const seen = contentHash(this.#options.folder);
    if (seen === this.#settling) {
      this.#settling = undefined;
      this.#judged = seen;
      this.#judge();
    } else {
      this.#look();
    }
  }

  #judge(): void {
    const { folder, env, replay = false, whyNotHot, onChange, onRefused } = this.#options;
    try {
      const next = loadConfig(folder, env, { replay });
      const around = { folder, env, isReplay: replay };
      const hot = withHotChanges(this.#running, next, { around, whyNotHot });
      const changes = diffConfig(this.#accepted, next).map((change) => judged(change, hot));
      this.#accepted = next;
      this.#running = hot.config;
      if (changes.length > 0) onChange(hot.config, changes);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      onRefused(error);
    }
  }
}

/** One hash over the four files; a file that cannot be read counts as a content of its own. */
function contentHash(folder: string): string {
  const hash = createHash('sha256');
  for (const file of configFileNames) {
    const content = contentOf(join(folder, file));
    hash.update(`${file}\n${content?.byteLength ?? 'none'}\n`).update(content ?? '');
  }
  return hash.digest('hex');
}

function contentOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined; // said in full when the folder is loaded
  }
}

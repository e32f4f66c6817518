/**
 * The runtime alone: messages and questions within a thread and across, restarts, deaths, hangs, leaks, a soak of kills,
 * log lines and validation.
 *
 *   npm run build && npx tsx bench/runtime.bench.ts
 */
import { builtEntry, runBuilt } from './built-entry.ts';
import { printMachine } from './measure.ts';

printMachine();
runBuilt(await builtEntry('runtime'), [await builtEntry('peer')]);

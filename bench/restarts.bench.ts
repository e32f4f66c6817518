/**
 * What is left in the process after 2,000 restarts of threads, four side by side. Exits 1 when memory has grown by more
 * than 40 MB, maps by more than 150 or files at all. Run as `node --expose-gc --import tsx bench/restarts.bench.ts [restarts]`, on Linux.
 */
import { held, RestartedThreads } from '../test/fixtures/restarted-threads.ts';
import { printMachine, printTable } from './measure.ts';

const restarts = Number(process.argv[2] ?? 2_000);
const allowed = { rssMb: 40, files: 0, maps: 150 };

printMachine();
const stage = new RestartedThreads(4);
await stage.supervisor.start();
await stage.restart(100);
const before = await held();
if (!before) throw new Error('files and maps are read from /proc, which only Linux has');
const startedAt = performance.now();
await stage.restart(restarts);
const eachMs = (performance.now() - startedAt) / restarts;
const after = (await held()) ?? before;
await stage.supervisor.stop();

const growth = (Object.keys(allowed) as (keyof typeof allowed)[]).map((name) => ({
  name,
  grown: after[name] - before[name],
}));
printTable(
  [`after ${restarts} restarts, ${eachMs.toFixed(1)} ms each`, 'before', 'growth', 'allowed'],
  growth.map(({ name, grown }) => [
    name,
    before[name].toFixed(0),
    grown.toFixed(1),
    String(allowed[name]),
  ]),
);
if (growth.some(({ name, grown }) => grown > allowed[name])) process.exitCode = 1;

/**
 * The main thread of a child process. It runs the entry in a thread and stands between that and the parent: so it hears of its
 * parent's end, and can tell how the entry is, whatever the entry does.
 */
import type { Worker } from 'node:worker_threads';
import { systemClock } from './clock.ts';
import { errorFacts } from './error-facts.ts';
import { PortBridge, portsIn } from './port-bridge.ts';
import type { FromProcess, ProcessStart, ToProcess } from './process-protocol.ts';
import { beatsOf, culpritOf, newPulse, type Pulse } from './pulse.ts';
import type { ThreadData } from './serve-thread.ts';
import { settlesWithin } from './settles-within.ts';
import { startThread } from './thread.ts';

/** How often it tells of the pulse of its thread. */
const tellMs = 100;
/** How long what a dead thread has said may take to pass. */
const lastWordsMs = 1_000;

const ignore = () => undefined;
process.on('SIGINT', ignore);
process.on('SIGTERM', ignore);
// Its parent is gone, and nobody else would end it. At once: not even an endless loop of its thread holds it.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.once('message', (start) => run(start as ProcessStart));

function run({ entry, name, workerData, resourceLimits }: ProcessStart): void {
  const pulse = newPulse();
  const data = { ...(workerData as Omit<ThreadData<unknown>, 'pulse'>), pulse };
  const worker = startThread(new URL(entry), {
    name,
    workerData: data,
    ...(resourceLimits && { resourceLimits }),
  });
  const onUncloneable = (error: unknown) => tell({ type: 'error', error: errorFacts(error) });
  const bridge = new PortBridge({ side: 'child', send: tell, onUncloneable });
  process.on('message', (frame) => {
    const said = bridge.heed(frame as Exclude<ToProcess, ProcessStart>);
    if (said) worker.postMessage(said.value, said.ports);
  });
  worker.on('message', (value: unknown) => bridge.say(value, portsIn(value)));
  worker.on('messageerror', (error) => tell({ type: 'error', error: errorFacts(error) }));
  tellPulse(pulse);
  tellEnd(worker, pulse, bridge);
}

function tellPulse(pulse: Pulse): void {
  tell({ type: 'beat', beats: beatsOf(pulse), culprit: culpritOf(pulse) });
  systemClock.after(tellMs, () => tellPulse(pulse));
}

function tellEnd(worker: Worker, pulse: Pulse, bridge: PortBridge): void {
  const lastBeat = () => tell({ type: 'beat', beats: beatsOf(pulse), culprit: culpritOf(pulse) });
  worker.on('error', (error) => {
    lastBeat();
    tell({ type: 'error', error: errorFacts(error) });
  });
  worker.on('exit', (code) => {
    lastBeat();
    void settlesWithin(bridge.empty(), lastWordsMs, systemClock).then(() =>
      // The channel keeps its order: when this has been written, everything has.
      process.send?.({ type: 'beat', beats: beatsOf(pulse), culprit: culpritOf(pulse) }, () =>
        process.exit(code),
      ),
    );
  });
}

/** What cannot be sent concerns nobody: the parent is gone, and so will be this. */
function tell(frame: FromProcess): void {
  process.send?.(frame, () => undefined);
}

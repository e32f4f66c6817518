import { expect, test } from 'vitest';
import { type Held, held, RestartedThread } from '../../test/fixtures/restarted-thread.ts';

test.runIf(process.platform === 'linux')(
  'a hundred restarts of a thread leave files and maps of the process where they were',
  async () => {
    const stage = new RestartedThread();
    await stage.supervisor.start();
    // The first ones fill what is then used again.
    await stage.restart(60);
    const before = (await held()) as Held;
    await stage.restart(100);
    const after = (await held()) as Held;
    expect(after.files).toBe(before.files);
    // The heap of the main thread takes and gives back some; one for each restart would be a hundred.
    expect(after.maps - before.maps).toBeLessThanOrEqual(30);
    await stage.supervisor.stop();
  },
  300_000,
);

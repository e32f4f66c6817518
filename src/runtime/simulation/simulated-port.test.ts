import type { Transferable } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import { SeededScheduler } from './seeded-scheduler.ts';
import { type SimulatedPort, simulatedChannel } from './simulated-port.ts';
import { SimulatedThread } from './simulated-thread.ts';

function world() {
  const scheduler = new SeededScheduler({ random: seededRandom(1), startMs: 0 });
  const main = new SimulatedThread('main', scheduler);
  const other = new SimulatedThread('other', scheduler);
  const line = (owner = main) => simulatedChannel(scheduler, () => 5, owner);
  const settle = async () => {
    while (await scheduler.step());
  };
  return { scheduler, main, other, line, settle };
}

/** A line from main to the other thread, and what the other thread hears. */
function lineTo(other: SimulatedThread, { port1, port2 }: ReturnType<typeof simulatedChannel>) {
  port2.belongTo(other);
  const heard: unknown[] = [];
  port2.on('message', (message) => heard.push(message));
  return { port1, heard };
}

const transferable = (port: SimulatedPort) => port as unknown as Transferable;

describe('a simulated port', () => {
  test('keeps what arrives until somebody listens', async () => {
    const { line, settle } = world();
    const { port1, port2 } = line();
    port1.postMessage('early');
    await settle();
    const heard: unknown[] = [];
    port2.on('message', (message) => heard.push(message));
    port1.postMessage('late');
    await settle();
    expect(heard).toEqual(['early', 'late']);
  });

  test('is of no use where it was handed over from', async () => {
    const { other, line, settle } = world();
    const { port1, heard } = lineTo(other, line());
    const handed = line();
    port1.postMessage({ port: handed.port2 }, [transferable(handed.port2)]);
    handed.port2.close();
    await settle();
    const [{ port }] = heard as [{ readonly port: SimulatedPort }];
    const back: unknown[] = [];
    handed.port1.on('message', (message) => back.push(message));
    port.postMessage('still open');
    await settle();
    expect(port).not.toBe(handed.port2);
    expect(back).toEqual(['still open']);
  });

  test('closes when the thread ends that it was handed over to, before it got there or after', async () => {
    for (const endsFirst of [true, false]) {
      const { other, line, settle } = world();
      const { port1 } = lineTo(other, line());
      const handed = line();
      let isClosed = false;
      handed.port1.on('close', () => {
        isClosed = true;
      });
      if (endsFirst) other.end();
      port1.postMessage({ port: handed.port2 }, [transferable(handed.port2)]);
      await settle();
      other.end();
      await settle();
      expect(isClosed, `ends first: ${endsFirst}`).toBe(true);
    }
  });
});

describe('a simulated thread that stands still', () => {
  test('does everything later, in its order', async () => {
    const { scheduler, main, settle } = world();
    const done: string[] = [];
    main.stall(100);
    main.enter(() => done.push('first'));
    main.clock.after(50, () => done.push(`second at ${Math.ceil(scheduler.clock.elapsed())}`));
    scheduler.clock.after(100.5, () => main.enter(() => done.push('third')));
    await settle();
    expect(done[0]).toBe('first');
    expect(done[1]).toMatch(/^second at 10\d$/);
    expect(done[2]).toBe('third');
  });

  test('does nothing any more when it ends meanwhile', async () => {
    const { main, settle } = world();
    const done: string[] = [];
    main.stall(100);
    main.enter(() => done.push('never'));
    main.end();
    await settle();
    expect(done).toEqual([]);
  });

  test('counts the timers that were set and are still to come', async () => {
    const { main, settle } = world();
    const cancel = main.clock.after(10, () => {});
    main.clock.after(20, () => {});
    expect(main.timers).toBe(2);
    cancel();
    cancel();
    expect(main.timers).toBe(1);
    await settle();
    expect(main.timers).toBe(0);
  });
});

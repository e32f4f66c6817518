import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { Outbox } from './outbox.ts';

describe('an outbox', () => {
  test('hands everything over while the network takes it', () => {
    const { outbox, sent, publish } = anOutbox();
    publish();
    publish();
    outbox.reply('reply');
    expect(sent).toEqual(['event 1', 'event 2', 'reply']);
  });

  test('holds events back while the network is slow, and lets replies overtake them', () => {
    const { outbox, sent, network, publish } = anOutbox();
    network.isFull = true;
    publish();
    outbox.reply('reply');
    expect(sent).toEqual([]);
    network.drain();
    expect(sent).toEqual(['reply', 'event 1']);
  });

  test('puts one snapshot in place of more events than may wait', () => {
    const { sent, network, publish } = anOutbox();
    network.isFull = true;
    for (let i = 0; i < 10; i++) publish();
    network.drain();
    publish();
    expect(sent).toEqual(['snapshot 10', 'event 11']);
  });

  test('makes at most one snapshot in its gap, however often one is asked for', () => {
    const { outbox, sent, clock, publish } = anOutbox();
    outbox.resync();
    outbox.resync();
    publish();
    outbox.resync();
    expect(sent).toEqual(['snapshot 0']);
    clock.advance(250);
    publish();
    expect(sent).toEqual(['snapshot 0', 'snapshot 1', 'event 2']);
  });

  test('has nothing left to say once it is closed', () => {
    const { outbox, sent, network, clock, publish } = anOutbox();
    outbox.resync();
    outbox.resync();
    network.isFull = true;
    publish();
    outbox.close();
    network.drain();
    clock.advance(10_000);
    expect(sent).toEqual(['snapshot 0']);
  });

  test('never leaves a gap that no snapshot closes, and never holds more than it may', () => {
    const step = fc.constantFrom(
      'publish',
      'publish',
      'publish',
      'block',
      'drain',
      'resync',
      'wait',
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const box = anOutbox();
        for (const name of steps) box[name]();
        box.drain();
        box.wait();
        let known = 0;
        for (const frame of box.sent) {
          const [kind, number] = frame.split(' ');
          expect(kind === 'snapshot' ? Number(number) >= known : Number(number) === known + 1).toBe(
            true,
          );
          known = Number(number);
        }
        expect(known).toBe(box.published());
      }),
    );
  });
});

function anOutbox() {
  const clock = new SimulatedClock();
  const sent: string[] = [];
  let published = 0;
  const whenTaken: (() => void)[] = [];
  const network = {
    isFull: false,
    drain() {
      network.isFull = false;
      for (const done of whenTaken.splice(0)) done();
      // A network that takes frames again does so because it took an earlier one.
      outbox.reply('');
      sent.splice(sent.indexOf(''), 1);
    },
  };
  const outbox = new Outbox({
    wire: {
      bufferedBytes: () => (network.isFull ? 1_000 : 0),
      send: (frame, done) => {
        sent.push(frame);
        whenTaken.push(done);
      },
    },
    snapshot: () => `snapshot ${published}`,
    clock,
    limits: { events: 5, bufferedBytes: 1_000, snapshotGapMs: 250 },
  });
  const publish = () => {
    published += 1;
    outbox.publish(`event ${published}`);
  };
  return {
    outbox,
    sent,
    clock,
    network,
    publish,
    published: () => published,
    block: () => {
      network.isFull = true;
    },
    drain: () => network.drain(),
    resync: () => outbox.resync(),
    wait: () => clock.advance(250),
  };
}

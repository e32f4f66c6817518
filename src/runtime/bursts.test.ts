import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inBursts } from './bursts.ts';
import { PostOffice } from './post-office.ts';

let office: PostOffice;
/** Numbers, as they have left: those of one message in one array. */
let posted: number[][];
/** Turns that wait for the event loop. */
let queue: (() => void)[];
let schedule: (turn: () => void) => void;

type Posted = { readonly envelopes?: readonly (readonly [string, number])[] };

beforeEach(() => {
  office = new PostOffice({ thread: 'shard', onDeadLetter: () => {} });
  posted = [];
  queue = [];
  const { port1 } = new MessageChannel();
  office.connect('main', {
    postMessage: (said: Posted) => {
      const envelopes = said.envelopes ?? [said as unknown as readonly [string, number]];
      posted.push(envelopes.map(([, number]) => number));
    },
    on: (...heard: Parameters<typeof port1.on>) => port1.on(...heard),
    close: () => port1.close(),
  } as typeof port1);
  schedule = inBursts(office, (turn) => void queue.push(turn));
});

afterEach(() => office.close());

function say(number: number): void {
  office.tell('main/observer', number);
}

/** One turn of the event loop: what is scheduled in it comes in the next. */
function turnLoop(): void {
  for (const turn of queue.splice(0)) turn();
}

describe('turns in bursts', () => {
  test('say what they have to say as one message, when all that were due are over', () => {
    const before: number[] = [];
    for (const number of [1, 2, 3]) {
      schedule(() => {
        before.push(posted.length);
        say(number);
      });
    }
    turnLoop();
    expect(before).toEqual([0, 0, 0]);
    expect(posted).toEqual([[1, 2, 3]]);
  });

  test('wait for none that was scheduled by one of them', () => {
    schedule(() => {
      say(1);
      schedule(() => say(3));
    });
    schedule(() => say(2));
    turnLoop();
    expect(posted).toEqual([[1, 2]]);
    turnLoop();
    expect(posted).toEqual([[1, 2], [3]]);
  });

  test('are at most 16 to a burst', () => {
    for (let number = 1; number <= 40; number += 1) schedule(() => say(number));
    turnLoop();
    expect(posted.map(({ length }) => length)).toEqual([16, 16, 8]);
    expect(posted.flat()).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  test('wait for no turn of the next burst, however many those before them have scheduled', () => {
    for (let number = 1; number <= 16; number += 1) schedule(() => schedule(() => say(100)));
    schedule(() => say(17));
    turnLoop();
    expect(posted).toEqual([[17]]);
    turnLoop();
    expect(posted).toEqual([[17], Array(16).fill(100)]);
  });

  test.each([0, 1])('keep the words of the others when turn %d throws', (which) => {
    for (const [index, number] of [1, 2].entries()) {
      schedule(() => {
        say(number);
        if (index === which) throw new Error('failed after it');
      });
    }
    const failures = queue.splice(0).map((turn) => {
      try {
        turn();
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(failures[which]).toBe('failed after it');
    expect(posted).toEqual([[1, 2]]);
  });

  test('say at once what is let go, and the rest in the end', () => {
    schedule(() => {
      say(1);
      office.letGo();
      say(2);
    });
    schedule(() => say(3));
    turnLoop();
    expect(posted).toEqual([[1], [2], [3]]);
  });
});

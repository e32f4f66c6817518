import { beforeEach, describe, expect, test } from 'vitest';
import { ActorCell } from './actor-cell.ts';
import { systemClock } from './clock.ts';
import { DeadLetters } from './dead-letters.ts';
import { DeathWatch } from './death-watch.ts';
import { PostOffice } from './post-office.ts';
import { Topic } from './topic.ts';

let letters: DeadLetters;
let topic: Topic<string>;
let heard: string[];

beforeEach(() => {
  letters = new DeadLetters({ recentMax: 10 });
  topic = new Topic({ name: 'bars', onDeadLetter: letters.record });
  heard = [];
});

function ear(name: string) {
  return { name, tell: (message: string) => void heard.push(`${name}: ${message}`) };
}

describe('a topic', () => {
  test('tells every subscriber, in the order of subscription', () => {
    topic.subscribe(ear('a'));
    topic.subscribe(ear('b'));
    topic.tell('one');
    topic.tell('two');
    expect(heard).toEqual(['a: one', 'b: one', 'a: two', 'b: two']);
  });

  test('tells a subscriber nothing of before he came, and nothing after he has left', () => {
    topic.tell('zero');
    const leave = topic.subscribe(ear('a'));
    topic.tell('one');
    leave();
    leave();
    topic.tell('two');
    expect(heard).toEqual(['a: one']);
  });

  test('counts two subscriptions of the same one as two', () => {
    const a = ear('a');
    const leave = topic.subscribe(a);
    topic.subscribe(a);
    leave();
    topic.tell('one');
    expect(heard).toEqual(['a: one']);
  });

  test('may lose and gain subscribers while it tells', () => {
    const leave = topic.subscribe({
      name: 'a',
      tell: () => {
        leave();
        topic.subscribe(ear('late'));
      },
    });
    topic.subscribe(ear('b'));
    topic.tell('one');
    topic.tell('two');
    expect(heard).toEqual(['b: one', 'b: two', 'late: two']);
  });

  test('whose subscriber has a full mailbox tells the others, and says what was lost', () => {
    const full = new ActorCell<string>({
      name: 'full',
      mailbox: { capacity: 1, overflow: 'reject' },
      releaseMs: 1_000,
      clock: systemClock,
      onDeadLetter: letters.record,
    });
    topic.subscribe(full.ref);
    topic.subscribe(ear('b'));
    for (const message of ['one', 'two', 'three']) topic.tell(message);
    expect(heard).toEqual(['b: one', 'b: two', 'b: three']);
    expect(letters.count('mailbox-full')).toBe(2);
  });

  test('is left by an actor that ends where its watch gives the subscription up', () => {
    const deathWatch = new DeathWatch();
    const onDeadLetter = letters.record;
    const office = new PostOffice({ thread: 'main', onDeadLetter, deathWatch });
    office.register('a', ear('a'));
    deathWatch.record({ type: 'child-started', id: 'a' });
    office.watch('main/a', topic.subscribe(office.ref('main/a')));
    topic.tell('one');
    deathWatch.record({ type: 'child-ended', id: 'a', exit: { reason: 'normal' } });
    topic.tell('two');
    expect(heard).toEqual(['a: one']);
    expect(letters.total).toBe(0);
  });
});

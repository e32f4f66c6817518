import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SupervisorStage } from '../../test/fixtures/supervisor-stage.ts';
import { DeathWatch, type Down } from './death-watch.ts';
import { PostOffice } from './post-office.ts';

const exit = { reason: 'failed', error: { name: 'Error', message: 'crash' } } as const;
const down: Down = { reason: 'ended', exit };

let watch: DeathWatch;
let heard: Down[];
const hear = (each: Down) => heard.push(each);

beforeEach(() => {
  watch = new DeathWatch();
  heard = [];
});

function starts(id: string): void {
  watch.record({ type: 'child-started', id });
}

function ends(id: string): void {
  watch.record({ type: 'child-ended', id, exit });
}

describe('whoever watches', () => {
  test('hears of an end exactly once, though the successor ends as well', () => {
    starts('a');
    watch.watch('a', hear);
    for (let life = 0; life < 3; life += 1) {
      ends('a');
      starts('a');
    }
    expect(heard).toEqual([down]);
    expect(watch.count).toBe(0);
  });

  test('hears at once of somebody who never was, or is not any more', () => {
    starts('a');
    ends('a');
    watch.watch('a', hear);
    watch.watch('b', hear);
    expect(heard).toEqual([{ reason: 'not-running' }, { reason: 'not-running' }]);
    expect(watch.count).toBe(0);
  });

  test('twice hears twice, and giving up one watch leaves the other', () => {
    starts('a');
    const [giveUp] = [watch.watch('a', hear), watch.watch('a', hear), watch.watch('a', hear)];
    giveUp();
    ends('a');
    expect(heard).toEqual([down, down]);
  });

  test('hears nothing after giving up, and leaves no entry', () => {
    starts('a');
    const giveUp = watch.watch('a', hear);
    giveUp();
    giveUp();
    expect(watch.count).toBe(0);
    ends('a');
    expect(heard).toEqual([]);
  });

  test('hears of a child that dies as soon as it is up', async () => {
    const stage = new SupervisorStage();
    const puppet = stage.puppet('a');
    const root = await stage.running([], { onEvent: watch.record });
    const added = root.addChild(puppet.spec);
    await stage.settled();
    watch.watch('a', hear);
    puppet.crash('too soon');
    await added;
    await stage.settled();
    expect(heard).toMatchObject([{ reason: 'ended', exit: { error: { message: 'too soon' } } }]);
    await root.stop();
  });
});

describe('a watch of an actor in another thread', () => {
  let here: PostOffice;
  let there: PostOffice;

  beforeEach(() => {
    const onDeadLetter = () => {};
    here = new PostOffice({ thread: 'here', onDeadLetter });
    there = new PostOffice({ thread: 'there', onDeadLetter, deathWatch: watch });
    const { port1, port2 } = new MessageChannel();
    here.connect('there', port1);
    there.connect('here', port2);
  });

  afterEach(() => {
    here.close();
    there.close();
  });

  function until(isReached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => (isReached() ? resolve() : void setImmediate(check));
      check();
    });
  }

  test('tells once of an end, after everything that was sent before it', async () => {
    const log: unknown[] = [];
    here.register('ear', { name: 'ear', tell: (message: number) => log.push(message) });
    starts('a');
    here.watch('there/a', (each) => log.push(each.reason));
    await until(() => watch.count === 1);
    for (let n = 0; n < 100; n += 1) there.ref('here/ear').tell(n);
    ends('a');
    await until(() => log.length > 100);
    expect(log).toEqual([...Array(100).keys(), 'ended']);
    expect(here.watchCount + there.watchCount).toBe(0);
  });

  test('tells of somebody who is not there', async () => {
    here.watch('there/nobody', hear);
    here.watch('nowhere/a', hear);
    await until(() => heard.length === 2);
    expect(heard).toEqual([{ reason: 'thread-ended' }, { reason: 'not-running' }]);
  });

  test('is forgotten on both sides when it is given up', async () => {
    starts('a');
    const giveUp = here.watch('there/a', hear);
    await until(() => there.watchCount === 1);
    giveUp();
    ends('a');
    await until(() => there.watchCount === 0);
    await until(() => true);
    expect([heard, here.watchCount, watch.count]).toEqual([[], 0, 0]);
  });

  test('leaves no entry when the thread of the watcher ends first', async () => {
    starts('a');
    here.watch('there/a', hear);
    await until(() => watch.count === 1);
    here.close();
    await until(() => watch.count === 0);
    expect(there.watchCount).toBe(0);
  });

  test('tells once of each when their thread ends', async () => {
    for (const id of 'abc') starts(id);
    for (const id of 'abca') here.watch(`there/${id}`, hear);
    await until(() => watch.count === 4);
    there.close();
    await until(() => heard.length === 4);
    expect(heard).toEqual(Array(4).fill({ reason: 'thread-ended' }));
    expect(here.watchCount).toBe(0);
  });
});

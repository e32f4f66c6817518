/** The runtime alone, no trading: messages, questions, restarts, deaths, hangs, leaks, and a soak of kills. */

import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { ActorCell } from '../../src/runtime/actor-cell.ts';
import { actorChild } from '../../src/runtime/actor-child.ts';
import { Asker, answer, type ReplyTo } from '../../src/runtime/asker.ts';
import { sleep, systemClock } from '../../src/runtime/clock.ts';
import { DeathWatch } from '../../src/runtime/death-watch.ts';
import { PostOffice } from '../../src/runtime/post-office.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { Supervisor } from '../../src/runtime/supervisor.ts';
import { TimerWheel } from '../../src/runtime/timer-wheel.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { printTable, quantile, spread } from '../measure.ts';
import { PeerStage } from '../peer-stage.ts';

const peerEntry = pathToFileURL(process.argv[2] ?? '');
const runsEach = 5;
const rows: (readonly string[])[] = [];

await localTells();
await localAsks();
await acrossThreads();
await restartsInPlace();
await deaths();
await hangs();
await leak();
await soak();
logLines();
validations();
printTable(['figure', 'target', 'limit here', 'measured'], rows);
process.exit();

/** 1,000 actors, 100 messages to each a round. */
async function localTells(): Promise<void> {
  const actors = 1_000;
  const each = 100;
  let taken = 0;
  let done = () => {};
  const cells = await Promise.all(
    Array.from({ length: actors }, async (_, n) => {
      const cell = new ActorCell<number>({
        name: `a${n}`,
        mailbox: { capacity: 1_000, overflow: 'reject' },
        clock: systemClock,
        releaseMs: 1_000,
        onDeadLetter: () => {},
      });
      const receive = () => {
        taken += 1;
        if (taken === actors * each) done();
      };
      await cell.start(1, new AbortController().signal, () => ({ receive }));
      return cell;
    }),
  );
  const rates: number[] = [];
  for (let round = 0; round < runsEach + 3; round += 1) {
    taken = 0;
    const end = new Promise<void>((resolve) => {
      done = resolve;
    });
    const started = performance.now();
    for (let count = 0; count < each; count += 1) for (const { ref } of cells) ref.tell(count);
    await end;
    if (round >= 3) rates.push((actors * each) / (performance.now() - started) / 1_000);
  }
  rows.push(['local tell, 1,000 actors, M/s', '>= 10', '18.5', spread(rates, 1)]);
}

async function localAsks(): Promise<void> {
  const onDeadLetter = () => {};
  const deathWatch = new DeathWatch();
  const office = new PostOffice({ thread: 'main', onDeadLetter, deathWatch });
  const asker = new Asker({
    office,
    thread: 'main',
    timers: new TimerWheel(systemClock),
    onDeadLetter,
  });
  const child = actorChild<ReplyTo>({
    id: 'a',
    restart: 'permanent',
    shutdownMs: 1_000,
    startMs: 1_000,
    clock: systemClock,
    mailbox: { capacity: 10_000, overflow: 'reject' },
    onDeadLetter,
    start: () => ({ receive: (replyTo) => answer(office, replyTo, 1) }),
  });
  office.register('a', child.ref);
  const supervisor = new Supervisor({
    id: 'root',
    strategy: 'one-for-one',
    intensity: { restartsMax: 1, windowMs: 1_000 },
    backoff: { immediate: 1, minMs: 1, maxMs: 1, jitter: 0, resetAfterMs: 60_000 },
    children: [child],
    clock: systemClock,
    random: seededRandom(1),
    onEvent: (event) => deathWatch.record(event),
  });
  await supervisor.start();
  const rates: number[] = [];
  for (let round = 0; round < runsEach + 3; round += 1) {
    const started = performance.now();
    for (let burst = 0; burst < 20; burst += 1) {
      await Promise.all(
        Array.from({ length: 1_000 }, () =>
          asker.ask<ReplyTo, number>(
            { from: 'main/b', to: 'main/a', deadlineMs: 5_000 },
            (replyTo) => replyTo,
          ),
        ),
      );
    }
    if (round >= 3) rates.push(20_000 / (performance.now() - started) / 1_000);
  }
  await supervisor.stop();
  rows.push(['local ask with deadline, M/s', '>= 3', '5.8 without a timer', spread(rates, 2)]);
}

async function acrossThreads(): Promise<void> {
  const stage = new PeerStage(peerEntry, ['peer'], 1);
  await stage.start();
  const tick = { type: 'tick', bid: 1, ask: 2, at: 3 } as const;
  const batch = Array.from({ length: 100 }, (_, at) => ({ ...tick, at }));
  const single = await throughput(stage, 100_000, () => stage.tell('peer/a0', tick));
  const batched = await throughput(stage, 4_000, () => stage.tell('peer/a0', batch));
  rows.push(['tell to a thread, single, k/s', '>= 500', '703', spread(single, 0)]);
  const objects = batched.map((rate) => (rate * 100) / 1_000);
  rows.push(['tell to a thread, 100 a message, M objects/s', '>= 2', '2.5', spread(objects, 2)]);
  for (let count = 0; count < 500; count += 1) await stage.expectAnswer('peer/a0');
  const times: number[] = [];
  for (let count = 0; count < 5_000; count += 1) {
    const started = performance.now();
    await stage.expectAnswer('peer/a0');
    times.push((performance.now() - started) * 1_000);
  }
  rows.push([
    'ask a thread, p50 / p99 us',
    '<= 75 / <= 150',
    '57 / 86',
    `${quantile(times, 0.5).toFixed(0)} / ${quantile(times, 0.99).toFixed(0)}`,
  ]);
  await stage.stop();
}

/** Thousands of messages a second, taken and answered for: never more under way than the line's window. */
async function throughput(stage: PeerStage, count: number, tell: () => void): Promise<number[]> {
  const rates: number[] = [];
  for (let round = 0; round < runsEach + 1; round += 1) {
    const started = performance.now();
    for (let sent = 0; sent < count; ) {
      for (; sent < count && stage.office.roomTo('peer') > 0; sent += 1) tell();
      if (sent < count) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await stage.expectAnswer('peer/a0');
    if (round > 0) rates.push(count / (performance.now() - started));
  }
  return rates;
}

async function restartsInPlace(): Promise<void> {
  let epochs = 0;
  let restarted = () => {};
  const child = actorChild<'throw'>({
    id: 'a',
    restart: 'permanent',
    shutdownMs: 1_000,
    startMs: 1_000,
    clock: systemClock,
    mailbox: { capacity: 10, overflow: 'reject' },
    onDeadLetter: () => {},
    start: () => {
      epochs += 1;
      restarted();
      return {
        receive: () => {
          throw new Error('a benchmark asks for it');
        },
      };
    },
  });
  const supervisor = new Supervisor({
    id: 'root',
    strategy: 'one-for-one',
    intensity: { restartsMax: 1_000_000, windowMs: 1_000 },
    backoff: { immediate: 1_000_000, minMs: 1, maxMs: 1, jitter: 0, resetAfterMs: 60_000 },
    children: [child],
    clock: systemClock,
    random: seededRandom(1),
    onEvent: () => {},
  });
  await supervisor.start();
  const times: number[] = [];
  for (let count = 0; count < 1_200; count += 1) {
    const again = new Promise<void>((resolve) => {
      restarted = resolve;
    });
    const started = performance.now();
    child.ref.tell('throw');
    await again;
    if (count >= 200) times.push(performance.now() - started);
  }
  await supervisor.stop();
  if (epochs < 1_200) throw new Error('an actor was not restarted');
  rows.push([
    'actor restarted in place, p50 / p99 ms',
    '<= 1',
    '0.007',
    `${quantile(times, 0.5).toFixed(3)} / ${quantile(times, 0.99).toFixed(3)}`,
  ]);
}

async function deaths(): Promise<void> {
  const stage = new PeerStage(peerEntry, ['peer'], 100);
  await stage.start();
  const detected: number[] = [];
  const ready: number[] = [];
  for (let count = 1; count <= 60; count += 1) {
    const started = performance.now();
    stage.tell('peer/a0', { type: 'die' });
    await stage.until(() => stage.ups.length > count);
    detected.push((stage.ends.at(-1)?.at ?? 0) - started);
    ready.push((stage.ups.at(-1)?.at ?? 0) - started);
    await stage.expectAnswer('peer/a1');
  }
  await stage.stop();
  rows.push(['thread death noticed, p99 ms', '<= 5', '3.2', quantile(detected, 0.99).toFixed(1)]);
  rows.push([
    'thread with 100 actors up again, p99 ms',
    '<= 60',
    '48',
    quantile(ready, 0.99).toFixed(1),
  ]);
}

async function hangs(): Promise<void> {
  const stage = new PeerStage(peerEntry, ['peer'], 1, true);
  await stage.start();
  const ready: number[] = [];
  for (let count = 1; count <= 8; count += 1) {
    const started = performance.now();
    stage.tell('peer/a0', { type: 'hang' });
    await stage.until(() => stage.ups.length > count);
    ready.push((stage.ups.at(-1)?.at ?? 0) - started);
  }
  await stage.stop();
  rows.push([
    'endless loop noticed (3 looks of 100 ms) and replaced, ms',
    '<= 500',
    '5 for the end alone',
    spread(ready, 0),
  ]);
}

async function leak(): Promise<void> {
  const stage = new PeerStage(peerEntry, ['peer'], 1);
  await stage.start();
  const restart = async (times: number) => {
    for (let count = 0; count < times; count += 1) {
      const ups = stage.ups.length;
      stage.tell('peer/a0', { type: 'die' });
      await stage.until(() => stage.ups.length > ups);
    }
    globalThis.gc?.();
    await sleep(500, systemClock);
    return process.memoryUsage.rss();
  };
  const before = await restart(150);
  const after = await restart(300);
  await stage.stop();
  const kilobytes = Math.max(0, after - before) / 300 / 1_024;
  rows.push(['memory lost by a restart of a thread, KB', '<= 20', '9', kilobytes.toFixed(1)]);
}

/** Two threads of 100 actors are asked all the time and killed every 0.3 s. */
async function soak(): Promise<void> {
  const names = ['alpha', 'beta'];
  const stage = new PeerStage(peerEntry, names, 100);
  await stage.start();
  const outcomes = new Map<string, number>();
  let sent = 0;
  const endAt = performance.now() + 15_000;
  const asking = names.map(async (name) => {
    for (let count = 0; performance.now() < endAt; count += 1) {
      const burst = Array.from({ length: 200 }, (_, n) => stage.ask(`${name}/a${n % 100}`));
      sent += burst.length;
      for (const outcome of await Promise.all(burst)) {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      // A thread that is away answers at once that it is.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (count % 50 === 0) stage.tell(`${name}/a7`, { type: 'throw' });
    }
  });
  let kills = 0;
  while (performance.now() < endAt) {
    await sleep(300, systemClock);
    const victim = stage.threads[kills % 2];
    if (await victim?.terminate()) kills += 1;
  }
  await Promise.all(asking);
  await stage.stop();
  const known = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  rows.push([
    `soak, ${kills} kills in 15 s: questions unaccounted for`,
    '0',
    '0',
    `${sent - known} of ${sent} (${kinds})`,
  ]);
}

function logLines(): void {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-log-'));
  const file = openSync(join(folder, 'log'), 'a');
  const log = createLog({
    write: (line) => writeSync(file, `${line}\n`),
    level: 'info',
    now: systemClock.now,
  });
  const facts = { account: 'exness_main', limit: 'daily-loss', observed: 0.031, allowed: 0.03 };
  rows.push([
    'log line, us',
    '<= 3',
    '2.7',
    perCall(20_000, () => log.info(facts, 'order-denied')),
  ]);
  closeSync(file);
  rmSync(folder, { recursive: true });
}

function validations(): void {
  const schema = z.object({
    bid: z.number().nonnegative(),
    ask: z.number().nonnegative(),
    time: z.int().nonnegative(),
    time_msc: z.int().nonnegative().default(0),
  });
  const tick = { bid: 1.5, ask: 1.6, time: 1_735_725_600, time_msc: 1_735_725_600_250 };
  rows.push([
    'validation of a tick, us',
    '<= 0.1',
    '0.05',
    perCall(1_000_000, () => schema.safeParse(tick)),
  ]);
}

function perCall(count: number, call: () => unknown): string {
  const times: number[] = [];
  for (let run = 0; run < runsEach + 1; run += 1) {
    const started = performance.now();
    for (let index = 0; index < count; index += 1) call();
    if (run > 0) times.push(((performance.now() - started) / count) * 1_000);
  }
  return spread(times, 3);
}

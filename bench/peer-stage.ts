import { Asker } from '../src/runtime/asker.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { PostOffice } from '../src/runtime/post-office.ts';
import { seededRandom } from '../src/runtime/seeded-random.ts';
import { Supervisor } from '../src/runtime/supervisor.ts';
import { Switchboard } from '../src/runtime/switchboard.ts';
import { type ThreadChild, threadChild } from '../src/runtime/thread-child.ts';
import { TimerWheel } from '../src/runtime/timer-wheel.ts';
import type { PeerData, PeerMessage } from './entries/peer.ts';

/** The main thread of a small engine. */
export class PeerStage {
  readonly office: PostOffice;
  readonly asker: Asker;
  readonly threads: readonly ThreadChild[];
  readonly #supervisor: Supervisor;
  /** When each thread ended and was up again, newest last. */
  readonly ends: { readonly thread: string; readonly at: number }[] = [];
  readonly ups: { readonly thread: string; readonly at: number }[] = [];
  #changed = () => {};

  constructor(entry: URL, names: readonly string[], actors: number, isWatched = false) {
    const onDeadLetter = () => {};
    this.office = new PostOffice({ thread: 'main', onDeadLetter });
    this.asker = new Asker({
      office: this.office,
      thread: 'main',
      timers: new TimerWheel(systemClock),
      onDeadLetter,
    });
    const links = names.map((name) => ['main', name] as const);
    const switchboard = new Switchboard({ links, main: this.office, onLinkFailed: () => {} });
    this.threads = names.map((thread) =>
      threadChild({
        id: thread,
        entry,
        workerData: { thread, actors } satisfies PeerData,
        restart: 'permanent',
        startMs: 20_000,
        shutdownMs: 20_000,
        callMs: 20_000,
        canTerminate: true,
        ...(isWatched && { hang: { everyMs: 100, looksMax: 3 } }),
        clock: systemClock,
        onReady: async (control) => {
          await switchboard.up(thread, control);
          this.ups.push({ thread, at: performance.now() });
          this.#changed();
        },
        onEnded: () => {
          switchboard.down(thread);
          this.ends.push({ thread, at: performance.now() });
          this.#changed();
        },
      }),
    );
    this.#supervisor = new Supervisor({
      id: 'root',
      strategy: 'one-for-one',
      intensity: { restartsMax: 1_000_000, windowMs: 1_000 },
      backoff: { immediate: 1_000_000, minMs: 1, maxMs: 1, jitter: 0, resetAfterMs: 60_000 },
      children: this.threads,
      clock: systemClock,
      random: seededRandom(1),
      onEvent: () => {},
    });
  }

  start(): Promise<void> {
    return this.#supervisor.start();
  }

  async stop(): Promise<void> {
    await this.#supervisor.stop();
    this.office.close();
  }

  tell(address: string, message: PeerMessage): void {
    this.office.ref<PeerMessage>(address).tell(message);
  }

  /** Rejects when it is not answered. */
  async expectAnswer(to: string): Promise<void> {
    const outcome = await this.ask(to);
    if (outcome !== 'answered') throw new Error(`a question to ${to} ended: ${outcome}`);
  }

  async ask(to: string): Promise<string> {
    const { outcome } = await this.asker.ask<PeerMessage, number>(
      { from: 'main/bench', to, deadlineMs: 10_000 },
      (replyTo) => ({ type: 'ask', replyTo }),
    );
    return outcome;
  }

  until(isReached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = () => {
        if (!isReached()) return;
        this.#changed = () => {};
        resolve();
      };
      this.#changed();
    });
  }
}

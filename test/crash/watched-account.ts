/** An account's disk and network, watched: at the point that was named, this process ends as by `kill -9`. */
import { existsSync } from 'node:fs';
import type { AccountFact } from '../../src/account/account-fact.ts';
import type { Trading } from '../../src/brokers/broker.ts';
import type { Http } from '../../src/brokers/mt5/http.ts';
import type { Journal } from '../../src/journal/journal.ts';
import type { KillPoint } from './kill-points.ts';

type FactPoints = { readonly before: KillPoint; readonly after: KillPoint };

const orderAnswer: FactPoints = { before: 'answer-unwritten', after: 'answer-written' };
const pointsOfFacts: Partial<Record<AccountFact['type'], FactPoints>> = {
  'broker-read': { before: 'books-unwritten', after: 'books-written' },
  'order-intended': { before: 'intent-unwritten', after: 'intent-written' },
  'order-accepted': orderAnswer,
  'order-rejected': orderAnswer,
  'order-not-sent': orderAnswer,
  'order-unresolved': orderAnswer,
  'position-opened': { before: 'opening-unwritten', after: 'opening-written' },
  'close-intended': { before: 'close-unwritten', after: 'close-intended' },
  'close-answered': { before: 'close-answer-unwritten', after: 'close-answer-written' },
  'position-closed': { before: 'closing-unwritten', after: 'closing-written' },
};

export class WatchedAccount {
  readonly #point: string | undefined;
  readonly #armedBy: string;
  /** A trade call was answered, and nobody has looked for its effect yet. */
  #looksFor: 'fill-unread' | 'effect-unread' | undefined;

  /** @param armedBy from when this file exists on, reaching `point` kills */
  constructor({
    point,
    armedBy,
  }: { readonly point: string | undefined; readonly armedBy: string }) {
    this.#point = point;
    this.#armedBy = armedBy;
  }

  journal(journal: Journal<AccountFact>): Journal<AccountFact> {
    return {
      append: (facts, durability) => {
        for (const { type } of facts) this.#reach(pointsOfFacts[type]?.before);
        journal.append(facts, durability);
        for (const { type } of facts) this.#written(type);
      },
      sync: () => journal.sync(),
      read: (after) => journal.read(after),
      saveSnapshot: (snapshot) => {
        this.#reach('snapshot-unwritten');
        const toJSON = () => {
          this.#reach('snapshot-writing');
          return snapshot.state;
        };
        journal.saveSnapshot({ ...snapshot, state: { toJSON } });
        this.#reach('snapshot-written');
      },
      snapshot: () => journal.snapshot(),
      close: () => journal.close(),
    };
  }

  trading<Terminal extends Trading>(terminal: Terminal): Terminal {
    return {
      ...terminal,
      account: (signal: AbortSignal) => {
        this.#reach('books-unread');
        this.#reach(this.#looksFor);
        this.#looksFor = undefined;
        return terminal.account(signal);
      },
    };
  }

  http(http: Http): Http {
    return {
      address: http.address,
      send: async (request, signal) => {
        if (request.method === 'GET') return http.send(request, signal);
        const isClose = request.method === 'DELETE';
        this.#reach(isClose ? 'close-unsent' : 'order-unsent');
        const onWritten = () => {
          request.onWritten?.();
          this.#reach(isClose ? 'close-sent' : 'order-sent');
        };
        const answer = await http.send({ ...request, onWritten }, signal);
        this.#reach(isClose ? 'close-answered' : 'order-answered');
        return answer;
      },
    };
  }

  #written(type: AccountFact['type']): void {
    const points = pointsOfFacts[type];
    if (points === orderAnswer) this.#looksFor = 'fill-unread';
    if (type === 'close-answered') this.#looksFor = 'effect-unread';
    this.#reach(points?.after);
  }

  #reach(point: KillPoint | undefined): void {
    if (point === undefined || point !== this.#point || !existsSync(this.#armedBy)) return;
    process.kill(process.pid, 'SIGKILL');
  }
}

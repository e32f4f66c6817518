import type { FeedMessage } from '../actors/feed.ts';
import type { PostOffice } from '../runtime/post-office.ts';
import { addresses } from '../threads/thread-data.ts';
import type { TradersMessage } from '../threads/traders.ts';
import type { Roster } from './roster.ts';
import type { RunPlan } from './run-plan.ts';

type Teller = 'market' | 'inference';

type TraderListsOptions = {
  readonly plan: RunPlan;
  readonly roster: Roster;
  readonly office: PostOffice;
};

/** Tells those who publish bars and predictions to whom. */
export class TraderLists {
  readonly #options: TraderListsOptions;

  constructor(options: TraderListsOptions) {
    this.#options = options;
  }

  /** Somebody came or went, or a thread started meanwhile. */
  tell(...threads: readonly Teller[]): void {
    const { plan, roster, office } = this.#options;
    const tellers: readonly Teller[] = threads.length > 0 ? threads : ['market', 'inference'];
    for (const { symbol } of plan.markets) {
      const accounts = roster.tradersOf(symbol);
      for (const thread of tellers) {
        const traders = office.ref<TradersMessage>(addresses.traders(thread, symbol));
        traders.tell({ type: 'traders-changed', accounts });
      }
    }
  }

  /** Live: a bar that was told a moment ago is told again. */
  askAgain(): void {
    const { plan, office } = this.#options;
    for (const { symbol } of plan.markets) {
      office.ref<FeedMessage>(addresses.feed(symbol)).tell({ type: 'tell-again' });
    }
  }
}

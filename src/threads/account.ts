/** Composition root of one account: lock, journal, broker and the actor that runs them. */
import type { AccountFact } from '../account/account-fact.ts';
import { type AccountState, initialState, stateVersion } from '../account/account-state.ts';
import { apply } from '../account/apply.ts';
import { createAccount } from '../actors/account.ts';
import { type AccountMessage, laneOfAccountMessage } from '../actors/account-message.ts';
import type { FleetMessage } from '../actors/fleet.ts';
import type { InferenceMessage } from '../actors/inference.ts';
import type { MarketTimeMessage } from '../actors/market-time.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import type { ReceiptMessage } from '../actors/receipt.ts';
import type { AccountEvent } from '../domain/account-event.ts';
import type { Journal } from '../journal/journal.ts';
import { openJournal } from '../journal/sqlite/sqlite-journal.ts';
import type { Ownership } from '../ownership/ownership.ts';
import { singleHostOwnership } from '../ownership/single-host.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import { type ActorChild, actorChild } from '../runtime/actor-child.ts';
import type { ThreadMeans } from './actor-thread.ts';
import { connectTerminal } from './terminal-connection.ts';
import { type AccountThreadData, addresses } from './thread-data.ts';

type AccountThread = ThreadMeans<AccountThreadData> & {
  /** What the thread reaches of the world; default: this host's disk and network. */
  readonly outside?: AccountOutside;
};

export type AccountOutside = {
  readonly acquire: Ownership['acquire'];
  readonly openJournal: (path: string) => Journal<AccountFact>;
  readonly connect: typeof connectTerminal;
};

/** The account's actor as a child: every start acquires the lock, folds the journal and asks the broker. */
export function accountChild(thread: AccountThread): ActorChild<AccountMessage> {
  // What hot reload said last outlives the incarnation that it was said to.
  const held = { policy: thread.data.policy };
  return actorChild<AccountMessage>({
    id: 'account',
    restart: 'permanent',
    shutdownMs: 10_000,
    startMs: 30_000,
    clock: thread.clock,
    schedule: thread.schedule,
    mailbox: { capacity: 10_000, overflow: 'drop-oldest' },
    laneOf: laneOfAccountMessage,
    onDeadLetter: thread.onDeadLetter,
    start: ({ self }) => openAccount(thread, self, held),
  });
}

function openAccount(
  { data, office, clock, outside = thisHost(data) }: AccountThread,
  self: ActorRef<AccountMessage>,
  held: { policy: AccountThreadData['policy'] },
): Actor<AccountMessage> {
  const lease = outside.acquire(data.account);
  let journal: Journal<AccountFact> | undefined;
  const release = () => {
    journal?.close();
    lease.release();
  };
  try {
    journal = outside.openJournal(data.journalPath);
    const { state, sequence } = recover(journal, data);
    const terminal = outside.connect(data.terminal, {
      clock,
      magic: data.magic,
      deviationPoints: data.deviationPoints,
    });
    const observer = office.ref<ObserverMessage>(addresses.observer);
    let hasAnnounced = false;
    const account = createAccount({
      account: data.account,
      // A lock that was deleted counts from 1 again: the journal knows how far it had come.
      incarnation: Math.max(lease.epoch, state.epoch + 1),
      policy: held.policy,
      state,
      sequence,
      journal,
      trading: terminal,
      quotes: terminal,
      clock,
      self,
      observer: {
        ...observer,
        tell: (said) => {
          hasAnnounced ||= said.type === 'account-event' && !mayWait.has(said.event.type);
          observer.tell(said);
        },
      },
      receipts: office.ref<ReceiptMessage>(addresses.receipts),
      positionModel: office.ref<InferenceMessage>(addresses.inference),
      fleet: office.ref<FleetMessage>(addresses.fleet),
      ...(data.pollEveryMs === undefined
        ? { marketTime: office.ref<MarketTimeMessage>(addresses.marketTime) }
        : { pollEveryMs: data.pollEveryMs }),
      timeouts: { readMs: 30_000, tradeMs: 70_000 },
    });
    return {
      receive: (message) => {
        if (message.type === 'policy-changed') held.policy = message.policy;
        hasAnnounced = false;
        const handling = office.together(() => account.receive(message));
        // A person waits for the receipt, and for what follows; and what was announced is not said again in the next life.
        if (message.type === 'command' || hasAnnounced) office.letGo();
        return handling;
      },
      stopped: async () => {
        try {
          await account.stopped?.();
        } finally {
          release();
        }
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

function thisHost({ stateFolder }: AccountThreadData): AccountOutside {
  return {
    acquire: (account) => singleHostOwnership(stateFolder).acquire(account),
    openJournal: (path) => openJournal<AccountFact>(path),
    connect: connectTerminal,
  };
}

/** Events that bars bring by the hundred, or that another one follows: those of a moment may be lost with their thread. */
const mayWait: ReadonlySet<AccountEvent['type']> = new Set(['equity', 'signal', 'denied', 'order']);

/** Starting is recovering: the newest snapshot, and every fact after it. */
function recover(
  journal: Journal<AccountFact>,
  { account }: AccountThreadData,
): { state: AccountState; sequence: number } {
  const snapshot = journal.snapshot();
  const isUsable = snapshot?.version === stateVersion;
  let state = isUsable ? (snapshot.state as AccountState) : initialState(account);
  let sequence = isUsable ? snapshot.sequence : 0;
  for (const entry of journal.read(sequence)) {
    state = apply(state, entry.fact);
    sequence = entry.sequence;
  }
  return { state, sequence };
}

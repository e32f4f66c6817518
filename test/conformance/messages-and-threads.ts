import { type Item, item, notApplicable } from './item.ts';

/** Death watch, names, questions, mailboxes; what threads die of, and what is left of them. */
export const messagesAndThreads: readonly Item[] = [
  item(80, 'A watcher hears of an end exactly once; of somebody who is not there, at once.'),
  item(81, 'What was sent before a death arrives before the news of it.'),
  item(82, 'Nothing comes after a watch was given up.'),
  item(83, 'A watcher that dies first leaves no entry behind.'),
  notApplicable(
    84,
    'Links carry an abnormal end to the other side.',
    'there are no links: supervisors restart, watchers hear of an end as a message',
  ),
  item(
    85,
    'A name is free only when its holder is dead or fenced; of several that want it, one gets it.',
  ),
  item(86, 'When a thread dies, every watcher hears once of every actor in it.'),
  item(
    87,
    'A child that dies as soon as it is up is reported all the same.',
    'supervisor: a start > hears of a child that dies as soon as it is up',
  ),
  item(
    88,
    'A question has an answer, or fails: at its deadline, when the one asked ends or restarts, when it goes round in a circle.',
  ),
  item(89, 'An answer that comes late or twice is dropped and counted.'),
  item(90, 'Ten thousand questions to a thread that dies are settled within 10 ms.'),
  item(91, 'A full mailbox does exactly what was declared; control passes it.'),
  item(92, 'A receiver in another thread that stalls holds its sender back at a window.'),
  item(
    93,
    'An actor with a flood of mail delays the others by at most one turn.',
    'actor-cell: an actor > with a flood of mail lets the others have their turn every 64 messages',
  ),
  item(94, 'Messages can be put aside, within a bound, and come back in order.'),
  item(
    95,
    'A message that made its actor fail is not delivered again; one that did so twice is dead.',
    'actor-cell: a crash > loses the failing message; ref and mailbox serve the successor',
    'actor-cell: a poisonous message > that has crashed its actor twice is dead-lettered the third time',
  ),
  item(
    96,
    'The wait before a restart doubles up to its limit, with bounded and seeded jitter, and begins anew after a quiet time; requests are served meanwhile.',
    'backoff: back-off > after %d restarts in a row is %d ms',
    'backoff: back-off > is longer by at most its jitter',
    'supervision-laws: the same inputs give the same decisions',
    'supervision: waiting before a restart > grows while a child keeps crashing, and begins anew after a time of health',
    'supervisor: a supervisor > stays at the service of others while a child waits for its restart',
  ),
  item(
    97,
    'Many restarts at once are spread over time.',
    'backoff: back-off > spreads a herd: of 1,000 restarts at 10 s, no 100 ms hold more than 15 %',
  ),
  item(98, 'Messages that nobody takes are counted by reason, and said at a limited rate.'),
  item(
    99,
    'A message that cannot be copied to another thread fails at its sender, who lives on.',
    'post-office: a post office > tells the sender at once when a message cannot be copied, and goes on',
  ),
  item(100, 'A message that makes no sense is refused where it comes in, and its sender told.'),
  item(101, 'Each way in which a thread can die gives one failure with its reason, and a restart.'),
  item(102, 'A thread that runs out of heap leaves the others alive.'),
  item(103, 'A crash within a transaction leaves the last committed state.'),
  item(104, 'Two incarnations never hold the same database; the second waits for its turn.'),
  item(105, 'An order is on disk before it is sent; killed in between, it is never sent twice.'),
  item(106, 'A phase of the shutdown that fails or hangs is cut off, and the later ones run.'),
  item(107, 'What a thread logged before it crashed is on disk.'),
  item(108, 'A main thread that stood still for two seconds takes nobody for hung.'),
  item(
    109,
    'When inference is killed its users hear so, fall back, and are served again within a second.',
  ),
  item(110, 'Tests leave no threads and handles behind.'),
];

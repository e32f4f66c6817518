import { type Item, item, notApplicable } from './item.ts';

/** What a supervisor does at a start, at a stop, and when it is asked for something. */
export const startStopAdministration: readonly Item[] = [
  item(
    1,
    'A supervisor without children starts, and stops cleanly.',
    'supervision: a start > of no children is done at once, and so is the stop',
  ),
  item(
    2,
    'A supervisor that finds nothing to do at its start is ignored, and leaves nothing behind.',
    'supervisor-starts: a start that finds nothing to do > of a supervisor leaves nothing behind',
  ),
  item(
    3,
    'A permanent child that finds nothing to do at its start is kept, counted and not running.',
    'supervisor-starts: a start that finds nothing to do > keeps a permanent child, known and down',
  ),
  item(
    4,
    'A temporary one is not kept, neither of the first children nor an added one.',
    'supervisor-starts: a start that finds nothing to do > forgets a temporary child, one of the first as well as an added one',
  ),
  item(
    5,
    'A dynamic one is not kept, permanent or temporary; its supervisor stops cleanly.',
    'supervisor-starts: a start that finds nothing to do > forgets a dynamic child that is %s',
  ),
  item(
    6,
    'A start that gives no child is an error with a name.',
    'supervisor-starts: a start > that gives %j in place of a child has failed',
  ),
  item(
    7,
    'A start that throws is an error with cause and stack.',
    'supervisor: a start > that fails takes down what had started, and rejects with the reason',
    'thread-child: a thread > that $start while it starts fails its supervisor with the reason',
  ),
  item(
    8,
    'An added child that cannot start is refused with its reason, and nothing of it is kept.',
    'supervision: children that come and go > an added child that cannot start is sent away, and nobody else suffers',
    'supervisor: children that come and go > an added child that cannot start is refused with its reason, and its id is free',
  ),
  item(
    9,
    'A child that was down and cannot start is an error to the caller, and stays known.',
    'supervisor-starts: a start > by hand that fails is an error to its caller; the child stays known and down',
  ),
  notApplicable(
    10,
    'What a child spec leaves out has a default.',
    'a spec leaves nothing out: its type demands restart, shutdown, start time and kind where it is written',
  ),
  item(
    11,
    'Faulty child specs are refused by named errors.',
    'supervisor-starts: a faulty child spec > is refused for its %s: %o',
    'supervisor-starts: a faulty child spec > is %j',
    'supervisor-starts: a faulty child spec > has the id of another',
  ),
  item(
    12,
    'Faulty settings of a supervisor are refused by named errors.',
    'supervisor-starts: faulty settings of a supervisor > are refused for %s: %o',
  ),
  item(
    13,
    'Children start in the order of the list, each when the one before it is ready.',
    'supervision: a start > is sequential: a child starts when the one before it is up',
    'supervisor: a supervisor > starts its children in order and stops them in reverse',
  ),
  item(
    14,
    'When the third of three cannot start, the first two stop in reverse order, and the error names the third.',
    'supervision: a start > that fails stops what had started, in reverse order, and names the child',
    'supervisor: a start > that fails takes down what had started, and rejects with the reason',
  ),
  item(
    15,
    'A child that does not get ready in its time has failed to start, and is disposed of.',
    'supervisor: a start > that takes too long is given up and counts as failed',
    'thread-child: a thread > that never gets ready is ended when its time to start is over',
  ),
  item(
    16,
    'What a start has to tell is handed on to whoever asked for it.',
    'supervisor-starts: a start > has something to tell, and whoever asked for it hears that',
  ),
  item(
    17,
    'A name that is held elsewhere is refused with its holder; there is no second instance.',
    'src/ownership/single-host: an account > has one owner: a second one is told so in a sentence',
    'supervisor: children that come and go > an added child that cannot start is refused with its reason, and its id is free',
  ),
  item(
    18,
    'A stop without a limit is waited for, of workers and of supervisors.',
    'supervisor-stops: a stop without a limit > is waited for, however long a child takes',
    'supervisor-stops: a stop without a limit > is what a supervisor below has: its children have their own',
  ),
  item(
    19,
    'A child that ignores its stop is killed when its time is over; siblings that obey are not.',
    'supervisor: a stop > kills a child that does not obey in its time',
    'thread-child: a stop > terminates a thread in an endless loop when its deadline is over',
  ),
  item(
    20,
    'Dynamic children that ignore their stop are killed at one deadline for all.',
    'supervisor-stops: dynamic children > that ignore their stop are killed at one deadline for all',
  ),
  item(
    21,
    'A child that is to be killed at once runs no clean-up.',
    'supervisor-stops: a child without time to stop > is killed unasked',
  ),
  item(
    22,
    'Children that end by themselves while their supervisor stops are each reported once, and none is restarted.',
    'supervisor-stops: while a supervisor stops > a child that ends by itself ($reason) is reported once and not restarted',
  ),
  item(
    23,
    'Dynamic children that answer a stop with a failure do not keep it from its end.',
    'supervisor-stops: dynamic children > that answer a stop with a failure do not keep it from its end',
  ),
  item(
    24,
    'Stops come in the reverse order of starts.',
    'supervision: a stop > takes children down in reverse order, each when the one after it is down',
    'supervision-laws: a stop always comes to its end, with stops in reverse order',
    'thread-child: a stop > takes threads down in reverse order',
  ),
  item(
    25,
    'A stop in a restart loop does not hang.',
    'supervision: a stop > ends a restart loop (%s)',
    'supervisor: a stop > works during a restart loop',
  ),
  item(
    26,
    'Nor does it under any strategy; stopping a child that waits for its restart cancels that.',
    'supervisor-stops: a child that waits for its restart > does not hold up the stop of its supervisor (%o)',
    'supervisor-stops: a child that waits for its restart > is not restarted once it was stopped (%o)',
  ),
  item(
    27,
    'Many slow dynamic children stop in the time of the slowest, not in the sum.',
    'supervisor: a stop > side by side takes as long as the slowest',
  ),
  item(
    28,
    'A child that has cut itself off does not hang its supervisor.',
    'supervisor: a stop > is over when the child is, though its answer never comes',
  ),
  item(
    29,
    'A stop may be asked for twice, also at once: there is one outcome.',
    'supervision: a stop > asked for twice is one stop',
    'supervisor: a stop > asked for twice has one outcome',
  ),
  item(
    30,
    'A thread in an endless loop is replaced at most 50 ms after its time to stop.',
    'thread-end: a thread in an endless loop is replaced at most 50 ms after its time to stop',
  ),
  item(
    31,
    'A thread that cannot be ended is reported; nothing it still does reaches its successor, which holds what it held only when it lets go.',
    'supervisor: a stop > leaves a child that cannot be killed, says so, and goes on with the others',
    'thread-child: a stop > of a thread that was left behind comes late, and takes nothing from its successor',
    'post-office: a post office > follows a peer to its new port and closes the old one',
    'src/ownership/single-host: an account > is refused to another thread of the process, and free when its own thread has ended',
  ),
  item(
    32,
    'A signal stops the process in order with exit code 0; a second one ends it at once.',
    'test/scenarios/resume: an engine that is stopped by Ctrl-C > ends in order, and goes on where it was when it is started again',
    'test/scenarios/resume: an engine that is stopped > at once by an impatient person, while Telegram hangs, recovers at the next start',
  ),
  item(
    33,
    'Requests that a child in its state cannot obey are refused by the name of that state.',
    'supervisor-requests: a request that a child in its state cannot obey is refused by the name of that state > adding %s: %s',
    'supervisor-requests: a request that a child in its state cannot obey is refused by the name of that state > starting or deleting %s: %s',
    'supervisor-requests: a request that a child in its state cannot obey is refused by the name of that state > whatever is asked of a child that is not known: it is not found',
  ),
  item(
    34,
    'A child may be stopped twice.',
    'supervisor-requests: a child may be stopped twice; it stays known, unless it is temporary',
  ),
  notApplicable(
    35,
    'Dynamic children without ids refuse requests by id.',
    'every child has an id here, dynamic ones as well',
  ),
  item(
    36,
    'The children can be looked at, all and one, those that wait or are empty among them.',
    'supervisor-requests: the children are shown in the order of their start, those that wait or are down among them',
    'supervisor-requests: a request that a child in its state cannot obey is refused by the name of that state > whatever is asked of a child that is not known: it is not found',
  ),
  item(
    37,
    'Children are counted by kind and activity, thousands of them; one that waits is not active.',
    'supervisor-requests: the children are counted > by kind, those that wait or are down as not active',
    'supervisor-requests: the children are counted > %d of them',
  ),
  item(
    38,
    'Requests to a supervisor that is over fail at once.',
    'supervisor-requests: requests to a supervisor that is over fail at once',
    'supervisor-requests: a request that waits when its supervisor ends fails with it',
  ),
  notApplicable(
    39,
    'A supervisor ignores messages that it does not know.',
    'a supervisor has no mailbox: what can be asked of it are methods',
  ),
  item(
    40,
    'The end of an earlier incarnation changes nothing.',
    'supervision: news of an earlier incarnation changes nothing',
  ),
];

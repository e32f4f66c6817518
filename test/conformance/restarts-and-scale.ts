import { type Item, item } from './item.ts';

const whether =
  'supervision: whether a child is restarted > $restart after a $exit.reason end: $next';

/** Who is restarted, how often, with whom; changes of a running tree; thousands of children. */
export const restartsAndScale: readonly Item[] = [
  item(41, 'A permanent child that ended normally is restarted.', whether),
  item(42, 'A transient child that ended normally is kept and not restarted.', whether),
  item(43, 'A temporary child that ended normally is forgotten.', whether),
  item(44, 'A permanent child that ended as if it was asked to is restarted.', whether),
  item(45, 'A transient child that ended as if it was asked to is not restarted.', whether),
  item(46, 'A temporary child that ended as if it was asked to is forgotten.', whether),
  item(
    47,
    'A permanent child that crashed is restarted.',
    whether,
    'thread-child: the death of a thread > by $how restarts it, and messages flow again',
  ),
  item(48, 'A transient child that crashed is restarted.', whether),
  item(49, 'A temporary child that crashed is forgotten.', whether),
  item(
    50,
    'A temporary sibling that went down with its group is gone, the others are back.',
    'supervision: who is restarted with a child that crashed > a temporary sibling that went down with its group does not come back',
  ),
  item(
    51,
    'Nothing is kept of temporary children that have ended.',
    'restart-limits: nothing is kept of temporary children that have ended: 10,000 with 50 kB each',
  ),
  item(
    52,
    'A dynamic child whose restart finds nothing to do is gone, without an error.',
    'supervisor-starts: a start that finds nothing to do > at a restart forgets a dynamic child without an error',
  ),
  item(
    53,
    'One for one: only the child that failed has a new incarnation.',
    'supervision: who is restarted with a child that crashed > one-for-one: nobody',
    'thread-child: the death of a thread > by $how restarts it, and messages flow again',
  ),
  item(
    54,
    'One for all: all have, stopped in reverse order and started in order.',
    'supervision: who is restarted with a child that crashed > one-for-all: everybody, stopped in reverse order and started in order',
  ),
  item(
    55,
    'Rest for one: those before the child that failed are left alone.',
    'supervision: who is restarted with a child that crashed > rest-for-one: those that started after it',
  ),
  item(
    56,
    'A dynamic child is restarted with its own arguments.',
    'restart-limits: a dynamic child is restarted with its own arguments',
  ),
  item(
    57,
    'As many restarts as allowed are survived; one more, and all are stopped and the supervisor ends, under each strategy.',
    'restart-limits: as many restarts as are allowed > are survived; one more, and all are stopped (%o)',
  ),
  item(
    58,
    'Crashes further apart than the window never add up; one exactly at its edge counts.',
    'restart-intensity: restart intensity > $name: spent $spent',
    'supervision: restart intensity > forgets crashes that are older than its window',
  ),
  item(
    59,
    'An intensity of zero gives up at the first crash.',
    'restart-intensity: restart intensity > of zero is spent by the first restart',
    'supervision: restart intensity > of zero gives up at the first crash',
  ),
  item(
    60,
    'Attempts to restart that fail count.',
    'supervision: restart intensity > counts attempts to restart that fail',
  ),
  item(
    61,
    'When another one of a group cannot start, rest for one keeps what it has restarted, one for all begins again.',
    'supervision: who is restarted with a child that crashed > rest-for-one keeps what it has restarted when a later one cannot start',
    'supervision: who is restarted with a child that crashed > one-for-all starts everything again when one cannot start',
  ),
  item(
    62,
    'In a tree of three levels a crash stays local; escalation rebuilds the branch, with added children or without.',
    'restart-limits: a tree of three levels > keeps the crash of a leaf local; escalation rebuilds the branch and nothing else',
    'restart-limits: a tree of three levels > $mode children that were added, as its list says, when it is rebuilt',
  ),
  item(
    63,
    'When a supervisor in the middle is killed its children end, and it is rebuilt.',
    'restart-limits: a tree of three levels > ends the children of a supervisor in its middle that is killed, and rebuilds it',
  ),
  item(
    64,
    'A clock that is set back does not disturb the window of restarts.',
    'restart-limits: a clock that is set back does not disturb the window of restarts',
  ),
  item(
    65,
    'A child that crashes until it is given up leaves the others in their incarnations.',
    'supervisor-child: a supervisor below another > that is spent is rebuilt by its parent, and its sibling never notices',
    'test/scenarios/given-up-account: an account that crashes until it is given up > costs the others nothing, refuses commands with the next step, and returns when a person restarts it',
  ),
  item(
    66,
    'The end of a child that is not significant never ends its supervisor.',
    'supervision-significant: a child that is not significant > never ends its supervisor: $restart, $exit.reason, $mode',
  ),
  item(
    67,
    'A significant temporary child ends its supervisor however it ends by itself, not when it is stopped by hand.',
    'supervision-significant: a significant child > that is temporary ends its supervisor by a $reason end',
    'supervision-significant: a significant child > does so as the last of them, where all have to end (%s)',
    'supervision-significant: a significant child > does not when it is stopped by hand (%s)',
  ),
  item(
    68,
    'A significant transient child does so only when it has finished; after a crash it is restarted.',
    'supervision-significant: a significant child > that is transient ends its supervisor by a $reason end',
    'supervision-significant: a significant child > that is transient is restarted after a crash',
    'supervision-significant: a significant child > does so as the last of them, where all have to end (%s)',
  ),
  item(
    69,
    'A significant child that goes down with its group does not.',
    'supervision-significant: a significant child > does not when it goes down with its group',
  ),
  item(
    70,
    'It goes up two levels only where both are marked significant.',
    'supervision-significant: a finished supervisor > has ended normally: a transient one is not restarted, and its parent goes on',
    'supervision-significant: a finished supervisor > ends its parent only where it is marked significant, too',
  ),
  item(
    71,
    'Contradictory marks are refused.',
    'supervisor-starts: a faulty child spec > is refused for its %s: %o',
    'supervisor-starts: a faulty child spec > is permanent and significant',
    'supervisor-starts: faulty settings of a supervisor > are refused for %s: %o',
  ),
  item(
    72,
    'Marks and their rule can be changed while everything runs.',
    'supervision-significant: a significant child > counts by the rule and the mark of the moment: both can be changed',
  ),
  item(
    73,
    'A new set of specs that is faulty is refused as a whole; the old one runs on.',
    'supervisor-change: a change of a running supervisor > that has %s is refused as a whole: everything runs on as it was',
  ),
  item(
    74,
    'A changed restart or shutdown restarts nobody; changed start arguments restart that child alone.',
    'supervisor-change: a change of a running supervisor > of restart and time to stop restarts nobody, and counts from then on',
    'supervisor-change: a change of a running supervisor > of what a start depends on restarts that child alone (%s)',
  ),
  item(
    75,
    'Children can be added and removed; what was removed is released, and comes back with a higher epoch.',
    'supervisor-change: a change of a running supervisor > removes in reverse order, adds in order, and tells who is released',
    'supervision-laws: epochs of one id only grow, over removal and return as well',
  ),
  item(
    76,
    'Changed settings keep the history of restarts.',
    'supervisor-change: a change of a running supervisor > keeps the history of restarts',
  ),
  item(
    77,
    'Stopping ten times as many children takes about ten times as long.',
    'supervision-scale: what a supervisor reads to decide > on start and stop of ten times as many children: at most fifteen times as much (%o)',
    'supervision-scale: what a supervisor reads to decide > on %s among 10,000 children: no more than twice what it is among 1,000',
    'supervision-scale: 10,000 dynamic children are added and stopped in at most fifty times the time of 1,000',
  ),
  item(
    78,
    'A thousand actors in two threads start within three seconds.',
    'crowd: 1,000 actors in two threads are up within three seconds, and take less than 150 MB',
  ),
  item(79, 'Two thousand restarts of threads leave memory and handles where they were.'),
];

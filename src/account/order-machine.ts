/**
 * The life of an order, from its intent to the last deal of its position.
 *
 *   intent on disk
 *        v
 *     sending ----> rejected
 *        |  \-----> not-sent ---+
 *        |  \-----> requoted ---+--> replaced by the next attempt
 *        v                      |
 *     unknown ----> absent -----+--> given-up
 *        ^  \
 *        |   \
 *     accepted +--> partly-filled ---> open <--> closing ---> closed
 *
 * Intent and sending are one stage: a fact between the two would cost a second commit before the wire and prove no
 * more, since whoever finds it after a crash has to ask the broker either way. `sending` and `accepted` lead to a
 * position, too: the broker may show it before its answer is heard. So do `not-sent`, `requoted`, `absent`, `replaced`
 * and `given-up`: a broker that executes after all is believed.
 *
 * An attempt may be followed by another only from `not-sent` (no byte reached the broker), `requoted` (it refused the
 * price) and `absent` (unseen for as long as its proof asks for).
 */
import { assert } from '../domain/assert.ts';

export type OrderStage =
  /** The intent is on disk, its call may be under way. */
  | 'sending'
  /** The call is over, and nobody knows what became of it. */
  | 'unknown'
  /** The broker said done; what was filled is not read yet. */
  | 'accepted'
  | 'not-sent'
  | 'requoted'
  | 'absent'
  | 'rejected'
  | 'replaced'
  | 'given-up'
  | 'partly-filled'
  | 'open'
  | 'closing'
  | 'closed';

/** What may happen to an order, and the fact that it stands in the journal as. */
export const orderEvents = {
  accepted: 'order-accepted',
  rejected: 'order-rejected',
  requoted: 'order-requoted',
  'not-sent': 'order-not-sent',
  unresolved: 'order-unresolved',
  unseen: 'order-unseen',
  absent: 'order-absent',
  'sent-again': 'order-intended',
  'given-up': 'order-given-up',
  'seen-in-part': 'position-opened',
  'seen-whole': 'position-opened',
  grown: 'position-grown',
  'filled-up': 'position-grown',
  reduced: 'deal-booked',
  vanished: 'position-vanished',
  'close-sent': 'close-intended',
  'close-answered': 'close-answered',
  'close-unseen': 'close-unseen',
  'close-absent': 'close-absent',
  /** As much as was asked for is closed, and the rest stays. */
  'part-closed': 'deal-booked',
  'close-given-up': 'close-given-up',
  closed: 'position-closed',
} as const;
export type OrderEvent = keyof typeof orderEvents;

/** Where an event leads, or why it says nothing new. What a row does not name cannot happen: a defect of ours. */
type Row = Readonly<Partial<Record<OrderEvent, OrderStage | { readonly ignored: string }>>>;

const found = { 'seen-in-part': 'partly-filled', 'seen-whole': 'open' } as const;
/** What the second answer to a call would be. */
const answered = ignoring('its call was answered already', [
  ...(['accepted', 'rejected', 'requoted', 'not-sent', 'unresolved'] as const),
]);
const over = ignoring('it is over', [
  ...(['accepted', 'rejected', 'requoted', 'not-sent', 'unresolved', 'unseen'] as const),
]);
/** Answers that come after the broker has shown the position. */
const shown = ignoring('the broker has shown its position', [
  ...(['accepted', 'rejected', 'requoted', 'not-sent', 'unresolved', 'unseen'] as const),
]);
const unplaced = {
  ...found,
  ...answered,
  ...ignoring('it is known to be absent', ['unseen']),
  'sent-again': 'replaced',
  'given-up': 'given-up',
} as const;
const held = { ...shown, 'close-sent': 'closing', closed: 'closed' } as const;

const rows: Readonly<Record<OrderStage, Row>> = {
  sending: {
    ...found,
    accepted: 'accepted',
    rejected: 'rejected',
    requoted: 'requoted',
    'not-sent': 'not-sent',
    unresolved: 'unknown',
    ...ignoring('its call is under way', ['unseen']),
  },
  unknown: {
    ...found,
    accepted: 'accepted',
    unseen: 'unknown',
    absent: 'absent',
    // Accepted once, so never sent again, and proven absent.
    'given-up': 'given-up',
    ...ignoring('only its proof shows that an unknown order is absent', [
      ...(['rejected', 'requoted', 'not-sent'] as const),
    ]),
    ...ignoring('it is unknown already', ['unresolved']),
  },
  accepted: {
    ...found,
    // The broker does not list what it accepted.
    unresolved: 'unknown',
    ...ignoring('its call was answered already', [
      ...(['accepted', 'rejected', 'requoted', 'not-sent'] as const),
    ]),
  },
  'not-sent': unplaced,
  requoted: unplaced,
  absent: unplaced,
  rejected: over,
  replaced: { ...found, ...over },
  'given-up': { ...found, ...over },
  'partly-filled': {
    ...held,
    grown: 'partly-filled',
    'filled-up': 'open',
    reduced: 'partly-filled',
    vanished: 'partly-filled',
  },
  open: { ...held, grown: 'open', 'filled-up': 'open', reduced: 'open', vanished: 'open' },
  closing: {
    ...held,
    grown: 'closing',
    'filled-up': 'closing',
    reduced: 'closing',
    vanished: 'closing',
    'close-answered': 'closing',
    'close-unseen': 'closing',
    'close-absent': 'closing',
    'part-closed': 'open',
    'close-given-up': 'open',
  },
  closed: over,
};

function ignoring<E extends OrderEvent>(reason: string, events: readonly E[]) {
  return Object.fromEntries(events.map((event) => [event, { ignored: reason }])) as {
    readonly [key in E]: { readonly ignored: string };
  };
}

export type OrderStep = { readonly to: OrderStage } | { readonly ignored: string };

/** What an event does to an order in a stage. Throws where the event is impossible. */
export function orderStep(stage: OrderStage, event: OrderEvent): OrderStep {
  const next = rows[stage][event];
  assert(next !== undefined, () => `"${event}" cannot happen to an order that is ${stage}`);
  return typeof next === 'string' ? { to: next } : next;
}

/** The stage that a fact leads to. Facts are written only about what moves an order. */
export function advance(stage: OrderStage, event: OrderEvent): OrderStage {
  const step = orderStep(stage, event);
  assert('to' in step, () => `"${event}" says nothing about an order that is ${stage}`);
  return step.to;
}

export type UnplacedStage = 'not-sent' | 'requoted' | 'absent';

/** It is proven not to be at the broker and waits to be sent again or given up. */
export function isUnplaced(stage: OrderStage): stage is UnplacedStage {
  return stage === 'not-sent' || stage === 'requoted' || stage === 'absent';
}

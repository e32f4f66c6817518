/** Where a process can be killed: each step of an order's life, told by what was done last and what comes next. */

export const entryPoints = {
  'books-unread': 'a bar closed; before the broker is asked what stands there',
  'books-unwritten': 'the broker was read; before that is written',
  'books-written': 'what the broker said is written; before the bar is decided',
  'intent-unwritten': 'the entry is decided; before its intent is on disk',
  'intent-written': 'the intent is written, on its way to the disk; before anything is sent',
  'order-unsent': 'the order is about to be sent; no byte has left',
  'order-sent': 'the order was handed to the network; before any answer',
  'order-answered': 'the call came back, with an answer or without; before anybody heard of it',
  'answer-unwritten': 'the account has the answer; before that is written',
  'answer-written': 'the answer is written; before the fill is looked for',
  'fill-unread': 'the fill is looked for; before the broker is asked',
  'opening-unwritten': 'the position was seen; before that is written',
  'opening-written': 'the position is written as opened',
  'snapshot-unwritten':
    'the intent is on disk and a snapshot of the state is due; before it is made',
  'snapshot-writing': 'a snapshot with the order or its position in it is being written',
  'snapshot-written': 'that snapshot is written',
} as const;

export const closePoints = {
  'close-unwritten': 'a close is decided; before its intent is written',
  'close-intended': 'the intent to close is written; before anything is sent',
  'close-unsent': 'the close is about to be sent; no byte has left',
  'close-sent': 'the close was handed to the network; before any answer',
  'close-answered': 'the call came back, with an answer or without; before anybody heard of it',
  'close-answer-unwritten': 'the account has the answer; before that is written',
  'close-answer-written': 'the answer is written; before its effect is looked for',
  'effect-unread': 'the effect is looked for; before the broker is asked',
  'closing-unwritten': 'the closing deal was seen; before that is written',
  'closing-written': 'the position is written as closed',
} as const;

export type KillPoint = keyof typeof entryPoints | keyof typeof closePoints;

export const killPoints = [...Object.keys(entryPoints), ...Object.keys(closePoints)] as KillPoint[];

export function isOfClose(point: KillPoint): boolean {
  return point in closePoints;
}

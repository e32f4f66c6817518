import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssertionError } from '../domain/assert.ts';
import {
  advance,
  isUnplaced,
  type OrderEvent,
  type OrderStage,
  orderEvents,
  orderStep,
} from './order-machine.ts';

/**
 * Every event in every stage: the stage that follows; `-`, it says nothing new and is passed over; `!`, it cannot happen.
 */
const table = `
                | sending       unknown       accepted      not-sent      requoted      absent
accepted        | accepted      accepted      -             -             -             -
rejected        | rejected      -             -             -             -             -
requoted        | requoted      -             -             -             -             -
not-sent        | not-sent      -             -             -             -             -
unresolved      | unknown       -             unknown       -             -             -
unseen          | -             unknown       !             -             -             -
absent          | !             absent        !             !             !             !
sent-again      | !             !             !             replaced      replaced      replaced
given-up        | !             given-up      !             given-up      given-up      given-up
seen-in-part    | partly-filled partly-filled partly-filled partly-filled partly-filled partly-filled
seen-whole      | open          open          open          open          open          open
grown           | !             !             !             !             !             !
filled-up       | !             !             !             !             !             !
reduced         | !             !             !             !             !             !
vanished        | !             !             !             !             !             !
close-sent      | !             !             !             !             !             !
close-answered  | !             !             !             !             !             !
close-unseen    | !             !             !             !             !             !
close-absent    | !             !             !             !             !             !
part-closed     | !             !             !             !             !             !
close-given-up  | !             !             !             !             !             !
closed          | !             !             !             !             !             !

                | rejected      replaced      given-up      partly-filled open          closing       closed
accepted        | -             -             -             -             -             -             -
rejected        | -             -             -             -             -             -             -
requoted        | -             -             -             -             -             -             -
not-sent        | -             -             -             -             -             -             -
unresolved      | -             -             -             -             -             -             -
unseen          | -             -             -             -             -             -             -
absent          | !             !             !             !             !             !             !
sent-again      | !             !             !             !             !             !             !
given-up        | !             !             !             !             !             !             !
seen-in-part    | !             partly-filled partly-filled !             !             !             !
seen-whole      | !             open          open          !             !             !             !
grown           | !             !             !             partly-filled open          closing       !
filled-up       | !             !             !             open          open          closing       !
reduced         | !             !             !             partly-filled open          closing       !
vanished        | !             !             !             partly-filled open          closing       !
close-sent      | !             !             !             closing       closing       closing       !
close-answered  | !             !             !             !             !             closing       !
close-unseen    | !             !             !             !             !             closing       !
close-absent    | !             !             !             !             !             closing       !
part-closed     | !             !             !             !             !             open          !
close-given-up  | !             !             !             !             !             open          !
closed          | !             !             !             closed        closed        closed        !
`;

type Case = readonly [stage: OrderStage, event: OrderEvent, expected: string];

const cases: readonly Case[] = table
  .trim()
  .split('\n\n')
  .flatMap((block) => {
    const [head = '', ...rows] = block.trim().split('\n');
    const stages = cellsOf(head) as OrderStage[];
    return rows.flatMap((row) => {
      const event = row.split('|')[0]?.trim() as OrderEvent;
      return cellsOf(row).map((cell, index): Case => [stages[index] as OrderStage, event, cell]);
    });
  });

function cellsOf(row: string): string[] {
  return (row.split('|')[1] ?? '').trim().split(/\s+/);
}

const events = Object.keys(orderEvents) as OrderEvent[];
const stages = [...new Set(cases.map(([stage]) => stage))];

describe('the life of an order', () => {
  test('is told for every event in every stage', () => {
    expect(stages).toHaveLength(13);
    expect(cases).toHaveLength(stages.length * events.length);
    expect(new Set(cases.map(([, event]) => event))).toEqual(new Set(events));
  });

  test.each(cases)('%s: %s', (stage, event, expected) => {
    if (expected === '!') {
      expect(() => orderStep(stage, event)).toThrow(AssertionError);
    } else if (expected === '-') {
      expect(orderStep(stage, event)).toEqual({ ignored: expect.stringMatching(/\w{2}/) });
      expect(() => advance(stage, event), 'no fact says it').toThrow(AssertionError);
    } else {
      expect(orderStep(stage, event)).toEqual({ to: expected });
      expect(advance(stage, event)).toBe(expected);
    }
  });

  test('leads to another attempt only from where the last one is proven not to be there', () => {
    const resendable = stages.filter((stage) => canHappen(stage, 'sent-again'));
    expect(resendable).toEqual(['not-sent', 'requoted', 'absent']);
    expect(stages.filter(isUnplaced)).toEqual(resendable);
  });

  test('never leads back before what the broker has shown', () => {
    const atBroker = ['partly-filled', 'open', 'closing', 'closed'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (happened) => {
        let stage: OrderStage = 'sending';
        for (const event of happened) {
          if (!canHappen(stage, event)) continue;
          const next = advance(stage, event);
          if (atBroker.includes(stage)) expect(atBroker).toContain(next);
          stage = next;
        }
      }),
    );
  });

  test('leads from every stage to an end', () => {
    const ends = ['rejected', 'replaced', 'given-up', 'closed'];
    for (const start of stages) {
      expect(
        [...reachableFrom(start)].some((stage) => ends.includes(stage)),
        start,
      ).toBe(true);
    }
  });
});

function canHappen(stage: OrderStage, event: OrderEvent): boolean {
  const isKnown = cases.find((each) => each[0] === stage && each[1] === event)?.[2] !== '!';
  return isKnown && 'to' in orderStep(stage, event);
}

function reachableFrom(start: OrderStage): ReadonlySet<OrderStage> {
  const reached = new Set([start]);
  for (const stage of reached) {
    for (const event of events) if (canHappen(stage, event)) reached.add(advance(stage, event));
  }
  return reached;
}

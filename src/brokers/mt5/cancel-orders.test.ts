import { afterEach, expect, test } from 'vitest';
import { mt5Client, unhurried } from '../../../test/mt5-client.ts';
import { healthyTerminal, type Said, ScriptedTerminal } from '../../../test/scripted-terminal.ts';

let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

const magic = 42;
const ours = { ticket: 601, magic };
const theirs = { ticket: 602, magic: 7 };
const cancelled: Said = { json: { retcode: 10_009 } };
const gone: Said = { status: 404, json: { error: 'Order 601 not found' } };
const refused: Said = { status: 500, json: { error: 'Failed to cancel order: Market closed' } };
const lost = { 'GET /terminal': { json: { connected: false } } };

async function cancel(script: Parameters<typeof ScriptedTerminal.start>[0]) {
  terminal = await ScriptedTerminal.start({ ...healthyTerminal, ...script });
  return mt5Client(terminal.url, { magic }).cancelOrders(unhurried);
}

const deletions = () => terminal?.askedFor('DELETE').map(({ path }) => path);

test.each([
  ['is cancelled', cancelled],
  ['filled meanwhile', gone],
  ['was cancelled behind a 504', { status: 504, html: '' } as const],
])('an order of ours that %s is no order any more; those of others stay', async (_, said) => {
  const lists: Said[] = [{ json: [ours, theirs] }, { json: [theirs] }];
  const outcome = await cancel({ 'GET /orders': lists, 'DELETE /orders/601': said });
  expect(outcome).toMatchObject({ outcome: 'done' });
  expect(deletions()).toEqual(['/orders/601']);
});

test('an order that is listed still was not cancelled, whatever was answered', async () => {
  for (const said of [cancelled, refused]) {
    const outcome = await cancel({
      'GET /orders': { json: [ours] },
      'DELETE /orders/601': said,
    });
    expect(outcome).toEqual({
      ...{ outcome: 'rejected', code: 0, reason: 'orders that pend still: 601' },
    });
    await terminal?.close();
  }
});

test('nothing pends where a healthy terminal lists nothing twice', async () => {
  expect(await cancel({})).toMatchObject({ outcome: 'done' });
  expect(deletions()).toEqual([]);
  expect(terminal?.askedFor('GET /orders')).toHaveLength(2);
});

test('an empty list of a terminal that is cut off says nothing', async () => {
  expect(await cancel(lost)).toMatchObject({ outcome: 'not-sent' });
});

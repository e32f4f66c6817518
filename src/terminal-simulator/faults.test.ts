import { afterEach, describe, expect, test } from 'vitest';
import {
  anOrder,
  closeTerminals,
  startTerminal,
  type TerminalUnderTest,
  type Wire,
} from '../../test/fixtures/simulated-terminal.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';

afterEach(closeTerminals);

/** A clock whose timers ring when the test says so. */
function handClock(): Clock & { ringAll(): Promise<void>; readonly delays: number[] } {
  let elapsed = 0;
  let waiting: { delayMs: number; task: () => void }[] = [];
  return {
    now: () => systemClock.now(),
    elapsed: () => elapsed,
    after: (delayMs, task) => {
      const entry = { delayMs, task };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((each) => each !== entry);
      };
    },
    ringAll: async () => {
      const due = waiting;
      waiting = [];
      elapsed += Math.max(0, ...due.map(({ delayMs }) => delayMs));
      for (const { task } of due) task();
    },
    get delays() {
      return waiting.map(({ delayMs }) => delayMs);
    },
  };
}

const positions = async ({ get }: TerminalUnderTest) => (await get<Wire[]>('/positions')).length;
const order = (terminal: TerminalUnderTest) => terminal.send('POST', '/orders', anOrder);
const orders = { method: 'POST', path: '/orders' } as const;

describe('a fault', () => {
  test('strikes as often as it is told, after letting others pass, and then no more', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'unavailable', path: '/account', skip: 1, count: 2 });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++) {
      statuses.push((await terminal.send('GET', '/account')).status);
    }
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
  });

  test('strikes only its method and path, in which * stands for anything', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'unavailable', method: 'GET', path: '/symbols/*/tick' });
    expect((await terminal.send('GET', '/symbols/BTCUSD')).status).toBe(200);
    expect((await order(terminal)).status).toBe(201);
    expect((await terminal.send('GET', '/symbols/BTCUSD/tick')).status).toBe(503);
  });

  test('waits in a queue that can be read and emptied; several come in one array', async () => {
    const terminal = await startTerminal();
    await terminal.control('POST', 'faults', [
      { kind: 'unavailable', path: '/account', error: 'queue depth 21 exceeds max 20' },
      { kind: 'html-error', path: '/account', status: 502 },
    ]);
    expect(await terminal.send('GET', '/account')).toMatchObject({
      status: 503,
      text: '{"error":"queue depth 21 exceeds max 20"}',
    });
    expect(await terminal.control('GET', 'faults')).toMatchObject([
      { kind: 'html-error', count: 1 },
    ]);
    expect(await terminal.control('DELETE', 'faults')).toEqual([]);
    expect((await terminal.send('GET', '/account')).status).toBe(200);
  });
});

describe('the faults of a call', () => {
  test('delay answers rightly and late', async () => {
    const clock = handClock();
    const terminal = await startTerminal({ clock });
    await terminal.inject({ kind: 'delay', ms: 7_000, ...orders });
    const answer = order(terminal);
    await expect.poll(() => clock.delays).toEqual([7_000]);
    expect(await positions(terminal)).toBe(0);
    await clock.ringAll();
    expect((await answer).status).toBe(201);
    expect(await positions(terminal)).toBe(1);
  });

  test('gateway-timeout executes long after its answer', async () => {
    const clock = handClock();
    const terminal = await startTerminal({ clock });
    const fault = { kind: 'gateway-timeout', executes: true, ...orders } as const;
    await terminal.inject({ ...fault, executeAfterMs: 20_000 });
    const answer = order(terminal);
    await expect.poll(() => clock.delays).toEqual([20_000, 0]);
    await clock.ringAll();
    expect(await answer).toMatchObject({
      status: 504,
      text: '{"error":"mt5 call timed out: call timed out after 30s"}',
    });
    expect(await positions(terminal)).toBe(1);
  });

  test('gateway-timeout answers before an execution that comes later', async () => {
    const terminal = await startTerminal();
    await terminal.inject({
      kind: 'gateway-timeout',
      executes: true,
      executeAfterMs: 300,
      ...orders,
    });
    expect((await order(terminal)).status).toBe(504);
    expect(await positions(terminal)).toBe(0);
    await expect.poll(() => positions(terminal)).toBe(1);
  });

  test('gateway-timeout executes at once, or never', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'gateway-timeout', executes: true, ...orders });
    await terminal.inject({ kind: 'gateway-timeout', executes: false, format: 'html', ...orders });
    expect((await order(terminal)).status).toBe(504);
    expect(await positions(terminal)).toBe(1);
    expect(await order(terminal)).toMatchObject({
      status: 504,
      type: expect.stringMatching(/html/),
    });
    expect(await positions(terminal)).toBe(1);
  });

  test.each([true, false])('drop-socket breaks the connection; executed: %s', async (executes) => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'drop-socket', executes, ...orders });
    await expect(order(terminal)).rejects.toThrow();
    expect(await positions(terminal)).toBe(executes ? 1 : 0);
  });

  test('unavailable is a 503 and nothing is sent', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'unavailable', ...orders });
    expect(await order(terminal)).toMatchObject({
      status: 503,
      text: '{"error":"MT5 not initialized"}',
    });
    expect(await positions(terminal)).toBe(0);
  });

  test.each([
    [401, false],
    [500, true],
    [502, false],
  ] as const)('html-error is a page of status %i; executed: %s', async (status, executes) => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'html-error', status, executes, ...orders });
    expect(await order(terminal)).toMatchObject({
      status,
      type: expect.stringMatching(/^text\/html/),
    });
    expect(await positions(terminal)).toBe(executes ? 1 : 0);
  });

  test('reject refuses with a retcode that only POST shows', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'reject', retcode: 10_006, ...orders });
    expect(await order(terminal)).toMatchObject({
      status: 200,
      text: expect.stringContaining('"retcode":10006'),
    });
    await order(terminal);
    const [position] = await terminal.get<Wire[]>('/positions');
    const path = `/positions/${position?.ticket}`;
    await terminal.inject({
      kind: 'reject',
      retcode: 10_018,
      comment: 'Market closed',
      path: '/positions/*',
      count: 2,
    });
    expect(await terminal.send('PUT', path, { sl: 950 })).toMatchObject({
      status: 500,
      text: '{"error":"Failed to update position: Market closed"}',
    });
    expect(await terminal.send('DELETE', path)).toMatchObject({
      status: 500,
      text: '{"error":"Failed to close position: Market closed"}',
    });
    await terminal.inject({
      kind: 'reject',
      retcode: 10_014,
      comment: 'Invalid stops',
      dialect: 'novosky',
      ...orders,
    });
    expect(await order(terminal)).toMatchObject({
      status: 400,
      text: '{"message":"Invalid stops","retcode":10014}',
    });
    expect(await positions(terminal)).toBe(1);
  });

  test('partial executes a share, and on DELETE hides it behind a 500', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'partial', share: 0.5, ...orders });
    const answer = await order(terminal);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ retcode: 10_010, volume: 0.25 });
    const [position] = await terminal.get<Wire[]>('/positions');
    expect(position).toMatchObject({ volume: 0.25 });
    await terminal.inject({ kind: 'partial', share: 0.1, method: 'DELETE', path: '/positions/*' });
    expect(await terminal.send('DELETE', `/positions/${position?.ticket}`)).toMatchObject({
      status: 500,
      text: '{"error":"Failed to close position: Request executed partially"}',
    });
    expect(await terminal.get('/positions')).toMatchObject([{ volume: 0.23 }]);
  });

  test('novosky-answer shows the position, or the deal that closed it', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'novosky-answer', ...orders });
    await terminal.inject({ kind: 'novosky-answer', method: 'DELETE', path: '/positions/*' });
    const opened = JSON.parse((await order(terminal)).text) as Wire;
    expect(opened).toMatchObject({
      price_open: 1_010,
      comment: anOrder.comment,
      magic: anOrder.magic,
    });
    expect(opened).not.toHaveProperty('retcode');
    const closed = await terminal.send('DELETE', `/positions/${opened.ticket}`);
    expect(JSON.parse(closed.text)).toMatchObject({ entry: 1, position_id: opened.ticket });
  });
});

describe('the faults of an answer', () => {
  test('empty-list hides what is there: [] and 404', async () => {
    const terminal = await startTerminal();
    await order(terminal);
    const [position] = await terminal.get<Wire[]>('/positions');
    await terminal.inject({ kind: 'empty-list', path: '/positions*', count: 2 });
    expect(await terminal.get('/positions')).toEqual([]);
    expect((await terminal.send('GET', `/positions/${position?.ticket}`)).status).toBe(404);
    expect(await positions(terminal)).toBe(1);
  });

  test('zero-tick is a tick of zeros', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'zero-tick' });
    expect(await terminal.get('/symbols/BTCUSD/tick')).toMatchObject({ bid: 0, ask: 0, time: 0 });
    expect(await terminal.get('/symbols/BTCUSD/tick')).toMatchObject({ bid: 1_000 });
  });

  test('infinity is a bare word that JSON does not know', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'infinity', field: 'margin_level', path: '/account' });
    const answer = await terminal.send('GET', '/account');
    expect(answer.text).toContain('"margin_level":Infinity');
    expect(() => JSON.parse(answer.text)).toThrow(SyntaxError);
  });

  test('null-terminal is null, and disconnected says so', async () => {
    const terminal = await startTerminal();
    await terminal.inject({ kind: 'null-terminal' });
    await terminal.inject({ kind: 'disconnected' });
    expect(await terminal.get('/terminal')).toBeNull();
    expect(await terminal.get('/terminal')).toMatchObject({
      connected: false,
      trade_allowed: true,
    });
    expect(await terminal.get('/terminal')).toMatchObject({ connected: true });
  });
});

describe('a restart', () => {
  test('breaks what is under way, answers 503 for a while and forgets nothing', async () => {
    const clock = handClock();
    const terminal = await startTerminal({ clock });
    expect((await order(terminal)).status).toBe(201);
    await terminal.inject({ kind: 'delay', ms: 60_000, path: '/account' });
    const underWay = terminal.send('GET', '/account');
    await expect.poll(() => clock.delays).toContain(60_000);
    const outcome = expect(underWay).rejects.toThrow();
    await terminal.inject({ kind: 'restart', downMs: 100_000 });
    await clock.ringAll();
    await outcome;
    expect(await terminal.send('GET', '/ping')).toMatchObject({ status: 503 });
    expect(await terminal.control('GET', 'state')).toMatchObject({ step: 0 });
    clock.after(100_000, () => {});
    await clock.ringAll();
    expect(await positions(terminal)).toBe(1);
  });
});

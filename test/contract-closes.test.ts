/** Closes, stops and refusals over HTTP, as the terminal's contract has them (its sections 5, 8.6 and 13). */
import { afterEach, describe, expect, test } from 'vitest';
import { price } from '../src/domain/units.ts';
import type { Terminal } from '../src/terminal-simulator/terminal.ts';
import type { TerminalWatch } from '../src/terminal-simulator/terminal-simulator.ts';
import {
  closeStage,
  closing,
  closingsOf,
  HeldClock,
  opened,
  ordered,
  placing,
  volumesOf,
} from './contract-stage.ts';
import { unhurried } from './mt5-client.ts';

afterEach(closeStage);

describe('the checklist: closes and stops', () => {
  test('500 after a part was closed tells the part', async () => {
    const { terminal, client, close } = await opened();
    await terminal.inject({ kind: 'partial', share: 0.5, ...closing });
    await expect(close()).resolves.toMatchObject({ outcome: 'partial', fill: { volume: 15 } });
    expect(await volumesOf(client)).toEqual([15]);
  });

  test('a close that the stop was quicker than is done', async () => {
    let broker: Terminal | undefined;
    const stopFirst: TerminalWatch = {
      executed: (terminal) => {
        broker = terminal;
      },
      arrived: ({ method }) => {
        if (method === 'DELETE') broker?.advance(1);
      },
    };
    const { client, ticket, close } = await opened({ watch: stopFirst });
    const stops = { stopLoss: price(999), takeProfit: price(1_200) };
    await client.protect({ ticket, symbol: 'BTCUSD', ...stops }, unhurried);
    await expect(close()).resolves.toMatchObject({ outcome: 'done', fill: { price: 999 } });
    expect(await client.positions(unhurried)).toEqual([]);
    expect(await closingsOf(client)).toEqual([30]);
  });

  test('stops that stand already are done', async () => {
    const { terminal, client, ticket } = await opened();
    const stops = { stopLoss: price(950), takeProfit: price(1_300) };
    const protect = () => client.protect({ ticket, symbol: 'BTCUSD', ...stops }, unhurried);
    const noChanges = { kind: 'reject', retcode: 10_025, comment: 'No changes' } as const;
    await expect(protect()).resolves.toMatchObject({ outcome: 'done' });
    await terminal.inject({ ...noChanges, method: 'PUT', path: '/positions/*' });
    await expect(protect()).resolves.toMatchObject({ outcome: 'done' });
  });

  test('504 and executed at once is done, by the deal that closed it', async () => {
    const { terminal, client, close } = await opened();
    await terminal.inject({ kind: 'gateway-timeout', executes: true, ...closing });
    await expect(close()).resolves.toMatchObject({ outcome: 'done', fill: { volume: 30 } });
    expect(await client.positions(unhurried)).toEqual([]);
  });

  test('504 and executed later is unknown, and closed once when it is asked for again', async () => {
    const clock = new HeldClock();
    const { terminal, client, close } = await opened({ clock });
    const late = { kind: 'gateway-timeout', executes: true, executeAfterMs: 20_000 } as const;
    await terminal.inject({ ...late, ...closing });
    await expect(close()).resolves.toMatchObject({ outcome: 'unknown' });
    await expect(close()).resolves.toMatchObject({ outcome: 'done' });
    clock.release();
    expect(await closingsOf(client)).toEqual([30]);
  });

  test('504 and never executed is unknown, and done when it is asked for again', async () => {
    const { terminal, client, close } = await opened();
    await terminal.inject({ kind: 'gateway-timeout', executes: false, ...closing });
    await expect(close()).resolves.toMatchObject({ outcome: 'unknown' });
    await expect(close()).resolves.toMatchObject({ outcome: 'done' });
    expect(await closingsOf(client)).toEqual([30]);
  });

  test.each([
    [true, 'done', []],
    [false, 'unknown', [30]],
  ] as const)('a connection that breaks on it (executed: %s): %s', async (executes, said, left) => {
    const { terminal, client, close } = await opened();
    await terminal.inject({ kind: 'drop-socket', executes, ...closing });
    await expect(close()).resolves.toMatchObject({ outcome: said });
    expect(await volumesOf(client)).toEqual(left);
  });

  test('a part that was closed unnoticed is not closed again: what is to stay is what counts', async () => {
    const clock = new HeldClock();
    const { terminal, client, close } = await opened({ clock });
    const late = { kind: 'gateway-timeout', executes: true, executeAfterMs: 20_000 } as const;
    await terminal.inject({ ...late, ...closing });
    await expect(close(10, 20)).resolves.toMatchObject({ outcome: 'unknown' });
    clock.release();
    await expect(close(10, 20)).resolves.toMatchObject({ outcome: 'done', fill: { volume: 0 } });
    expect(await volumesOf(client)).toEqual([20]);
    expect(await closingsOf(client)).toEqual([10]);
  });

  test('on a netting account a close never turns the position round', async () => {
    const { terminal, client, close } = await opened({ account: { isHedging: false } });
    await terminal.inject({ kind: 'gateway-timeout', executes: true, ...closing });
    await close();
    await expect(close()).resolves.toMatchObject({ outcome: 'done' });
    expect(await client.positions(unhurried)).toEqual([]);
    expect(await closingsOf(client)).toEqual([30]);
  });
});

describe('a refusal says what has to be done', () => {
  test.each([
    [10_004, 'price'],
    [10_020, 'price'],
    [10_021, 'price'],
    [10_014, 'request'],
    [10_016, 'request'],
    [10_030, 'request'],
    [10_017, 'trading-off'],
    [10_026, 'trading-off'],
    [10_027, 'trading-off'],
    [10_018, 'market-closed'],
    [10_019, undefined],
    [10_024, undefined],
  ])('%i: %s', async (retcode, refusal) => {
    const { outcome } = await ordered({ kind: 'reject', retcode, ...placing });
    expect(outcome).toMatchObject({ outcome: 'rejected', code: retcode });
    expect('refusal' in outcome ? outcome.refusal : undefined).toBe(refusal);
  });
});

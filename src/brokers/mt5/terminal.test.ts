import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractMarket } from '../../../test/contract-market.ts';
import { mt5Client, unhurried } from '../../../test/mt5-client.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { startTerminalSimulator } from '../../terminal-simulator/terminal-simulator.ts';
import { type BrokerFault, type BrokerUnderTest, describeBroker } from '../broker-contract.ts';
import { httpSimulationControl } from '../simulation/http-control.ts';

/** What the fault means to a simulated terminal. */
const faults: Readonly<Record<BrokerFault, readonly Readonly<Record<string, unknown>>[]>> = {
  'answer-lost': [{ kind: 'drop-socket', method: 'POST', path: '/orders', executes: true }],
  'order-lost': [{ kind: 'gateway-timeout', method: 'POST', path: '/orders', executes: false }],
  'order-late': [
    {
      kind: 'gateway-timeout',
      method: 'POST',
      path: '/orders',
      executes: true,
      executeAfterMs: 20_000,
    },
  ],
  refused: [{ kind: 'reject', method: 'POST', path: '/orders', retcode: 10006 }],
  'blind-once': [{ kind: 'empty-list', path: '/positions' }],
  blind: [
    { kind: 'disconnected', count: 99 },
    { kind: 'empty-list', path: '/positions', count: 99 },
    { kind: 'empty-list', path: '/positions/*', count: 99 },
    { kind: 'empty-list', path: '/history/deals', count: 99 },
  ],
  unreachable: [{ kind: 'restart', downMs: 3_000_000 }],
};

/** The terminal's clock: what it puts off happens when the test says so. */
class HeldClock implements Clock {
  #skippedMs = 0;
  readonly #held = new Set<() => void>();

  now(): number {
    return systemClock.now();
  }

  elapsed(): number {
    return systemClock.elapsed() + this.#skippedMs;
  }

  after(delayMs: number, task: () => void): () => void {
    if (delayMs === 0) return systemClock.after(0, task);
    this.#held.add(task);
    return () => this.#held.delete(task);
  }

  release(): void {
    this.#skippedMs += 3_600_000;
    const held = [...this.#held];
    this.#held.clear();
    for (const task of held) task();
  }
}

async function open(): Promise<BrokerUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-mt5-'));
  const clock = new HeldClock();
  const simulator = await startTerminalSimulator({
    key: 'contract',
    port: 0,
    token: 'secret',
    controlToken: 'control',
    pathPrefix: '/exness/main',
    booksPath: join(folder, 'books.db'),
    source: { kind: 'bars', bars: contractMarket.bars, from: contractMarket.from },
    symbol: contractMarket.symbol,
    brokerSymbol: 'BTCUSDc',
    account: {
      login: 1,
      balance: contractMarket.balance,
      currency: contractMarket.currency,
      leverage: 200,
      isHedging: true,
    },
    costs: {
      spreadPoints: contractMarket.spreadPoints,
      slippagePoints: 0,
      commissionPerLot: 3,
      swapLong: 0,
      swapShort: 0,
    },
    clock,
  });
  const control = httpSimulationControl({
    url: simulator.controlUrl,
    token: 'control',
    clock: systemClock,
  });
  return {
    terminal: mt5Client(simulator.url),
    stranger: mt5Client(simulator.url, { magic: 7 }),
    advance: async (step) => void (await control.advance(step, unhurried)),
    inject: async (fault) => {
      for (const each of faults[fault]) await control.inject(each, unhurried);
    },
    recover: async () => {
      const cleared = await fetch(`${simulator.controlUrl}/_sim/faults`, {
        method: 'DELETE',
        headers: { authorization: 'Bearer control' },
      });
      assert.equal(cleared.status, 200);
      clock.release();
    },
    close: async () => {
      await simulator.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describeBroker('an MT5 terminal', open);

/** Our adapter before a simulated terminal, as the tests of the contract use it. */
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import type { Quotes, Trading } from '../src/brokers/broker.ts';
import type { Mt5Options } from '../src/brokers/mt5/terminal.ts';
import type { TradeOutcome } from '../src/domain/order.ts';
import { epochMs, price, steps } from '../src/domain/units.ts';
import { type Clock, systemClock } from '../src/runtime/clock.ts';
import type { FaultRequest } from '../src/terminal-simulator/fault.ts';
import {
  closeTerminals,
  startTerminal,
  type TerminalUnderTest,
} from './fixtures/simulated-terminal.ts';
import { anOrder, mt5Client, unhurried } from './mt5-client.ts';

export const placing = { method: 'POST', path: '/orders' } as const;
export const closing = { method: 'DELETE', path: '/positions/*' } as const;
/** 0.30 lots with stops around the market of the fixture. */
export const order = anOrder({ stopLoss: price(900), takeProfit: price(1_200) });

let relay: Server | undefined;

export async function closeStage(): Promise<void> {
  relay?.close();
  relay = undefined;
  await closeTerminals();
}

/** A clock of the terminal that holds back what is put off until the test lets it happen. */
export class HeldClock implements Clock {
  readonly #held = new Set<() => void>();

  now(): number {
    return systemClock.now();
  }

  elapsed(): number {
    return systemClock.elapsed();
  }

  after(delayMs: number, task: () => void): () => void {
    if (delayMs === 0) return systemClock.after(0, task);
    this.#held.add(task);
    return () => this.#held.delete(task);
  }

  release(): void {
    for (const task of this.#held) task();
    this.#held.clear();
  }
}

type Stage = { readonly terminal: TerminalUnderTest; readonly client: Quotes & Trading };

export async function stage(
  overrides: Parameters<typeof startTerminal>[0] = {},
  options: Partial<Mt5Options> = {},
): Promise<Stage> {
  const terminal = await startTerminal(overrides);
  return { terminal, client: clientOf(terminal.simulator.url, options) };
}

function clientOf(url: string, options: Partial<Mt5Options> = {}): Quotes & Trading {
  return mt5Client(url, { token: 'trade-token', symbols: { BTCUSD: 'BTCUSD' }, ...options });
}

type HeardAnswer = { readonly head: string; readonly body: Buffer };

/** A simulated terminal behind a relay that keeps what the server sent, byte for byte. */
export async function overheard(): Promise<{
  readonly client: Quotes & Trading;
  readonly answers: () => readonly HeardAnswer[];
}> {
  const { simulator } = await startTerminal();
  const { hostname, port } = new URL(simulator.url);
  const heard: Buffer[][] = [];
  const server = createServer((inner) => {
    const outer = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    heard.push(chunks);
    outer.on('data', (chunk) => chunks.push(chunk));
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    inner.pipe(outer).pipe(inner);
  });
  relay = server;
  const own = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  return {
    client: clientOf(`http://127.0.0.1:${own}`),
    answers: () => heard.flatMap((chunks) => answersIn(Buffer.concat(chunks))),
  };
}

/** The answers of one connection, one after the other; each says its length. */
function answersIn(bytes: Buffer): readonly HeardAnswer[] {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return [];
  const head = bytes.subarray(0, end).toString('latin1');
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
  const from = end + 4;
  const body = bytes.subarray(from, from + length);
  return [{ head, body }, ...answersIn(bytes.subarray(from + length))];
}

/** What becomes of one order behind a fault, and how many positions there are afterwards. */
export async function ordered(
  fault?: FaultRequest,
): Promise<Stage & { outcome: TradeOutcome; open: number }> {
  const { terminal, client } = await stage();
  if (fault) await terminal.inject(fault);
  const outcome = await client.submit(order, unhurried);
  return { terminal, client, outcome, open: await countOf(terminal) };
}

export async function countOf({ get }: TerminalUnderTest): Promise<number> {
  return (await get<unknown[]>('/positions')).length;
}

/** An open position of 0.30 lots. */
export async function opened(overrides: Parameters<typeof startTerminal>[0] = {}) {
  const { terminal, client } = await stage(overrides);
  await client.account(unhurried);
  await client.submit(order, unhurried);
  const [position] = await client.positions(unhurried);
  const ticket = position?.ticket ?? 0;
  const close = (volume = 30, leaves?: number) =>
    client.close(
      {
        ...{ ticket, symbol: 'BTCUSD', volume: steps(volume) },
        ...(leaves !== undefined && { leaves: steps(leaves) }),
      },
      unhurried,
    );
  return { terminal, client, ticket, close };
}

export async function volumesOf(client: Trading): Promise<readonly number[]> {
  return (await client.positions(unhurried)).map(({ volume }) => volume);
}

/** The volumes of the closing deals. */
export async function closingsOf(client: Trading): Promise<readonly number[]> {
  const deals = await client.deals(epochMs(0), unhurried);
  return deals.flatMap((deal) =>
    deal.kind === 'trade' && deal.entry === 'out' ? [deal.volume] : [],
  );
}

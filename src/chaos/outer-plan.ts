import type { RunPlan } from '../engine/run-plan.ts';
import type { TerminalConnection } from '../threads/thread-data.ts';
import type { OuterTerminal } from './engine-protocol.ts';
import { lateMaxMs } from './trouble.ts';

/** Longer than a call at these brokers may be late. At real ones both times are longer, in the same order. */
const absenceProof = { sinceCallMs: lateMaxMs + 2_000, emptyForMs: 500 };

/** The plan of a run on built-in simulators, as a run on terminals that live outside and survive it. */
export function onOuterTerminals(plan: RunPlan, terminals: readonly OuterTerminal[]): RunPlan {
  const outside = new Map(terminals.map((terminal) => [terminal.key, terminal]));
  const moved = ({ key, symbols, nature, ...inside }: TerminalConnection): TerminalConnection => {
    const { url, token } = outside.get(key) ?? inside;
    return { key, symbols, nature, url, token, absenceProof };
  };
  const { lockstep } = plan;
  return {
    ...plan,
    markets: plan.markets.map((market) => ({ ...market, sources: market.sources.map(moved) })),
    accounts: plan.accounts.map((account) => ({ ...account, terminal: moved(account.terminal) })),
    simulators: [],
    ...(lockstep !== undefined && { lockstep: { ...lockstep, terminals } }),
  };
}

/** What has to be known to let one more account join a run that goes on. */
import { UsageError } from '../config/usage-error.ts';
import type { TerminalConnection } from '../threads/thread-data.ts';
import {
  type AccountPlan,
  accountPlan,
  freePorts,
  type PlanOptions,
  planTerminal,
  type RunPlan,
} from './run-plan.ts';

export type AccountAddition = {
  readonly account: AccountPlan;
  /** Its terminal, where that is a built-in one that does not run yet. */
  readonly simulator?: RunPlan['simulators'][number];
};

/** The account is right, but cannot join what runs. */
export class NeedsRestartError extends Error {
  override readonly name = 'NeedsRestartError';
}

/**
 * @param options those of the run, with the configuration that has the account
 * @param connectionTo a terminal that the run uses already: `Engine.connectionTo`
 * @throws NeedsRestartError for a symbol that nobody trades here yet, or a real terminal beside simulators in lockstep
 * @throws UsageError for an account or a terminal that is not configured
 */
export async function planAccount(
  id: string,
  options: PlanOptions,
  running: {
    readonly plan: RunPlan;
    readonly connectionTo: (terminal: string) => TerminalConnection | undefined;
  },
): Promise<AccountAddition> {
  const { config } = options;
  const account = config.accounts[id];
  if (account === undefined) throw new UsageError(`accounts.json has no account ${id}`);
  const terminal = config.terminals[account.terminalKey];
  if (terminal === undefined) {
    throw new UsageError(`terminals.json has no terminal ${account.terminalKey}`);
  }
  const { markets, lockstep } = running.plan;
  const stranger = account.symbols.find(
    (symbol) => !markets.some((market) => market.symbol === symbol),
  );
  if (stranger !== undefined) {
    throw new NeedsRestartError(`${id} trades ${stranger}, which nobody trades here yet`);
  }
  if (lockstep !== undefined && terminal.kind !== 'simulator') {
    throw new NeedsRestartError(
      `${id} needs ${terminal.key}, which keeps its own time: this run moves simulators in lockstep`,
    );
  }
  const known = running.connectionTo(terminal.key);
  if (known !== undefined) return { account: accountPlan(account, known, options) };
  const [port = 0] = await freePorts(1);
  const { connection, simulator } = planTerminal(terminal, port, options);
  const plan = accountPlan(account, connection, options);
  return { account: plan, ...(simulator && { simulator }) };
}

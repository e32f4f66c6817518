import * as z from 'zod';
import type { AccountView } from '../../domain/account.ts';
import { money } from '../../domain/units.ts';
import type { Healthy } from './health.ts';

/** The terminal's account, amounts in its own currency: a cent account counts cents. */
export const accountRow = z.compile(
  z.object({
    login: z.int().nonnegative(),
    currency: z.string().min(1),
    currency_digits: z.int().min(0).max(8).default(2),
    leverage: z.int().positive(),
    margin_mode: z.int(),
    trade_allowed: z.boolean(),
    trade_expert: z.boolean(),
    balance: z.number(),
    equity: z.number(),
    credit: z.number().default(0),
    margin: z.number(),
    margin_free: z.number(),
  }),
);
export type AccountRow = z.output<typeof accountRow>;

/** The `margin_mode` in which every order has a position of its own. */
export const hedging = 2;

/** Trading is allowed when the account, the broker and the terminal all allow it (contract §4.1). */
export function accountView({ terminal, account }: Healthy): AccountView {
  return {
    login: account.login,
    currency: account.currency,
    currencyDigits: account.currency_digits,
    leverage: account.leverage,
    isHedging: account.margin_mode === hedging,
    isTradeAllowed:
      account.trade_allowed &&
      account.trade_expert &&
      terminal.trade_allowed &&
      !terminal.tradeapi_disabled,
    balance: money(account.balance),
    equity: money(account.equity),
    ...(account.credit !== 0 && { credit: money(account.credit) }),
    margin: money(account.margin),
    freeMargin: money(account.margin_free),
  };
}

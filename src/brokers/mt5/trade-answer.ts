/** What a trade call's answer proves. Both dialects of the server; never an exception (contract §5, §7, §11). */
import * as z from 'zod';
import type { HttpAnswer } from './http-answer.ts';
import { errorText, isNotFound } from './reads.ts';
import { describeRetcode, meaningOf, type RetcodeMeaning } from './retcode.ts';

export type TradeAnswer =
  /** The trade server spoke. `lots` and `price` are undefined where it answered 0 or nothing. */
  | {
      readonly type: 'retcode';
      readonly meaning: RetcodeMeaning;
      readonly code: number;
      readonly reason: string;
      readonly order: number | undefined;
      readonly lots: number | undefined;
      readonly price: number | undefined;
    }
  /** The other dialect: the position that was opened, or the deal that closed it. */
  | {
      readonly type: 'booked';
      readonly ticket: number | undefined;
      readonly lots: number;
      readonly price: number | undefined;
    }
  /** The server knows no such position or symbol. Nothing was sent. */
  | { readonly type: 'not-found'; readonly reason: string }
  | { readonly type: 'not-sent'; readonly reason: string }
  /** The server reports a failure of the trade server without its code: it may have acted in part. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'unknown'; readonly reason: string };

const amount = z.number().nonnegative().nullish();

/** The request is echoed as an array of 17 values; nobody needs it. */
const resultRow = z.object({
  retcode: z.int(),
  order: z.int().nonnegative().nullish(),
  volume: amount,
  price: amount,
  comment: z.string().nullish(),
  message: z.string().nullish(),
});

const bookedRow = z.object({
  ticket: z.int().positive(),
  volume: z.number().positive(),
  price_open: amount,
  price: amount,
});

export function tradeAnswer(answer: HttpAnswer): TradeAnswer {
  if (answer.type === 'none') {
    const type = answer.wasSent ? 'unknown' : 'not-sent';
    return { type, reason: `no answer: ${answer.cause.message}` };
  }
  const spoken = answer.type === 'json' ? spokenAnswer(answer.body) : undefined;
  return spoken ?? silentAnswer(answer);
}

function spokenAnswer(body: unknown): TradeAnswer | undefined {
  const result = resultRow.safeParse(body);
  if (result.success) return retcodeAnswer(result.data);
  const booked = bookedRow.safeParse(body);
  if (!booked.success) return undefined;
  const { ticket, volume, price_open, price } = booked.data;
  const isPosition = typeof price_open === 'number';
  return {
    type: 'booked',
    ticket: isPosition ? ticket : undefined,
    lots: volume,
    price: given(isPosition ? price_open : price),
  };
}

function retcodeAnswer(row: z.output<typeof resultRow>): TradeAnswer {
  const { retcode, order, volume, price, comment, message } = row;
  return {
    type: 'retcode',
    meaning: meaningOf(retcode),
    code: retcode,
    reason: describeRetcode(retcode, comment ?? message ?? ''),
    order: given(order),
    lots: given(volume),
    price: given(price),
  };
}

/** The server uses 0 for "not known". */
function given(value: number | null | undefined): number | undefined {
  return value === 0 || value === null ? undefined : value;
}

/** Answers without a retcode, by their status. */
function silentAnswer(answer: Exclude<HttpAnswer, { type: 'none' }>): TradeAnswer {
  const { status } = answer;
  const reason = `${status} ${errorText(answer)}`;
  if (isNotFound(answer)) return { type: 'not-found', reason };
  if (status >= 400 && status < 500) return { type: 'not-sent', reason };
  if (answer.type === 'text') return { type: 'unknown', reason };
  if (status === 503) return { type: 'not-sent', reason };
  if (status === 500) return serverError(errorText(answer), reason);
  return { type: 'unknown', reason };
}

function serverError(text: string, reason: string): TradeAnswer {
  const isRefusedBySdk = /^order_send failed: \(-2\s*,/.test(text);
  if (isRefusedBySdk || text.startsWith('Cannot get price')) return { type: 'not-sent', reason };
  return { type: text.startsWith('Failed to ') ? 'failed' : 'unknown', reason };
}

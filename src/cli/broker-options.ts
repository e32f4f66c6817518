/** Options of every command that plays bars: costs, money and single keys of the configuration. */
import { type Command, InvalidArgumentError } from 'commander';

/** What the broker charges, and what the account may do there. */
export function brokerOptions(command: Command): Command {
  return command
    .option('--balance <amount>', 'what the account begins with, in its own currency', positive)
    .option('--leverage <n>', 'divisor of the margin', positiveInteger)
    .option('--spread <points>', 'ask minus bid where the data states none', notNegative)
    .option('--commission <amount>', 'per lot, for each side', notNegative)
    .option('--swap-long <points>', 'per lot and night, negative when paid', anyNumber)
    .option('--swap-short <points>', 'per lot and night, negative when paid', anyNumber)
    .option('--slippage <points>', 'against every market order and stop', notNegative)
    .option('--max-lot <lots>', 'largest order', positive)
    .option('--cent-account', 'count US cents, on the symbol of a cent account');
}

/** `a.b=v`: a value that is JSON is what it says, any other is text. */
export function keyAndValue(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const [, key, value] = /^([^=\s]+)=(.*)$/.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new InvalidArgumentError(
      'It must be KEY=VALUE, such as dynamic_sltp.tp_atr_multiplier=1.2.',
    );
  }
  return { ...before, [key]: jsonOrText(value) };
}

export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function anyNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('It must be a number.');
  return value;
}

function notNegative(text: string): number {
  const value = anyNumber(text);
  if (value < 0) throw new InvalidArgumentError('It must be 0 or more.');
  return value;
}

function positive(text: string): number {
  const value = anyNumber(text);
  if (value <= 0) throw new InvalidArgumentError('It must be above 0.');
  return value;
}

export function positiveInteger(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

/** The command line that plays one set of a sweep again, as it was played: whatever was given is repeated. */
import type { SetOverride } from '../backtest/sweep/grids.ts';
import type { SweepWishes } from './sweep-plan.ts';

const options = [
  ...([
    'data',
    'detail',
    'symbol',
    'account',
    'config',
    'models',
    'state',
    'cache',
    'balance',
  ] as const),
  ...(['leverage', 'spread', 'commission', 'swapLong', 'swapShort', 'slippage'] as const),
  ...(['maxLot', 'centAccount'] as const),
];

/** The arguments of `novosky backtest`, but for its period. A key of the set wins over one that was given. */
export function backtestArguments(wishes: SweepWishes, set: SetOverride): string {
  const given = options.flatMap((name) => {
    const value = wishes[name];
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined || value === false) return [];
    if (Array.isArray(value)) return value.flatMap((each) => [flag, String(each)]);
    return value === true ? [flag] : [flag, String(value)];
  });
  const overrides = Object.entries({ ...wishes.override, ...set }).flatMap(([key, value]) => [
    '--override',
    `${key}=${valueText(value)}`,
  ]);
  return [...given, ...overrides].map(quoted).join(' ');
}

/** What `--override` reads as the same value. */
function valueText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return isJson(value) ? JSON.stringify(value) : value;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** For a POSIX shell. */
function quoted(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

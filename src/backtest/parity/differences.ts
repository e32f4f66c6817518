import type { Kind, Statement, Value } from './statements.ts';

export type Difference = {
  readonly kind: Kind;
  readonly subject: string;
  /** Which number of the statement; `all` where one side does not make the statement. */
  readonly name: string;
  readonly live: Value;
  readonly tested: Value;
};

export type Compared = {
  readonly kind: Kind;
  readonly subject: string;
  readonly live?: Statement | undefined;
  readonly tested?: Statement | undefined;
  /** Empty where both say the same. */
  readonly differences: readonly Difference[];
};

/** Names of values that are prices; of those that are amounts. */
const prices = ['expectedPrice', 'stopLoss', 'takeProfit', 'entry', 'exit'];
const amounts = ['profit', 'startEquity'];

/**
 * The declared tolerance: prices are equal within half a point, amounts within half of the currency's last digit, all
 * else to the last bit.
 */
export type Tolerance = { readonly point: number; readonly cent: number };

/** Statements of both sides, each with its counterpart: the n-th of a kind about a subject belongs to the n-th. */
export function compared(
  live: readonly Statement[],
  tested: readonly Statement[],
  tolerance: Tolerance,
): readonly Compared[] {
  const [ofLive, ofTested] = [keyed(live), keyed(tested)];
  const keys = new Set([...ofLive.keys(), ...ofTested.keys()]);
  return [...keys].flatMap((key) => {
    const pair = { live: ofLive.get(key), tested: ofTested.get(key) };
    const either = pair.live ?? pair.tested;
    if (either === undefined) return [];
    const { kind, subject } = either;
    return { kind, subject, ...pair, differences: differencesOf(pair, tolerance) };
  });
}

function keyed(statements: readonly Statement[]): ReadonlyMap<string, Statement> {
  const counts = new Map<string, number>();
  return new Map(
    statements.map((statement) => {
      const name = `${statement.kind} ${statement.subject}`;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return [`${name} ${count}`, statement];
    }),
  );
}

function differencesOf(
  { live, tested }: Pick<Compared, 'live' | 'tested'>,
  tolerance: Tolerance,
): readonly Difference[] {
  const either = live ?? tested;
  if (either === undefined) return [];
  const { kind, subject } = either;
  if (live === undefined || tested === undefined) {
    const sides = { live: live && saidBy(live), tested: tested && saidBy(tested) };
    return [{ kind, subject, name: 'all', ...sides }];
  }
  const names = new Set([...Object.keys(live.values), ...Object.keys(tested.values)]);
  return [...names].flatMap((name) => {
    const sides = { live: live.values[name], tested: tested.values[name] };
    return isEqual(name, sides, tolerance) ? [] : { kind, subject, name, ...sides };
  });
}

function saidBy({ values }: Statement): string {
  const said = Object.values(values).filter((value) => value !== undefined);
  return said.length > 0 ? said.join(' ') : 'yes';
}

function isEqual(
  name: string,
  { live, tested }: Pick<Difference, 'live' | 'tested'>,
  { point, cent }: Tolerance,
): boolean {
  if (Object.is(live, tested)) return true;
  if (typeof live !== 'number' || typeof tested !== 'number') return false;
  const allowed = prices.includes(name) ? point : amounts.includes(name) ? cent : 0;
  return Math.abs(live - tested) < allowed / 2;
}

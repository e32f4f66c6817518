const steps: ReadonlyMap<string, number> = new Map([
  ['BTCUSD', 1_000],
  ['XAUUSD', 10],
  ['EURUSD', 0.01],
]);

export class UnknownRoundStepError extends Error {
  override readonly name = 'UnknownRoundStepError';
  constructor(symbol: string) {
    super(
      `no distance between round prices is known for ${symbol} (known: ${[...steps.keys()].join(', ')}): configure its round step`,
    );
  }
}

/**
 * Distance between two round prices of a symbol, in price units: what was configured, else the known one. There is
 * no default for other symbols: throws `UnknownRoundStepError`.
 */
export function roundStepOf(symbol: string, configured?: number): number {
  const step = configured ?? steps.get(symbol);
  if (step === undefined) throw new UnknownRoundStepError(symbol);
  return step;
}

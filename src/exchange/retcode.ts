/** What the market answers to a request: MetaTrader 5's own codes and its words for them. */
export const retcodeText = {
  10006: 'Request rejected',
  10009: 'Request executed',
  10010: 'Request executed partially',
  10013: 'Invalid request',
  10014: 'Invalid volume',
  10016: 'Invalid stops',
  10018: 'Market is closed',
  10019: 'No money',
  10025: 'No changes',
  10030: 'Unsupported filling mode',
  10035: 'Invalid order',
  10036: "Position doesn't exist",
  10038: 'Close volume exceeds the current position volume',
} as const satisfies Readonly<Record<number, string>>;

export type Retcode = keyof typeof retcodeText;

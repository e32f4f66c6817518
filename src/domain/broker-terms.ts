/** What a broker says of a symbol beyond its `Instrument`: only an audit asks for it. Absent = not told. */
export type SymbolTerms = {
  readonly bid: number;
  readonly ask: number;
  /** Of the newest tick, on the server's clock. */
  readonly tickServerMs: number;
  readonly currencyProfit?: string;
  /** MT5's: 0 disabled, 1 long only, 2 short only, 3 close only, 4 full. */
  readonly tradeMode: number;
  /** What a lot costs per night, negative when paid; `mode` is MT5's: 0 none, 1 points. */
  readonly swap?: { readonly long: number; readonly short: number; readonly mode: number };
};

/** What a broker says of a login beyond its `AccountView`. */
export type AccountTerms = {
  readonly kind: 'demo' | 'contest' | 'real';
  /** The broker's trade server, by name. */
  readonly server?: string;
};

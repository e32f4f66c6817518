import type { Headline } from './path-figures.ts';

/** In what a figure counts. `money`: the account's currency. `share`: of a whole, shown in percent. */
export type FigureUnit =
  | 'share'
  | 'money'
  | 'r'
  | 'ratio'
  | 'score'
  | 'count'
  | 'duration'
  | 'days';

export type FigureDefinition = {
  readonly key: keyof Headline;
  readonly label: string;
  readonly unit: FigureUnit;
  /** How it is computed. */
  readonly formula: string;
  /** What it does not say. */
  readonly limit: string;
};

export type FigureGroup = {
  readonly title: string;
  readonly figures: readonly FigureDefinition[];
};

/** Every figure of a backtest, in the order in which reports show them: the one place that says what each means. */
export const figureGroups: readonly FigureGroup[] = [
  {
    title: 'Result',
    figures: [
      {
        key: 'totalReturn',
        label: 'Return',
        unit: 'share',
        formula:
          'equity at the end / starting balance − 1, open positions marked at the last quote',
        limit:
          'How much of it came from compounding, or from one trade; windows of other lengths do not compare.',
      },
      {
        key: 'netProfit',
        label: 'Net profit',
        unit: 'money',
        formula:
          'equity at the end − starting balance, after spread, slippage, commission and swap',
        limit: 'Whether a larger account would have got the same prices.',
      },
      {
        key: 'equityEnd',
        label: 'Equity at the end',
        unit: 'money',
        formula: 'settled balance + open result at the last quote',
        limit: 'What closing the open positions would have cost beyond the spread.',
      },
      {
        key: 'fees',
        label: 'Commission and fees',
        unit: 'money',
        formula: 'sum over all closed trades, negative when paid',
        limit: 'Spread and slippage: they are in the prices.',
      },
      {
        key: 'swap',
        label: 'Swap',
        unit: 'money',
        formula: 'sum over all closed trades, negative when paid',
        limit: 'What swap of another time was: one rate stands for the whole period.',
      },
    ],
  },
  {
    title: 'Trades',
    figures: [
      {
        key: 'trades',
        label: 'Trades',
        unit: 'count',
        formula: 'positions that were closed, parts counted with their position',
        limit: 'How many independent bets they are: trades that follow each other share a market.',
      },
      {
        key: 'wins',
        label: 'Wins',
        unit: 'count',
        formula: 'trades with a net profit above 0',
        limit: 'How large they were.',
      },
      {
        key: 'losses',
        label: 'Losses',
        unit: 'count',
        formula: 'trades with a net profit below 0; one of exactly 0 is neither',
        limit: 'How large they were.',
      },
      {
        key: 'winRate',
        label: 'Win rate (WR)',
        unit: 'share',
        formula: 'wins / trades',
        limit: 'Whether it earns: a near target and a far stop win often and lose all the same.',
      },
      {
        key: 'winRateLow',
        label: 'Win rate, 95 % from',
        unit: 'share',
        formula: "lower end of Wilson's interval for wins of trades",
        limit: 'It takes trades as independent draws; they are not, so the truth is wider.',
      },
      {
        key: 'winRateHigh',
        label: 'Win rate, 95 % to',
        unit: 'share',
        formula: "upper end of Wilson's interval for wins of trades",
        limit: 'It takes trades as independent draws; they are not, so the truth is wider.',
      },
      {
        key: 'profitFactor',
        label: 'Profit factor (PF)',
        unit: 'ratio',
        formula:
          'sum of profits / |sum of losses|; none without a loss. The Score counts at most 10',
        limit: 'How it came about: a single large win lifts it as much as many small ones.',
      },
      {
        key: 'expectancy',
        label: 'Expectancy',
        unit: 'money',
        formula: 'mean net result of a trade',
        limit: 'What a trade brings at another size: sizes follow equity.',
      },
      {
        key: 'expectancyR',
        label: 'Expectancy in R',
        unit: 'r',
        formula: 'mean of net result / what the first stop would have cost',
        limit: 'Anything about the order of results, which decides the drawdown.',
      },
      {
        key: 'winMean',
        label: 'Mean win',
        unit: 'money',
        formula: 'sum of profits / wins',
        limit: 'Their spread.',
      },
      {
        key: 'lossMean',
        label: 'Mean loss',
        unit: 'money',
        formula: 'sum of losses / losses',
        limit: 'The worst one.',
      },
      {
        key: 'heldMsMean',
        label: 'Mean holding time',
        unit: 'duration',
        formula: 'mean of last close − entry',
        limit: 'Weekends and gaps: they count as time held.',
      },
      {
        key: 'maeRMedian',
        label: 'Median excursion against (MAE)',
        unit: 'r',
        formula:
          'median over trades of the furthest the market went against one, in stop distances',
        limit:
          'Whether a nearer stop would have been better: other stops make other trades. Of the bar in which a trade ended only the price that it ended at counts; `novosky trades` counts the quote at the open of that bar, too.',
      },
      {
        key: 'mfeRMedian',
        label: 'Median excursion for (MFE)',
        unit: 'r',
        formula: 'median over trades of the furthest the market went for one, in stop distances',
        limit: 'Whether that price could have been had.',
      },
      {
        key: 'openPositions',
        label: 'Open at the end',
        unit: 'count',
        formula: 'positions that were still open after the last bar',
        limit: 'How they would have ended.',
      },
    ],
  },
  {
    title: 'Risk',
    figures: [
      {
        key: 'drawdownMax',
        label: 'Max drawdown (MaxDD)',
        unit: 'share',
        formula:
          'largest of 1 − equity / highest equity before, open positions marked at the end of each bar',
        limit: 'How deep it was inside a bar; the next one may be deeper than the worst so far.',
      },
      {
        key: 'drawdownMaxAmount',
        label: 'Max drawdown in money',
        unit: 'money',
        formula: 'largest of highest equity before − equity; need not be the same fall',
        limit: 'What share of the account that was at the time.',
      },
      {
        key: 'drawdownLongestMs',
        label: 'Longest drawdown',
        unit: 'duration',
        formula: 'longest time from a peak of equity until it stood there again, or until the end',
        limit: 'When one that is open at the end will be over.',
      },
      {
        key: 'streakWinning',
        label: 'Longest row of wins',
        unit: 'count',
        formula: 'in the order of closing; a trade at exactly 0 ends it',
        limit: 'Any skill: chance alone makes long rows.',
      },
      {
        key: 'streakLosing',
        label: 'Longest row of losses',
        unit: 'count',
        formula: 'in the order of closing; a trade at exactly 0 ends it',
        limit: 'The longest to come: see the shuffled trades.',
      },
      {
        key: 'streakLosingAmount',
        label: 'Costliest row of losses',
        unit: 'money',
        formula: 'largest sum of losses without a win between them',
        limit: 'The largest fall: wins between two rows do not end a drawdown.',
      },
      {
        key: 'exposure',
        label: 'Exposure',
        unit: 'share',
        formula: 'bars with an open position / bars',
        limit: 'How large the positions were.',
      },
    ],
  },
  {
    title: 'Return for risk',
    figures: [
      {
        key: 'sharpe',
        label: 'Sharpe ratio',
        unit: 'ratio',
        formula:
          'mean / standard deviation (n − 1) of daily equity returns × √365; riskless rate 0; every calendar day (UTC) counts',
        limit: 'Anything about fat tails; over few days it is mostly chance.',
      },
      {
        key: 'sharpeDays',
        label: 'Days in it',
        unit: 'days',
        formula: 'n of the Sharpe and Sortino ratios, days without a bar (return 0) included',
        limit: 'How many of them had a trade.',
      },
      {
        key: 'sortino',
        label: 'Sortino ratio',
        unit: 'ratio',
        formula:
          'mean of daily equity returns / root of the mean square of those below 0 (over all days) × √365',
        limit: 'Much where few days lost; none where no day did.',
      },
      {
        key: 'calmar',
        label: 'Calmar ratio',
        unit: 'ratio',
        formula: '((1 + Return)^(365 days / period) − 1) / MaxDD',
        limit: 'Anything over a short period: it takes for granted that the year goes on like it.',
      },
      {
        key: 'recoveryFactor',
        label: 'Recovery factor',
        unit: 'ratio',
        formula: 'net profit / max drawdown in money',
        limit: 'How long it took; it grows with the period.',
      },
      {
        key: 'deflatedSharpe',
        label: 'Deflated Sharpe ratio',
        unit: 'share',
        formula:
          'probability that the true Sharpe ratio is above what the best of N worthless trials would show, given n days, skewness and kurtosis (Bailey and López de Prado, 2014)',
        limit: 'The truth where N leaves out trials that nobody counted.',
      },
    ],
  },
  {
    title: 'Score',
    figures: [
      {
        key: 'scoreWeekly',
        label: 'Score',
        unit: 'score',
        formula:
          'WR × PF × (1 + Return) / √MaxDD, all as shares; PF at most 10, MaxDD at least 0.5 %; 0 under 30 trades',
        limit:
          'Anything between windows of other lengths: it grows with the return, and so with the risk taken.',
      },
      {
        key: 'scoreWeekly37Days',
        label: 'Score at 37 days',
        unit: 'score',
        formula:
          'the Score with (1 + Return)^(37 days / period) in place of 1 + Return: comparable with the published ones',
        limit: 'What 37 days would really have brought.',
      },
      {
        key: 'scorePercent',
        label: 'Score, scale of the sweeps',
        unit: 'score',
        formula:
          'WR × PF / √(MaxDD in percent), same limits: the scale of the published 0.19 to 0.66',
        limit: 'Anything about the return; never compare it with the Score above.',
      },
      {
        key: 'scoreDocs',
        label: 'score_docs',
        unit: 'score',
        formula: 'PF × Sharpe × (1 − MaxDD) × ln(1 + trades), same limits: as once published',
        limit: 'What the published scores say: it fits none of them and is kept for the record.',
      },
    ],
  },
  {
    title: 'Honesty',
    figures: [
      {
        key: 'pathDependent',
        label: 'Trades that depend on the order inside the bar',
        unit: 'share',
        formula: 'trades that end otherwise, or are not there, under the other order / trades',
        limit: 'By how much: that is what the two columns show.',
      },
    ],
  },
];

import { unreachable } from '../../domain/assert.ts';
import { type FigureDefinition, type FigureUnit, figureGroups } from './figure-definitions.ts';
import { tradesMin } from './score.ts';

/** The text of docs/metrics.md: what every figure of a backtest means, and what it does not say. */
export function metricsDocs(): string {
  return [head, ...figureGroups.map(({ title, figures }) => groupDocs(title, figures)), tail].join(
    '\n',
  );
}

const head = `# The figures of a backtest

Generated from \`src/backtest/metrics/figure-definitions.ts\` by its test (\`UPDATE_DOCS=1 npx vitest run
src/backtest/metrics/metrics-docs.test.ts\`). The terminal, the page and the JSON of a backtest show these figures by these
definitions; \`key\` is the name in the JSON.

Every figure is computed twice, over the same bars: once with the order of prices inside each bar that hurts the
position (**pessimistic**), once with the one that helps it (**optimistic**). The pessimistic column is what counts. The other
says how much of the result is guesswork: data of finer bars brings the two together. Each path has its own account, so an entry
that one of them takes may be denied on the other, and now and then the optimistic path ends lower:
the gate (\`novosky walk-forward\`) and the ranks of \`novosky sweep\` go by the worse of the two.

A live account manages its positions between bars, too (parts, breakeven, trailing stops), at whatever its broker quotes when it looks.
Here it looks where the price gets to on its way from the open over both extremes to the close, in twentieths of each leg, as soon as there
is something to do. What hurts an unmanaged position may help a managed one (first up and to breakeven, then down to it, earns less than the
other way round): with management the optimistic column may well be the lower one. The built-in terminals move bar by bar; against them (\`novosky parity\`) positions are managed at bars alone.

Amounts are in the account's own currency and rounded per deal as a broker books them. Equity is settled money plus the open
result at the quote, marked at the end of each bar. Days and months are those of UTC; a bar or a close at midnight belongs to the day that
ends there. Where a figure would divide by nothing it is \`–\`, in the JSON \`null\`.
`;

function groupDocs(title: string, figures: readonly FigureDefinition[]): string {
  const rows = figures.map(
    ({ key, label, unit, formula, limit }) =>
      `| ${[label, `\`${key}\``, unitDocs(unit), formula, limit].map(cell).join(' | ')} |`,
  );
  return [
    `## ${title}`,
    '',
    '| figure | key | unit | how it is computed | what it does not say |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function unitDocs(unit: FigureUnit): string {
  switch (unit) {
    case 'share':
      return 'share of 1';
    case 'money':
      return 'account currency';
    case 'r':
      return 'R';
    case 'duration':
      return 'ms';
    case 'ratio':
    case 'score':
    case 'count':
    case 'days':
      return unit;
    default:
      return unreachable(unit);
  }
}

const tail = `## Warnings

They stand on top of every output.

| warning | when | what it means |
| --- | --- | --- |
| \`in-sample\` | the models were trained on a bar of the period | they know the answers: nothing is forecast |
| \`too-few-trades\` | fewer than ${tradesMin} | too few trades to say; the interval of the win rate shows how little is known. The Score is 0 |
| \`sign-unknown\` | one path earns, the other does not | the data does not tell whether this earns |
| \`path-dependent\` | 5 % of the trades or more | they end otherwise under the other order inside the bar |
| \`short-period\` | fewer than 30 days | ratios per year say nothing |
| \`open-positions\` | not everything was closed at the end | they are in the equity, not among the trades |

## More than one number

- **Months** (\`months\`): change of equity per calendar month, as amount and as share of the equity that it began with; trades that closed in it, and their win rate. Amounts sum to the net profit, returns compound to the return.
- **Distribution of R** (\`rDistribution\`): trades by a quarter of an R from -2 to +4, open at both ends, \`from <= R < to\`; and five quantiles.
- **Splits** (\`bySide\`, \`byCloseType\`, \`byRegime\`, \`bySession\`): trades, win rate, profit factor, mean R and profit per kind. Regime and session are those of the bar that the entry was decided on. *strong-trend*: ADX above 25 and ATR below its 75th percentile; *ranging*: ADX below 20 and ATR below its 40th; *volatile*: ATR from its 75th on; else *choppy*. A kind with few trades says nothing, and of many kinds one always looks good.
- **Shuffled trades** (\`shuffled\`): each trade as the share of the balance that it earned. The same trades in 1,000 other orders (seeded) give the quantiles of the largest drawdown and of the longest row of losses; as many trades drawn anew from the same give those of the return, and how often it is a loss. It sees falls between closes only, and it takes trades as independent, while losses come in clusters: real drawdowns are deeper.
- **Days** (\`days\`): balance, equity and return of every calendar day; a day without a bar stands where the day before ended.

## The deflated Sharpe ratio

\`DSR = Φ((SR − SR₀) √(n − 1) / √(1 − γ₃ SR + (γ₄ − 1)/4 SR²))\`, with SR per day (not annualised), n days, skewness γ₃ and kurtosis γ₄ of the daily
returns. \`SR₀ = √V ((1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e)))\` is what the best of N worthless trials is expected to show; γ is the
Euler–Mascheroni constant and V the variance of the trials' ratios, taken as 1/(n − 1) where it is not known. With N = 1, SR₀ is 0. N is what
\`--trials\` says (default 1): every configuration that was ever tried on the period, those in other people's sweeps included. Source: D. H. Bailey and M. López de Prado, *The
Deflated Sharpe Ratio*, Journal of Portfolio Management 40/5 (2014); its numerical example is a test here.

## The Score

\`WR × PF × (1 + Return) / √MaxDD\` reproduces the product's published weekly scores from April 2026 on, within the rounding of what was published; the scale of
the sweeps reproduces the published 0.60 and 0.19. The two are different quantities. As the weekly Score grows with the return, it prefers larger risk and longer
windows: compare it at 37 days, and only between runs of the same risk.
`;

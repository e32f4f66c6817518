import type { FleetSnapshot } from '../../../src/protocol/fleet.ts';
import { amount } from './format.ts';

type Points = FleetSnapshot['equity'][string];

const width = 320;
const height = 56;
const padding = 3;

/** Equity over market time, with the starting balance as a dashed line where it is in sight. */
export function Sparkline({ points, start }: { points: Points; start: number }) {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) {
    return <div className="h-14 border-y border-line/60" />;
  }
  const equities = points.map(({ equity }) => equity);
  const low = Math.min(...equities, start);
  const high = Math.max(...equities, start);
  const x = (at: number) => ((at - first.at) / (last.at - first.at)) * width;
  const y = (value: number) =>
    high === low ? height / 2 : padding + ((high - value) / (high - low)) * (height - 2 * padding);
  const line = points.map(({ at, equity }) => `${x(at).toFixed(1)},${y(equity).toFixed(1)}`);
  const tone = last.equity >= start ? 'text-gain' : 'text-loss';
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Equity from ${amount(first.equity)} to ${amount(last.equity)}, between ${amount(Math.min(...equities))} and ${amount(Math.max(...equities))}`}
      className={`h-14 w-full border-y border-line/60 ${tone}`}
    >
      <polygon
        points={`0,${height} ${line.join(' ')} ${width},${height}`}
        fill="currentColor"
        opacity="0.08"
      />
      <line
        x1="0"
        x2={width}
        y1={y(start)}
        y2={y(start)}
        className="stroke-edge"
        strokeDasharray="3 4"
        vectorEffect="non-scaling-stroke"
      />
      <polyline
        points={line.join(' ')}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

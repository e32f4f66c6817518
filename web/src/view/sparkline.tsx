import { useId } from 'react';
import type { FleetSnapshot } from '../../../src/protocol/fleet.ts';
import { amount } from './format.ts';

type Points = FleetSnapshot['equity'][string];

const width = 320;
const height = 72;
const padding = 6;

/** Equity over market time, with the starting balance as a dashed line. Green above it, red below. */
export function Sparkline({ points, start }: { points: Points; start: number }) {
  const plot = plotOf(points, start);
  const tone = (points.at(-1)?.equity ?? start) >= start ? 'text-gain' : 'text-loss';
  return (
    <div className={`relative h-18 ${tone}`}>
      {plot && (
        <>
          <svg
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={plot.label}
            className="h-full w-full"
          >
            <Area plot={plot} />
          </svg>
          <span
            aria-hidden="true"
            className="absolute right-0 size-1.5 -translate-y-1/2 rounded-full bg-current"
            style={{ top: `${(plot.endY / height) * 100}%` }}
          />
        </>
      )}
    </div>
  );
}

type Plot = {
  readonly line: string;
  readonly startY: number;
  readonly endY: number;
  readonly label: string;
};

/** Undefined while there is no line to draw. */
function plotOf(points: Points, start: number): Plot | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) return undefined;
  const equities = points.map(({ equity }) => equity);
  const [low, high] = [Math.min(...equities), Math.max(...equities)];
  const [bottom, top] = [Math.min(low, start), Math.max(high, start)];
  const x = (at: number) => ((at - first.at) / (last.at - first.at)) * width;
  const y = (value: number) =>
    padding + ((top - value) / Math.max(top - bottom, 0.01)) * (height - 2 * padding);
  return {
    line: points.map(({ at, equity }) => `${x(at).toFixed(1)},${y(equity).toFixed(1)}`).join(' '),
    startY: y(start),
    endY: y(last.equity),
    label: `Equity from ${amount(first.equity)} to ${amount(last.equity)}, between ${amount(low)} and ${amount(high)}`,
  };
}

function Area({ plot: { line, startY } }: { plot: Plot }) {
  const fill = useId();
  return (
    <>
      <linearGradient id={fill} x1="0" x2="0" y1="0" y2="1">
        <stop offset="0" stopColor="currentColor" stopOpacity="0.22" />
        <stop offset="1" stopColor="currentColor" stopOpacity="0" />
      </linearGradient>
      <polygon points={`0,${height} ${line} ${width},${height}`} fill={`url(#${fill})`} />
      <line
        x1="0"
        x2={width}
        y1={startY}
        y2={startY}
        className="stroke-edge"
        strokeDasharray="2 5"
        vectorEffect="non-scaling-stroke"
      />
      <polyline
        points={line}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </>
  );
}

import type { Trace } from '../domain/bar.ts';
import type { Prediction } from '../domain/prediction.ts';
import type { EpochMs } from '../domain/units.ts';
import type { Clock } from '../runtime/clock.ts';
import type { OrderWatch } from './broker-session.ts';

/** The newest closed bar of a series, until it is decided and nothing of it is under way. */
export type OpenBar = {
  readonly trace: Trace;
  readonly symbol: string;
  readonly closedAt: EpochMs;
  readonly readAt: number;
  /** The read round that it waits for: none that began before the bar was asked for. */
  readonly round: number;
  readonly cancelDeadline: () => void;
  hasRead: boolean;
  prediction: Prediction | Missing | undefined;
  /** When its order was on disk, and when the request had been written to its socket; on `Clock.elapsed`. */
  intentAt: number | undefined;
  wireAt: number | undefined;
};

/** Why there is no prediction of a bar. */
export type Missing = { readonly missing: string };

/** Notes when the order of a bar is on disk and on its wire. */
export function watchOf(bar: OpenBar, clock: Clock): OrderWatch {
  return {
    onDisk: () => {
      bar.intentAt ??= clock.elapsed();
    },
    onWritten: () => {
      bar.wireAt ??= clock.elapsed();
    },
  };
}

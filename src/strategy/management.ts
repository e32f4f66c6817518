import type { StopDistances, StopScaling } from './entry-stops.ts';
import type { PartialCloseRules } from './partial-close.ts';
import type { PositionExitRules } from './position-exit.ts';
import type { TrailingRules } from './trailing.ts';

/** How open positions are managed: what is absent is off. */
export type ManagementRules = {
  readonly partialClose?: PartialCloseRules;
  readonly trailing?: TrailingRules;
  /** Off without a position model, whatever stands here. */
  readonly positionExit?: PositionExitRules;
  readonly stopScaling?: StopScaling;
  readonly primaryExit?: StopDistances;
};

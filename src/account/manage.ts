/** What is done about open positions between entry and exit: partial closes, breakeven and trailing stops. */
import { type Instrument, priceStep } from '../domain/instrument.ts';
import type { BrokerPosition } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import { type EpochMs, type Price, type Steps, steps } from '../domain/units.ts';
import type { ManagementRules } from '../strategy/management.ts';
import { breakevenPrice, isPartialDue, partialVolume } from '../strategy/partial-close.ts';
import { ratchetedStop } from '../strategy/stop-move.ts';
import { decayAgainst, trailingStop } from '../strategy/trailing.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';
import { managementReasons } from './managed-position.ts';
import type { AccountPolicy } from './policy.ts';
import { closePart, listedPositions, moveStops } from './position-calls.ts';
import type { Turn } from './turn.ts';

/** Moves of a stop that the broker may refuse in a row before the next one waits for the next bar. */
const movesMax = 3;
/** Between bars a trailing stop moves in steps of this share of ATR: every move is a call to the broker. */
const trailStepAtr = 0.1;
/** How long the decision about a bar is waited for: the account's actor holds one that takes longer. */
const decideWithinMs = 60_000;

type Action =
  | { readonly type: 'close-part'; readonly leaves: Steps }
  | { readonly type: 'move-stop'; readonly stopLoss: Price; readonly reason: string };

/** Where and when positions are looked at. */
type View = {
  readonly at: EpochMs;
  readonly quotes: Readonly<Record<string, Quote>>;
  readonly isBar: boolean;
};

/** After a bar of `symbol` was decided, with its ATR and momentum. Guards have no say: nothing here opens anything. */
export function manageAtBar(turn: Turn, symbol: string): void {
  managePositions(turn, { isBar: true, isMeant: (position) => position.symbol === symbol });
}

/** After a look at the broker. A bar that has closed is about to be decided, and then knows better. */
export function manageBetweenBars(turn: Turn): void {
  managePositions(turn, {
    isBar: false,
    isMeant: ({ symbol }) => !isBarPending(turn.state, turn.policy, { symbol, at: turn.at }),
  });
}

/** Whether a look between bars, at these quotes, asks for something to be done. */
export function isManagementDue(state: AccountState, read: Pick<View, 'at' | 'quotes'>): boolean {
  const { policy } = state;
  if (!policy?.management) return false;
  return listedPositions(state).some(
    ({ position, listed }) =>
      !isBarPending(state, policy, { symbol: position.symbol, at: read.at }) &&
      actionFor(state, policy, { position, listed }, { ...read, isBar: false }) !== undefined,
  );
}

function managePositions(
  turn: Turn,
  {
    isBar,
    isMeant,
  }: { readonly isBar: boolean; readonly isMeant: (position: TrackedPosition) => boolean },
): void {
  if (!turn.policy.management) return;
  const quotes = turn.state.books?.quotes ?? {};
  for (const each of listedPositions(turn.state)) {
    if (!isMeant(each.position)) continue;
    const action = actionFor(turn.state, turn.policy, each, { at: turn.at, quotes, isBar });
    if (action) act(turn, each.listed, action);
  }
}

function act(turn: Turn, listed: BrokerPosition, action: Action): void {
  if (action.type === 'close-part') {
    closePart(turn, listed, { leaves: action.leaves, reason: managementReasons.partial });
    return;
  }
  const { stopLoss, reason } = action;
  const { takeProfit } = listed;
  moveStops(turn, listed, { stopLoss, ...(takeProfit !== undefined && { takeProfit }), reason });
}

/** A bar of the symbol has closed after the newest decided one, so lately that its decision may still come. */
function isBarPending(
  { decided }: AccountState,
  { barMs }: AccountPolicy,
  { symbol, at }: { readonly symbol: string; readonly at: EpochMs },
): boolean {
  const series = Object.keys(decided).find((each) => each.startsWith(`${symbol}/`));
  const newest = series === undefined ? undefined : decided[series];
  if (newest === undefined) return false;
  const closesAt = newest + 2 * barMs;
  return at >= closesAt && at < closesAt + decideWithinMs;
}

type Listed = { readonly position: TrackedPosition; readonly listed: BrokerPosition };
type Market = { readonly quote: Quote; readonly instrument: Instrument };

/**
 * What is to be done about one position now. Nothing about one that is being closed, that nobody planned, or whose
 * volume at the broker is not what we know of it.
 */
function actionFor(
  state: AccountState,
  policy: AccountPolicy,
  { position, listed }: Listed,
  view: View,
): Action | undefined {
  const { symbol, plan, closing, protecting, volume, closed } = position;
  const quote = view.quotes[symbol];
  const instrument = state.instruments[symbol];
  const { management: rules } = policy;
  const isBusy = closing !== undefined || protecting !== undefined || state.isFlattening;
  if (!rules || !plan || !quote || !instrument || isBusy || policy.mode === 'dry') return undefined;
  if (!listed.isOwned || listed.volume !== volume - closed.volume) return undefined;
  const market = { quote, instrument };
  return partialOf(position, rules, market) ?? moveOf(state, position, { rules, market, view });
}

function partialOf(
  { side, entry, plan, volume, closed, isPartialAsked }: TrackedPosition,
  { partialClose }: ManagementRules,
  { quote, instrument }: Market,
): Action | undefined {
  if (!partialClose || !plan || isPartialAsked || closed.volume > 0) return undefined;
  if (!isPartialDue({ side, entry, atr: plan.atr }, quote, partialClose)) return undefined;
  const part = partialVolume(volume, partialClose, instrument);
  return part > 0 ? { type: 'close-part', leaves: steps(volume - part) } : undefined;
}

type Means = {
  readonly rules: ManagementRules;
  readonly market: Market;
  readonly view: View;
};

/** The first of the moves that are due: a stop that the broker has refused again and again waits for the next bar. */
function moveOf(state: AccountState, position: TrackedPosition, means: Means): Action | undefined {
  const { moves } = position;
  const barMs = state.policy?.barMs ?? 0;
  if (moves && moves.count >= movesMax && means.view.at < moves.at + barMs) return undefined;
  return breakevenOf(position, means) ?? trailOf(state, position, means);
}

function breakevenOf(
  { side, entry, stopLoss: current, closed, isPartialAsked, breakeven }: TrackedPosition,
  { market: { quote, instrument } }: Means,
): Action | undefined {
  if (!isPartialAsked || closed.volume === 0 || breakeven?.isSet) return undefined;
  const wanted = breakevenPrice({ side, entry }, quote);
  const stopLoss = ratchetedStop({ side, current, wanted }, quote, instrument);
  // Nearer to the entry than the broker allows now: breakeven waits.
  const isThere = stopLoss !== undefined && Math.abs(stopLoss - wanted) <= priceStep(instrument);
  return isThere ? { type: 'move-stop', stopLoss, reason: managementReasons.breakeven } : undefined;
}

function trailOf(
  { atrs, momenta }: AccountState,
  { symbol, side, entry, stopLoss: current, plan }: TrackedPosition,
  { rules: { trailing }, market: { quote, instrument }, view }: Means,
): Action | undefined {
  if (!trailing || !plan) return undefined;
  const atr = atrs[symbol] ?? plan.atr;
  const momentum = momenta?.[symbol];
  const decay = momentum ? decayAgainst(side, momentum) : 0;
  const { confidenceNorm } = plan;
  const wanted = trailingStop({ side, entry, atr, confidenceNorm, decay }, quote, trailing);
  if (wanted === undefined) return undefined;
  const moveMin = view.isBar ? 1 : (trailStepAtr * atr) / instrument.point;
  const stopLoss = ratchetedStop({ side, current, wanted }, quote, instrument, moveMin);
  if (stopLoss === undefined) return undefined;
  return { type: 'move-stop', stopLoss, reason: managementReasons.trailing };
}

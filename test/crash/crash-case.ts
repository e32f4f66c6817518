/** One cell of the matrix: an engine is killed at a point, a second one goes on, and the broker is asked what there is. */
import type { AccountFact } from '../../src/account/account-fact.ts';
import { isSettled } from '../../src/account/settled.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../scenarios/process.ts';
import { type BrokerOutcome, faultOf, lateMs } from './broker-outcomes.ts';
import { type Audit, audit, fold } from './crash-audit.ts';
import { type CrashStage, type CrashWorld, openCrashWorld } from './crash-world.ts';
import type { EngineProcess } from './engine-process.ts';
import { isOfClose, type KillPoint } from './kill-points.ts';

export type CrashCase = { readonly point: KillPoint; readonly outcome: BrokerOutcome };

export type CrashResult = CrashCase &
  Audit & {
    /** The newest fact on disk when the process was killed. */
    readonly lastFact: string;
    /** Orders that the journal intended: at the kill, and at the end. */
    readonly intendedBefore: number;
    readonly intended: number;
    readonly wallMs: number;
  };

/** The process went another way, and lives: nothing was shown. */
export class PointPassedByError extends Error {
  override readonly name = 'PointPassedByError';
}

const { signal } = new AbortController();
const flatten = { command: ['flatten'], times: 1 } as const;
/** Signals come on most bars; one of these is bound to be an entry. */
const barsMax = 8;

export async function runCrashCase(stage: CrashStage, each: CrashCase): Promise<CrashResult> {
  const startedAt = systemClock.elapsed();
  const world = await openCrashWorld(stage);
  try {
    const first = world.start(each.point);
    await first.started;
    await eventually('the first look at the account', () => has(world, 'broker-read'));
    const isClose = isOfClose(each.point);
    if (isClose) await untilOpen(world);
    else if (each.point.startsWith('snapshot')) await fillJournal(world, first);
    const fault = faultOf(each.outcome, isClose ? 'close' : 'order');
    if (fault !== undefined) await world.control.inject(fault, signal);
    world.arm();
    if (isClose) await first.order(flatten);
    await untilKilled(world, first, isClose);
    const killedAt = systemClock.elapsed();
    const before = world.facts();

    const second = world.start();
    await second.started;
    if (isClose && !isFlattenKnown(world)) await second.order(flatten);
    await eventually('late calls to act', () => systemClock.elapsed() > killedAt + lateMs + 300);
    await settles(world, second, isClose);
    await nextBar(world, second, isClose);
    const [facts, books] = [world.facts(), await world.books()];
    const found = audit(facts, books);
    return {
      ...{ ...each, ...found },
      naked: world.nakedTickets.size,
      lastFact: before.at(-1)?.type ?? 'none',
      intendedBefore: intentsOf(before),
      intended: intentsOf(facts),
      wallMs: systemClock.elapsed() - startedAt,
    };
  } finally {
    await world.close();
  }
}

/** A person whose word was not taken says it again. */
function isFlattenKnown(world: CrashWorld): boolean {
  return world.facts().some((fact) => fact.type === 'command-given' && fact.command === 'flatten');
}

function intentsOf(facts: readonly AccountFact[]): number {
  return facts.filter(({ type }) => type === 'order-intended').length;
}

/** A snapshot is due after 1,000 facts: with the bar and the intent that come next. */
async function fillJournal(world: CrashWorld, engine: EngineProcess): Promise<void> {
  const command = ['pause', 'resume'] as const;
  const factsEach = 2 * command.length;
  await engine.order({ command, times: Math.floor((998 - world.facts().length) / factsEach) });
}

async function untilOpen(world: CrashWorld): Promise<void> {
  for (let bar = 0; bar < barsMax && !hasOpen(world); bar += 1) await playBar(world);
  await eventually('an open position', () => hasOpen(world));
}

function hasOpen(world: CrashWorld): boolean {
  return Object.keys(fold(world.facts()).positions).length > 0;
}

/** Entries: bar after bar, until one reaches the point. */
async function untilKilled(
  world: CrashWorld,
  engine: EngineProcess,
  isClose: boolean,
): Promise<void> {
  const over = { is: false };
  void engine.ended.then(() => {
    over.is = true;
  });
  for (let bar = 0; bar < barsMax && !isClose && !over.is; bar += 1) {
    await playBar(world, () => over.is);
  }
  try {
    await eventually('the point to be reached', () => over.is, 10_000);
  } catch (cause) {
    throw new PointPassedByError('the point was not on the way', { cause });
  }
  const how = await engine.ended;
  if (how !== 'SIGKILL') throw new Error(`the engine ended with ${how}:\n${engine.output()}`);
}

/** Plays a bar, and waits until all of it is done. */
async function playBar(world: CrashWorld, isOver = () => false): Promise<void> {
  const { step } = await world.control.state(signal);
  const { lastBarTime } = await world.control.advance(step + 1, signal);
  await eventually(`bar ${step + 1} to be done`, () => {
    if (isOver()) return true;
    const state = fold(world.facts());
    return (state.decided['BTCUSD/M15'] ?? 0) >= lastBarTime && isSettled(state);
  });
}

async function settles(world: CrashWorld, engine: EngineProcess, isClose: boolean): Promise<void> {
  try {
    await eventually('both books to be settled and to say the same', async () => {
      const facts = world.facts();
      const state = fold(facts);
      if (state.epoch < 2 || !isSettled(state)) return false;
      if (isClose && Object.keys(state.positions).length > 0) return false;
      return audit(facts, await world.books()).problems.length === 0;
    });
  } catch (cause) {
    const { problems } = audit(world.facts(), await world.books());
    const facts = world
      .facts()
      .slice(-6)
      .map((fact) => JSON.stringify(fact).slice(0, 200));
    throw new Error(
      `not settled: ${problems.join('; ')}\n${facts.join('\n')}\n${engine.output()}`,
      { cause },
    );
  }
}

async function nextBar(world: CrashWorld, engine: EngineProcess, isClose: boolean): Promise<void> {
  await playBar(world);
  await settles(world, engine, isClose);
}

function has(world: CrashWorld, type: AccountFact['type']): boolean {
  return world.facts().some((fact) => fact.type === type);
}

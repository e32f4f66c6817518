import type { ObserverMessage } from '../actors/observer.ts';
import type { ConsoleSource } from '../console/console-source.ts';
import { unreachable } from '../domain/assert.ts';
import { accountId, epochMs } from '../domain/units.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineView, FleetSnapshot } from '../protocol/fleet.ts';
import { applyEvent, emptyFleet } from '../protocol/fleet-view.ts';
import {
  type Command,
  type CommandResult,
  type ConfigValue,
  type ConsoleEvent,
  wholeFleet,
} from '../protocol/message.ts';
import type { Clock } from '../runtime/clock.ts';
import { saidToAccount, saidToFleet } from './said.ts';

/** The fleet as consoles see it: folded from what the engine tells, and the way back for what people say. */
export class Fleet implements ConsoleSource {
  readonly #engine: () => Engine;
  readonly #clock: Clock;
  #fleet: FleetSnapshot;

  constructor(view: EngineView, engine: () => Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    const tree = { id: 'novosky', kind: 'supervisor', status: 'starting' } as const;
    this.#fleet = emptyFleet(view, { ...tree, restarts: 0, epoch: 1, children: [] });
  }

  /** Accounts stand in the order of the configuration, whichever of them spoke first. */
  snapshot(): FleetSnapshot {
    const order = this.#engine().accounts();
    const accounts = this.#fleet.accounts.toSorted(
      (a, b) => order.indexOf(a.id) - order.indexOf(b.id),
    );
    const { order: said } = this.#engine().orders;
    return { ...this.#fleet, ...(said && { order: said }), accounts };
  }

  /** What consoles are told of a message; it is in the snapshot from then on. */
  take(message: ObserverMessage): readonly ConsoleEvent[] {
    const events = this.#eventsOf(message);
    for (const event of events) this.#fleet = applyEvent(this.#fleet, event);
    return events;
  }

  async command({ command, target }: Command): Promise<CommandResult> {
    const engine = this.#engine();
    if (command === 'restart') {
      return resultOf(engine.restart(target, 'a person asked for it'));
    }
    const said = { command, by: 'console' };
    if (target === wholeFleet) return resultOf(saidToFleet(engine, said));
    if (!engine.accounts().includes(target)) {
      return refused(`there is no account ${target}; there are ${engine.accounts().join(', ')}`);
    }
    return resultOf(saidToAccount(engine, accountId(target), said));
  }

  #eventsOf(message: ObserverMessage): readonly ConsoleEvent[] {
    switch (message.type) {
      case 'account-event':
        return [{ type: 'account-event', event: message.event }];
      case 'account-changed':
        return [{ type: 'account-changed', account: message.snapshot }];
      case 'market-time':
        return [{ type: 'market-time', at: message.at }];
      case 'tree-changed':
        return [{ type: 'tree-changed', tree: message.tree }];
      case 'engine-event':
        return this.#engineEventsOf(message);
      default:
        return unreachable(message);
    }
  }

  #engineEventsOf({
    event,
  }: Extract<ObserverMessage, { type: 'engine-event' }>): readonly ConsoleEvent[] {
    if (event.type === 'actor-restarting') {
      const at = epochMs(Math.floor(this.#clock.now()));
      const { actor, reason } = event;
      return [{ type: 'actor-restarted', restart: { actor, reason, at } }];
    }
    if (event.type === 'fleet-ordered') return [event];
    if (event.type === 'account-removed') {
      return [{ type: 'account-left', account: event.account }];
    }
    if (event.type === 'config-changed') {
      const { path: key, from, to } = event;
      return [{ type: 'config-changed', changes: [{ key, from: shown(from), to: shown(to) }] }];
    }
    return [];
  }
}

async function resultOf(work: Promise<void>): Promise<CommandResult> {
  try {
    await work;
    return { ok: true };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function refused(error: string): CommandResult {
  return { ok: false, error };
}

/** A whole section is shown as its text. */
function shown(value: unknown): ConfigValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  return value === undefined || value === null ? null : JSON.stringify(value);
}

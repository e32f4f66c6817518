import type { StepLatency } from '../actors/market-time.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import type { AccountId } from '../domain/units.ts';
import type { ActorRef } from '../runtime/actor.ts';
import type { ChildSpec } from '../runtime/child-spec.ts';
import type { Clock } from '../runtime/clock.ts';
import type { EngineHost } from './engine-host.ts';
import type { RunPlan } from './run-plan.ts';

export type EngineOptions = {
  readonly plan: RunPlan;
  readonly clock: Clock;
  /** Default: threads of this process, terminals over HTTP. */
  readonly host?: EngineHost;
  /** Supervised last: they may die at any time. */
  readonly edges: readonly Edge[];
  /** Told everything, synchronously. Must not throw. */
  readonly observe: (message: ObserverMessage) => void;
  readonly onLatency: (latency: StepLatency) => void;
  readonly onRestart: (restart: { readonly actor: string; readonly reason: string }) => void;
  /** A replay has come to its end. */
  readonly onFinished: () => void;
  /** An account is not restarted any more; `left` of them still run. */
  readonly onAccountGivenUp?: (account: AccountId, left: number) => void;
};

/** Something at the rim: a supervised child that is told what happens, or only lives there. */
export type Edge = { readonly child: ChildSpec; readonly ref?: ActorRef<ObserverMessage> };

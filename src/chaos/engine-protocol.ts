/** What is said between the world and the engine in its process. */
import type { EngineEvent } from '../actors/observer.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import type { EpochMs } from '../domain/units.ts';
import type { Harm } from '../runtime/harm.ts';

/** A terminal that is served outside the engine. */
export type OuterTerminal = {
  readonly key: string;
  readonly url: string;
  readonly token: string;
  readonly controlUrl: string;
  readonly controlToken: string;
};

export type EngineSettings = {
  readonly configFolder: string;
  readonly stateFolder: string;
  readonly modelsFolder: string;
  readonly symbol: string;
  readonly from: EpochMs | undefined;
  readonly bars: number | undefined;
  readonly seed: number;
  readonly consolePort: number;
  readonly terminals: readonly OuterTerminal[];
};

export type Deed =
  | { readonly type: 'crash'; readonly actor: string }
  | { readonly type: 'end-thread'; readonly thread: string }
  | {
      readonly type: 'harm';
      readonly host: string;
      readonly way: Harm;
      readonly resident?: string;
    };

export type ToEngine =
  | { readonly type: 'start'; readonly settings: EngineSettings }
  | { readonly type: 'do'; readonly number: number; readonly deed: Deed };

export type FromEngine =
  | { readonly type: 'done'; readonly number: number; readonly error?: string }
  | { readonly type: 'account-changed'; readonly snapshot: AccountSnapshot }
  | { readonly type: 'engine-event'; readonly event: EngineEvent }
  /** Account -> the thread or process that it lives in. */
  | { readonly type: 'hosts'; readonly hosts: ReadonlyMap<string, string> };

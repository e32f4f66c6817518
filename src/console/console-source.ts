import type { FleetSnapshot } from '../protocol/fleet.ts';
import type { Command, CommandResult } from '../protocol/message.ts';

/** The engine as the console sees it. */
export type ConsoleSource = {
  /** The fleet now. Holds every event that was published before the call. Cheap, synchronous. */
  snapshot(): FleetSnapshot;
  /** Does what a person said. A target that does not exist is a result with the ones that do, not an exception. */
  command(command: Command): Promise<CommandResult>;
};

/** What the console tells the log, once each, where the fact is known. Never a token. */
export type ConsoleLogEvent =
  | { readonly type: 'console-listening'; readonly host: string; readonly port: number }
  | {
      readonly type: 'console-client-joined';
      readonly address: string;
      readonly clients: number;
    }
  | {
      readonly type: 'console-client-left';
      readonly address: string;
      readonly clients: number;
      readonly code: number;
    }
  | {
      readonly type: 'console-login-refused';
      readonly address: string;
      readonly reason: string;
    }
  | {
      readonly type: 'console-command';
      readonly address: string;
      readonly command: Command['command'];
      readonly target: string;
      readonly ok: boolean;
      readonly error?: string;
      readonly tookMs: number;
    }
  | { readonly type: 'console-failed'; readonly cause: unknown };

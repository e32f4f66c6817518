import { UsageError } from '../config/usage-error.ts';
import { SupervisorFailedError } from '../runtime/supervisor-errors.ts';

/** Start errors that a person can mend: their sentence is enough, a stack would only hide it. */
const mendable = new Set([
  'AccountOwnedError',
  'BooksInUseError',
  'ForeignBooksError',
  'JournalCorruptError',
  'JournalUnavailableError',
  'ModelRejectedError',
  'NewerSchemaError',
  'PortInUseError',
  'ReplayRangeError',
  'SqliteUnavailableError',
  'UnknownMarketError',
]);

/** The reason why the tree did not come up: a `UsageError` where a person can mend it. */
export function startFailure(error: unknown): unknown {
  if (!(error instanceof SupervisorFailedError)) return error;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (mendable.has(cause.name)) return new UsageError(cause.message, { cause: error });
  }
  return error;
}

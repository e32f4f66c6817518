import { NewerSchemaError } from '../../sqlite/migrate.ts';

/** The journal cannot be opened or written: folder, rights, disk. */
export class JournalUnavailableError extends Error {
  override readonly name = 'JournalUnavailableError';
}

/** The file is no journal, or no longer one. */
export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError';
}

/** What a failure of SQLite means for the journal at `path`, with the next step. */
export function journalError(path: string, cause: unknown): Error {
  if (cause instanceof JournalCorruptError || cause instanceof JournalUnavailableError) {
    return cause;
  }
  if (cause instanceof NewerSchemaError) {
    return new JournalUnavailableError(`${cause.message}: run the newer version`, { cause });
  }
  const code = codeOf(cause);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    const next = 'keep the file for inspection and restore the newest backup of the state folder';
    return new JournalCorruptError(`the journal ${path} is damaged: ${next}`, { cause });
  }
  if (code.startsWith('SQLITE_FULL') || code.startsWith('SQLITE_IOERR')) {
    const next = 'free space or check the disk, then start again';
    return new JournalUnavailableError(`the journal ${path} cannot be written: ${next}`, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const next = 'the state folder must exist and be writable by this user';
  return new JournalUnavailableError(`the journal ${path} cannot be opened (${reason}): ${next}`, {
    cause,
  });
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  return typeof code === 'string' ? code : '';
}

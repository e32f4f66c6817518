import { promisify } from 'node:util';
import { constants, gunzip } from 'node:zlib';
import { BarFileError } from './bar-file-error.ts';

const unzip = promisify(gunzip);
const outputBytesMax = 2 ** 30;
const lineFeed = 10;

/**
 * What a gzip'd file holds. Throws `BarFileError` when it is damaged, or ends too early: then with the last line that
 * came through whole.
 */
export async function inflate(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  try {
    return await unzip(bytes, { maxOutputLength: outputBytesMax });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'Z_BUF_ERROR') {
      const reason = `is no gzip file that can be read (${(cause as Error).message})`;
      throw new BarFileError(file, { cause }, reason);
    }
    const whole = await unzip(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    const line = wholeLines(whole);
    throw new BarFileError(
      file,
      { line, cause },
      `gzip ends too early: line ${line} is the last whole one`,
    );
  }
}

function wholeLines(bytes: Uint8Array): number {
  let lines = 0;
  for (const byte of bytes) if (byte === lineFeed) lines++;
  return lines;
}

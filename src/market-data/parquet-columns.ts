import { parquetRead } from 'hyparquet';

/** The top-level columns of a Parquet file, whole, by name. 64-bit integers are bigint, timestamps are Date. */
export async function readColumns(bytes: Uint8Array): Promise<ReadonlyMap<string, unknown[]>> {
  const columns = new Map<string, unknown[]>();
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  await parquetRead({
    file: buffer as ArrayBuffer,
    onChunk: ({ columnName, columnData, rowStart }) => {
      const column = columns.get(columnName) ?? [];
      columns.set(columnName, column);
      for (let i = 0; i < columnData.length; i++) column[rowStart + i] = columnData[i];
    },
  });
  return columns;
}

type CsvValue = string | number | boolean | null;

/** One record after RFC 4180, without its line end: what holds a comma, a quote or a line end is quoted. */
export function csvRecord(values: readonly CsvValue[]): string {
  return values.map(csvField).join(',');
}

/** Numbers keep all their digits; nothing stands for null. */
function csvField(value: CsvValue): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

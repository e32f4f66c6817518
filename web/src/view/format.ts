const cents = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const plain = new Intl.NumberFormat('en-US', { maximumFractionDigits: 5 });
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 98,214.50 */
export function amount(value: number): string {
  return Number.isFinite(value) ? minus(cents.format(value)) : '–';
}

/** +41.18, −12.00, 0.00: with its sign, for results. */
export function result(value: number): string {
  return value > 0 ? `+${amount(value)}` : amount(value);
}

/** 0.12, 98,214.5, 3: with the digits that it has. */
export function figure(value: number): string {
  return Number.isFinite(value) ? minus(plain.format(value)) : '–';
}

/** A share of a whole, with its sign: +0.41 %. */
export function signedPercent(share: number): string {
  return `${result(share * 100)} %`;
}

/** A probability: 58 %. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : '–';
}

/** 09:15, UTC. */
export function timeOfDay(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

/** 03 Jan 2025, UTC. */
export function day(at: number): string {
  const date = new Date(at);
  return `${dayAndMonth(at)} ${date.getUTCFullYear()}`;
}

/** 03 Jan 09:15, UTC. */
export function moment(at: number): string {
  return `${dayAndMonth(at)} ${timeOfDay(at)}`;
}

function dayAndMonth(at: number): string {
  const date = new Date(at);
  return `${String(date.getUTCDate()).padStart(2, '0')} ${months[date.getUTCMonth()]}`;
}

/** The minus of typography is as wide as the plus. */
function minus(text: string): string {
  return text.replace('-', '\u2212');
}

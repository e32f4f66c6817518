/** Text that is HTML already: only `markup` makes it, and what went into it was escaped. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | undefined | false | Markup | readonly Markup[];

/** HTML in which everything that is filled in is escaped, unless it is HTML of this kind itself. */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const filled = parts.map((part, index) => `${textOf(part)}${pieces[index + 1]}`);
  return new Markup(`${pieces[0]}${filled.join('')}`);
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return escaped(String(part));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

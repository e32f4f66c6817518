import type { Config } from '../config/config.ts';
import type { ConfigChange } from '../config/diff-config.ts';

/** One sentence for each account that a change of the configuration is in force for, with old and new values. */
export function noticesOf(
  changes: readonly ConfigChange[],
  { accounts, files }: Config,
): readonly { readonly account: string; readonly text: string }[] {
  const inForce = changes.filter(({ isHot, path }) => isHot && !isWholeAccount(path));
  return Object.values(accounts).flatMap(({ id, isEnabled }) => {
    const own = files['accounts.json'].accounts[id];
    const concerns = ({ file, path, account }: ConfigChange) => {
      if (file === 'accounts.json') return account === id;
      return !Object.hasOwn(own?.overrides ?? {}, path) && !isNarrowed(own, path);
    };
    const mine = inForce.filter(concerns);
    if (!isEnabled || mine.length === 0) return [];
    return [{ account: id, text: mine.map(changeText).join(', ') }];
  });
}

/** It has joined or left, and says so itself. */
function isWholeAccount(path: string): boolean {
  const [section, , key] = path.split('.');
  return section === 'accounts' && (key === undefined || key === 'enabled');
}

/** The account says its own. */
function isNarrowed(
  own: Config['files']['accounts.json']['accounts'][string] | undefined,
  path: string,
) {
  return path === 'risk_percent' && own?.risk_pct !== undefined;
}

function changeText({ path, account, from, to, why }: ConfigChange): string {
  const key = account === undefined ? path : path.split('.').slice(2).join('.');
  const condition = why === undefined ? '' : ` (${why})`;
  return `${key} ${valueText(from)} -> ${valueText(to)}${condition}`;
}

function valueText(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

const orders = ['pause', 'reduce', 'resume', 'flatten', 'halt', 'kill', 'revive'] as const;

/** What a person may tell an account, or the whole fleet. */
export type ChatOrder = (typeof orders)[number];

const names = [...orders, 'status', 'confirm', 'help'] as const;

/** As the roadmap calls it. */
const alias: Readonly<Record<string, ChatOrder>> = { closeall: 'flatten' };

/** What a person asks of a bot: `/pause exness_main`. */
export type ChatCommand = {
  readonly name: (typeof names)[number] | 'unknown';
  /** The one account that it is for, or `fleetWord`; undefined: all of the chat. */
  readonly account?: string;
  /** The bot that it is addressed to (`/pause@our_bot`), in lower case, where several sit in one chat. */
  readonly bot?: string;
};

/** In the place of an account: what is said holds for the whole fleet, those that join later included. */
export const fleetWord = 'fleet';

export const helpText = [
  '/status: state, equity, open positions, last decision',
  '/pause: no new entries; open positions stay managed',
  '/reduce: the same, until a person has looked',
  '/resume: entries again',
  '/flatten: closes every position of ours at the market and pauses',
  '/halt: no new entries until it is revived',
  '/kill: closes every position of ours at the market and halts',
  '/revive: a halted account trades again',
  'The last four ask for /confirm first',
  `All accept the name of one account: /pause exness_main, or the fleet, also for those that join later: /pause ${fleetWord}`,
].join('\n');

/** Undefined when the text is no command. */
export function parseChatCommand(text: string): ChatCommand | undefined {
  const found = /^\/([A-Za-z_]+)(?:@(\w+))?(?:\s+(.*))?$/s.exec(text.trim());
  if (found === null) return undefined;
  const [, typed = '', bot, rest = ''] = found;
  const [account, ...more] = rest.split(/\s+/).filter((word) => word !== '');
  const word = typed.toLowerCase();
  const known = alias[word] ?? names.find((name) => name === word);
  const name = more.length > 0 ? 'unknown' : (known ?? 'unknown');
  return {
    name,
    ...(bot === undefined ? {} : { bot: bot.toLowerCase() }),
    ...(account === undefined ? {} : { account }),
  };
}

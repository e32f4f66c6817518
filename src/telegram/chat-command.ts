const names = ['status', 'pause', 'resume', 'halt', 'confirm', 'help'] as const;

/** What a person asks of a bot: `/pause exness_main`. */
export type ChatCommand = {
  readonly name: (typeof names)[number] | 'unknown';
  /** The one account that it is for; undefined: all of the chat. */
  readonly account?: string;
  /** The bot that it is addressed to (`/pause@our_bot`), in lower case, where several sit in one chat. */
  readonly bot?: string;
};

export const helpText = [
  '/status: state, equity, open positions, last decision',
  '/pause: no new entries; open positions stay managed',
  '/resume: entries again',
  '/halt: no new entries until somebody revives it at the engine; asks for /confirm first',
  'All accept the name of one account: /pause exness_main',
].join('\n');

/** Undefined when the text is no command. */
export function parseChatCommand(text: string): ChatCommand | undefined {
  const found = /^\/([A-Za-z_]+)(?:@(\w+))?(?:\s+(.*))?$/s.exec(text.trim());
  if (found === null) return undefined;
  const [, typed = '', bot, rest = ''] = found;
  const [account, ...more] = rest.split(/\s+/).filter((word) => word !== '');
  const known = names.find((name) => name === typed.toLowerCase());
  const name = more.length > 0 ? 'unknown' : (known ?? 'unknown');
  return {
    name,
    ...(bot === undefined ? {} : { bot: bot.toLowerCase() }),
    ...(account === undefined ? {} : { account }),
  };
}

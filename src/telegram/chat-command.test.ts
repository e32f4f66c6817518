import { describe, expect, test } from 'vitest';
import { parseChatCommand } from './chat-command.ts';

describe('a chat command', () => {
  test.each([
    ['/status', { name: 'status' }],
    ['  /PAUSE  ', { name: 'pause' }],
    ['/pause exness_main', { name: 'pause', account: 'exness_main' }],
    ['/resume@Our_Bot exness_main', { name: 'resume', bot: 'our_bot', account: 'exness_main' }],
    ['/halt exness_main', { name: 'halt', account: 'exness_main' }],
    ['/confirm', { name: 'confirm' }],
    ['/closeall', { name: 'flatten' }],
    ['/kill fleet', { name: 'kill', account: 'fleet' }],
    ['/buy', { name: 'unknown' }],
    ['/pause all of them', { name: 'unknown', account: 'all' }],
    ['/pause\n/resume now', { name: 'unknown', account: '/resume' }],
  ])('is read from %j', (text, command) => expect(parseChatCommand(text)).toEqual(command));

  test.each(['', 'pause', 'please /pause', '/'])('is not seen in %j', (text) =>
    expect(parseChatCommand(text)).toBeUndefined(),
  );
});

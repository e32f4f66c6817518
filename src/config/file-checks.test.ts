import { describe, test } from 'vitest';
import {
  aSimulator,
  expectRefusal,
  onRealTerminal,
  type Refusal,
} from '../../test/config-folder.ts';

const refusals: readonly Refusal[] = [
  [
    'a terminal of no kind',
    { terminals: { 'terminal-one': { ...aSimulator, kind: 'mt4' } } },
    'terminals.json terminal-one.kind',
    'must be "mt5" or "simulator"',
    'did you mean "mt5"?',
  ],
  [
    'a terminal of a kind that is not built',
    { terminals: { 'terminal-one': { kind: 'hyperliquid' } } },
    'terminals.json terminal-one.kind',
    'not built yet',
  ],
  [
    'a missing terminal token',
    onRealTerminal({ mode: 'live' }, { token_env: 'NO_TOKEN' }),
    'terminals.json terminal-one.token_env',
    'NO_TOKEN is not set',
  ],
  [
    'a terminal token in the file',
    onRealTerminal({ mode: 'live' }, { token: 'abc' }),
    'terminals.json terminal-one.token',
    'not a key',
    'token_env',
  ],
  [
    'a password in an address',
    onRealTerminal({ mode: 'live' }, { url: 'http://me:pw@host' }),
    'terminals.json terminal-one.url',
    'without user, password, query and fragment, was a text of 17 characters',
  ],
  [
    'a terminal without symbols',
    { terminals: { 'terminal-one': { ...aSimulator, symbols: {} } } },
    'terminals.json terminal-one.symbols',
    'at least one symbol',
  ],
  [
    'data that are not there',
    { terminals: { 'terminal-one': { ...aSimulator, simulator: { source: 'no.csv' } } } },
    'terminals.json terminal-one.simulator.source',
    'there is no file',
  ],
  [
    'settings for a simulator elsewhere',
    {
      terminals: {
        'terminal-one': { ...aSimulator, url: 'http://host', token_env: 'TERMINAL_TOKEN' },
      },
    },
    'terminals.json terminal-one.simulator',
    'settings of its own',
  ],
  [
    'a simulator elsewhere without a token',
    { terminals: { 'terminal-one': { ...aSimulator, simulator: undefined, url: 'http://host' } } },
    'terminals.json terminal-one.token_env',
    'is missing',
  ],
  [
    'a token for a built-in simulator',
    { terminals: { 'terminal-one': { ...aSimulator, token_env: 'TERMINAL_TOKEN' } } },
    'terminals.json terminal-one.token_env',
    'no "url"',
  ],
  [
    'a section that has moved',
    { config: { dynamic_position_sizing: { risk_percent: 3 } } },
    'config.json dynamic_position_sizing.risk_percent',
    'not a key',
    '`risk_percent`, at the top',
  ],
  [
    'the former place of the confidence',
    { config: { prediction: { confidence_threshold: 0.6 } } },
    'config.json prediction.confidence_threshold',
    'not a key',
    '`min_confidence`',
  ],
  [
    'the former place of the breaker',
    { config: { max_consecutive_losses: 5 } },
    'config.json max_consecutive_losses',
    'not a key',
    'circuit_breaker.max_consecutive_losses',
  ],
  [
    'another cooldown of the breaker than the day',
    { config: { circuit_breaker: { cooldown: 'week' } } },
    'config.json circuit_breaker.cooldown',
    '"day"',
  ],
  [
    'a key one level too high',
    { config: { sl_atr_multiplier: 1 } },
    'config.json sl_atr_multiplier',
    'not a key',
    'dynamic_sltp.sl_atr_multiplier',
  ],
  [
    'a fraction of a vote',
    { config: { min_votes: 1.5 } },
    'config.json min_votes',
    'a whole number, was 1.5',
  ],
  [
    'a way to stop that there is not',
    { config: { shutdown: 'drai' } },
    'config.json shutdown',
    'must be "close" or "drain", was "drai"',
    'did you mean "drain"?',
  ],
  [
    'a place for the models that there is not',
    { config: { inference_isolation: 'main' } },
    'config.json inference_isolation',
    'must be "thread" or "process", was "main"',
  ],
  [
    'a guard around events that nobody knows',
    { config: { news_block_minutes: 30 } },
    'config.json news_block_minutes',
    'no file of events is given',
    'news_filter.events_file',
  ],
  [
    'a file of events that is not there',
    { config: { news_block_minutes: 30, news_filter: { events_file: 'none.json' } } },
    'config.json news_filter.events_file',
    'cannot be read',
  ],
  [
    'a time zone that there is not',
    { config: { local_tz: 'Mars/Olympus' } },
    'config.json local_tz',
    'must be a time zone',
  ],
  [
    'a cap of groups that there are not',
    { config: { correlation: { max_group_risk: 100 } } },
    'config.json correlation.max_group_risk',
    'has none',
  ],
  [
    'a symbol that stands twice in a group',
    { config: { correlation: { groups: { crypto: ['BTCUSD', '-BTCUSD'] } } } },
    'config.json correlation.groups.crypto',
    'names BTCUSD twice',
  ],
  [
    'a source that is no terminal',
    { config: { signal_sources: { BTCUSD: ['elsewhere'] } } },
    'config.json signal_sources.BTCUSD.0',
    'not a terminal',
    'terminal-one',
  ],
  [
    'a source without the symbol',
    { config: { signal_sources: { XAUUSD: ['terminal-one'] } } },
    'config.json signal_sources.XAUUSD.0',
    'does not have the symbol',
  ],
  [
    'a symbol without a grid',
    { terminals: { 'terminal-one': { ...aSimulator, symbols: { ETHUSD: 'ETHUSD' } } } },
    'ml_config.json features.round_step.ETHUSD',
    'is missing',
  ],
  [
    'a label multiplier of its own',
    { ml: { labels: { atr_sl_mult: 2 } } },
    'ml_config.json labels.atr_sl_mult',
    'not a key',
    'the same as in live',
  ],
  [
    'a file that is no JSON',
    { config: '{\n  "min_votes": 2,\n}' },
    'config.json',
    'line 3, column 1',
  ],
  [
    'a key written twice',
    { config: '{ "min_votes": 2, "min_votes": 3 }' },
    'config.json',
    'the key "min_votes" is written twice',
  ],
  ['a file that is a list', { config: [] }, 'config.json', 'must be an object'],
];

describe('terminals.json, config.json and ml_config.json', () => {
  test.each(refusals)('%s is refused', (_name, files, place, problem, hint) => {
    expectRefusal({ files, place, problem, hint });
  });
});

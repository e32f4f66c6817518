/** The doctor on the configuration: whether it is valid, who trades how, and what of it points outside. */
import type { AccountConfig, Config } from '../../config/config.ts';
import { environment } from '../../config/environment.ts';
import { loadConfig } from '../../config/load-config.ts';
import { ConfigError, type ConfigMistake } from '../../config/mistake.ts';
import { UsageError } from '../../config/usage-error.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { within } from '../../runtime/deadline.ts';
import { BotApiError, connectBot } from '../../telegram/bot-api.ts';
import { newsCoverage } from '../news-coverage.ts';
import { assertPortFree } from '../port-free.ts';
import { about, type DoctorFinding, fail, pass, warn } from './doctor-finding.ts';

const configuration = about('configuration');

export type LoadedConfig = {
  readonly findings: readonly DoctorFinding[];
  /** Undefined: nothing of it is usable. */
  readonly config: Config | undefined;
  /** Whether it is what the engine would run with: else addresses and tokens are not in it. */
  readonly isWhole: boolean;
};

/** Every mistake is a finding. What is right but for secrets and addresses is gone on with, without them. */
export function loadForDoctor(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  const whole = tried(() => loadConfig(folder, env));
  if ('config' in whole) {
    const findings = [configuration('files', pass(whole.config.folder))];
    return { findings, config: whole.config, isWhole: true };
  }
  const part = tried(() => loadConfig(folder, env, { replay: true }));
  return {
    findings: whole.mistakes.map(mistakeFinding),
    config: 'config' in part ? part.config : undefined,
    isWhole: false,
  };
}

function tried(
  load: () => Config,
): { readonly config: Config } | { readonly mistakes: readonly ConfigMistake[] } {
  try {
    return { config: load() };
  } catch (error) {
    if (error instanceof ConfigError) return { mistakes: error.mistakes };
    throw error;
  }
}

function mistakeFinding({ file, line, path, problem, hint }: ConfigMistake): DoctorFinding {
  const place = line === undefined ? file : `${file}:${line}`;
  const next = hint ?? `correct ${path === '' ? place : `${path} in ${place}`}`;
  return configuration(place, fail(`${path === '' ? '' : `${path}: `}${problem}`, next));
}

export async function configFindings(
  config: Config,
  isEngineRunning: boolean,
): Promise<readonly DoctorFinding[]> {
  const enabled = Object.values(config.accounts).filter(({ isEnabled }) => isEnabled);
  return [
    enabled.length === 0
      ? configuration(
          'accounts',
          fail('none is enabled', 'set "enabled": true on one of accounts.json'),
        )
      : configuration(
          'accounts',
          pass(enabled.map(({ id, mode }) => `${id} (${mode})`).join(', ')),
        ),
    await consoleFinding(config, isEngineRunning),
    ...enabled.map(dayFinding),
  ];
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

async function consoleFinding(
  { console: { host, port } }: Config,
  isEngineRunning: boolean,
): Promise<DoctorFinding> {
  const place = `${host}:${port}`;
  if (!loopback.has(host)) {
    return configuration(
      'console',
      warn(
        `${place} is reachable from other hosts, without encryption`,
        'set console.host to 127.0.0.1 and reach it through a tunnel',
      ),
    );
  }
  if (isEngineRunning) return configuration('console', pass(`${place}, an engine runs`));
  try {
    await assertPortFree(host, port);
    return configuration('console', pass(`${place} is free`));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const next = 'choose another console.port in config.json, or end what listens there';
    return configuration('console', fail(`${place} is taken`, next));
  }
}

/** Nothing where no entry waits for events. */
export function newsFindings(config: Config, now: number): readonly DoctorFinding[] {
  const news = newsCoverage(config, now);
  if (news === undefined) return [];
  const next = 'bring the file that news_filter.events_file names up to date, and restart';
  return [configuration('news', news.isCovered ? pass(news.text) : warn(news.text, next))];
}

/** When the guards of the day begin anew: by the configured zone, the host's own plays no part. */
function dayFinding({ id, localTz, localTzOffsetHours }: AccountConfig): DoctorFinding {
  const sign = localTzOffsetHours < 0 ? '-' : '+';
  const zone = localTz ?? `UTC${sign}${Math.abs(localTzOffsetHours)}`;
  const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return about(id)('day', pass(`begins at midnight of ${zone} (this host: ${hostZone})`));
}

/** Asked only where a chat is configured: whether the token opens a bot. It is never printed. */
export async function telegramFindings(
  config: Config,
  clock: Clock = systemClock,
  apiRoot = environment['NOVOSKY_TELEGRAM_API'],
): Promise<readonly DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for (const { id, telegram, isEnabled } of Object.values(config.accounts)) {
    if (telegram === undefined || !isEnabled) continue;
    const bot = connectBot({
      token: telegram.token,
      clock,
      ...(apiRoot !== undefined && { apiRoot }),
    });
    findings.push(await botFinding(id, () => within(10_000, clock, undefined, bot.username)));
  }
  return findings;
}

async function botFinding(id: string, ask: () => Promise<string>): Promise<DoctorFinding> {
  try {
    return about(id)('telegram', pass(`@${await ask()}`));
  } catch (error) {
    const { message } = error as Error;
    const isRefused = error instanceof BotApiError && error.isFinal;
    const next = isRefused
      ? 'put the token that BotFather gave into the variable that telegram.token_env names'
      : 'alerts of this account do not leave the host until Telegram can be reached';
    return about(id)('telegram', isRefused ? fail(message, next) : warn(message, next));
  }
}

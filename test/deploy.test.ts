import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shutdownLimitsMs } from '../src/cli/shutdown.ts';

const folder = join(import.meta.dirname, '..', 'deploy');
const { scripts } = JSON.parse(readFileSync(join(folder, '..', 'package.json'), 'utf8')) as {
  readonly scripts: { readonly start: string };
};
const orderlyStopMs = Object.values(shutdownLimitsMs).reduce((sum, each) => sum + each, 0);

describe('the orderly stop', () => {
  test('takes 15 s at most', () => expect(orderlyStopMs).toBeLessThanOrEqual(15_000));
});

/** Node's flags of a command. */
const flagsOf = (command = '') => /node((?: --\S+)*) /.exec(command)?.[1]?.trim();

describe('npm start', () => {
  test('gives V8 one helper thread', () => {
    expect(flagsOf(scripts.start)).toBe('--enable-source-maps --v8-pool-size=1');
  });
});

describe('the systemd unit', () => {
  const unit = readFileSync(join(folder, 'novosky.service'), 'utf8');
  const settings = new Map(
    unit.split('\n').flatMap((line) => {
      const found = /^([A-Za-z]+)=(.*)$/.exec(line);
      return found ? [[found[1], found[2]] as const] : [];
    }),
  );

  test('runs Node as npm start does', () => {
    expect(flagsOf(settings.get('ExecStart'))).toBe(flagsOf(scripts.start));
  });

  test('starts the engine again after a crash, and not after exit code 2 or 99', () => {
    expect(settings.get('Restart')).toBe('always');
    expect(settings.get('RestartPreventExitStatus')).toBe('2 99');
  });

  test('leaves an orderly stop its time, and says what a drain needs', () => {
    expect(Number(settings.get('TimeoutStopSec')) * 1_000).toBeGreaterThan(orderlyStopMs);
    expect(unit).toContain('TimeoutStopSec=infinity');
  });

  test('stops the engine through its own process, not through its children', () => {
    expect(settings.get('KillMode')).toBe('mixed');
  });
});

describe('the pm2 file', () => {
  type Ecosystem = {
    readonly apps: readonly {
      readonly node_args: string;
      readonly stop_exit_codes: number[];
      readonly kill_timeout: number;
    }[];
  };
  const { apps } = createRequire(import.meta.url)(
    join(folder, 'ecosystem.config.cjs'),
  ) as Ecosystem;

  test('runs Node as npm start does', () => {
    expect(apps[0]?.node_args).toBe(flagsOf(scripts.start));
  });

  test('leaves the engine alone after exit code 2 or 99, and an orderly stop its time', () => {
    expect(apps).toHaveLength(1);
    expect(apps[0]?.stop_exit_codes).toEqual([2, 99]);
    expect(apps[0]?.kill_timeout).toBeGreaterThan(orderlyStopMs);
  });
});

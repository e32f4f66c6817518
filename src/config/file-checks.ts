import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigSurroundings } from './config.ts';
import { enabledAccounts, type LooseFiles, type LooseTerminal, symbolsOf } from './loose-files.ts';
import { managementFindings } from './management-checks.ts';
import type { ConfigMistake } from './mistake.ts';
import { regimeWeightFindings } from './regime-weights.ts';

/** What terminals.json, config.json and ml_config.json get wrong in the light of the accounts and the environment. */
export function fileMistakes(files: LooseFiles, around: ConfigSurroundings): ConfigMistake[] {
  return [
    ...(around.isReplay ? [] : terminalMistakes(files, around)),
    ...sourceMistakes(files),
    ...roundStepMistakes(files),
    ...tradingMistakes(files),
  ];
}

function tradingMistakes({ trading }: LooseFiles): ConfigMistake[] {
  if (trading === undefined) return [];
  const findings = [
    ...managementFindings(trading.ml_active_management),
    ...regimeWeightFindings(trading.regime_weights),
  ];
  return findings.map((finding) => ({ file: 'config.json', ...finding }));
}

function terminalMistakes(files: LooseFiles, around: ConfigSurroundings): ConfigMistake[] {
  const used = usedTerminals(files);
  return [...(files.terminals ?? [])].flatMap(([key, terminal]) => [
    ...dataFileMistakes(key, terminal, around.folder),
    ...(used.has(key) ? tokenMistakes(key, terminal, around.env) : []),
  ]);
}

function usedTerminals(files: LooseFiles): ReadonlySet<string> {
  const traded = enabledAccounts(files).map(([, account]) => account.terminal_key ?? '');
  return new Set([...traded, ...Object.values(files.signalSources ?? {}).flat()]);
}

function tokenMistakes(
  key: string,
  terminal: LooseTerminal,
  env: ConfigSurroundings['env'],
): ConfigMistake[] {
  const names = ['token_env', 'control_token_env'] as const;
  return names.flatMap((field) => {
    const name = terminal[field];
    if (name === undefined || env[name]) return [];
    const problem = `the environment variable ${name} is not set`;
    const hint = `set it to the token of the terminal "${key}" before the start`;
    return [{ file: 'terminals.json', path: `${key}.${field}`, problem, hint }];
  });
}

function dataFileMistakes(key: string, terminal: LooseTerminal, folder: string): ConfigMistake[] {
  const source = terminal.url === undefined ? terminal.simulator?.source : undefined;
  if (source === undefined || source === 'generator') return [];
  const place = { file: 'terminals.json', path: `${key}.simulator.source` };
  const file = resolve(folder, source);
  if (!existsSync(file)) {
    const hint = '"generator", or a CSV file relative to the configuration folder';
    return [{ ...place, problem: `there is no file ${file}`, hint }];
  }
  const symbols = Object.keys(terminal.symbols ?? {});
  if (symbols.length <= 1) return [];
  const problem = `a file holds one symbol, this terminal has ${symbols.length}: ${symbols.join(', ')}`;
  return [{ ...place, problem }];
}

function sourceMistakes(files: LooseFiles): ConfigMistake[] {
  if (files.terminals === undefined) return [];
  const sources = Object.entries(files.signalSources ?? {});
  return sources.flatMap(([symbol, terminals]) =>
    terminals.flatMap((key, index) => {
      const place = { file: 'config.json', path: `signal_sources.${symbol}.${index}` };
      const terminal = files.terminals?.get(key);
      if (terminal === undefined) {
        const hint = `there are: ${[...(files.terminals?.keys() ?? [])].join(', ')}`;
        return [{ ...place, problem: `"${key}" is not a terminal of terminals.json`, hint }];
      }
      const symbols = terminal.symbols;
      if (symbols === undefined || Object.hasOwn(symbols, symbol)) return [];
      return [{ ...place, problem: `the terminal "${key}" does not have the symbol ${symbol}` }];
    }),
  );
}

function roundStepMistakes(files: LooseFiles): ConfigMistake[] {
  const { roundSteps } = files;
  if (roundSteps === undefined) return [];
  const traded = new Set(
    enabledAccounts(files).flatMap(([, account]) => symbolsOf(account, files)),
  );
  const without = [...traded].filter((symbol) => !Object.hasOwn(roundSteps, symbol));
  return without.map((symbol) => ({
    file: 'ml_config.json',
    path: `features.round_step.${symbol}`,
    problem: 'is missing: an enabled account trades the symbol',
    hint: 'the distance of round numbers in price units, such as 1000 for BTCUSD or 10 for XAUUSD',
  }));
}

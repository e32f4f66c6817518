/** `novosky doctor`: everything that a person would check before going live, each with its next step. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { environment } from '../../config/environment.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { type CtlOutput, standardOutput } from '../ctl.ts';
import { leftTable } from '../table.ts';
import { accountFindings, engineFinding, fleetOrderFinding } from './doctor-accounts.ts';
import { configFindings, loadForDoctor, newsFindings, telegramFindings } from './doctor-config.ts';
import type { DoctorFinding } from './doctor-finding.ts';
import { type HostSurroundings, hostFindings, unitsOfThisHost } from './doctor-host.ts';
import { liveFindings } from './doctor-live.ts';
import { modelFindings } from './doctor-models.ts';
import { terminalFindings } from './doctor-terminals.ts';

type DoctorOptions = {
  readonly config: string;
  readonly state: string;
  readonly models: string;
  readonly json?: boolean;
};

/** What the doctor finds outside of its folders. */
export type DoctorSurroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly units: HostSurroundings['units'];
};

const thisHost: DoctorSurroundings = {
  env: environment,
  clock: systemClock,
  units: unitsOfThisHost,
};

export function doctorCommand(
  output: CtlOutput = standardOutput,
  surroundings: DoctorSurroundings = thisHost,
): Command {
  return new Command('doctor')
    .description('Checks everything that has to be right before the engine trades.')
    .option('--config <dir>', 'folder of the four configuration files', 'config')
    .option('--state <dir>', 'where journals are kept', 'state')
    .option('--models <dir>', 'trained models, one folder per symbol', 'models')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Looks at the host (Node, SQLite, disk, who restarts the engine), the configuration, the news calendar, the models, each
terminal (it is asked, nothing is sent), what was said to the fleet, and each account (journal, state, locks, quarantine,
stops; whether its audit still matches the broker; for real money also --i-understand and the guards that are off). May
run beside the engine; leaves nothing behind. Tokens are never printed. A warning works; a failure does not, or puts
money at risk.

Exit codes: 0 nothing failed, 1 something failed, 2 bad usage.

  $ novosky doctor
  $ novosky doctor --config /etc/novosky --state /var/lib/novosky
  $ novosky doctor --json | jq '.findings[] | select(.verdict != "pass")'`,
    )
    .exitOverride()
    .action((options: DoctorOptions) => doctor(options, output, surroundings));
}

async function doctor(
  options: DoctorOptions,
  output: CtlOutput,
  surroundings: DoctorSurroundings,
): Promise<void> {
  const findings = await examine(options, surroundings);
  const failed = findings.filter(({ verdict }) => verdict === 'fail').length;
  const warned = findings.filter(({ verdict }) => verdict === 'warn').length;
  const verdict = failed > 0 ? 'fail' : warned > 0 ? 'warn' : 'pass';
  if (options.json) output.write(JSON.stringify({ verdict, findings }, undefined, 2));
  else for (const line of doctorLines(findings)) output.write(line);
  if (failed > 0) {
    output.fail(`${failed} of ${findings.length} checks failed, ${warned} with a warning`);
  } else if (!options.json) {
    output.write(`${findings.length} checks, none failed, ${warned} with a warning`);
  }
}

async function examine(
  { config: folder, state, models }: DoctorOptions,
  { env, clock, units }: DoctorSurroundings,
): Promise<readonly DoctorFinding[]> {
  const stateFolder = resolve(state);
  const loaded = loadForDoctor(folder, env);
  const { config } = loaded;
  const shutdown = config?.shutdown ?? 'close';
  const engine = engineFinding(stateFolder);
  const host = [...hostFindings({ stateFolder, clock, shutdown, units }), engine.finding];
  if (config === undefined) return [...host, ...loaded.findings];
  const outside = loaded.isWhole
    ? [
        ...(await terminalFindings({ config, stateFolder, clock })),
        ...(await telegramFindings(config, clock, env['NOVOSKY_TELEGRAM_API'])),
      ]
    : [];
  return [
    ...host,
    ...loaded.findings,
    ...(await configFindings(config, engine.isRunning)),
    ...newsFindings(config, clock.now()),
    ...(await modelFindings(config, { modelsFolder: resolve(models), clock })),
    ...outside,
    fleetOrderFinding(stateFolder),
    ...accountFindings(config, stateFolder, engine.isRunning),
    ...(await liveFindings({ config, stateFolder, clock, isReachable: loaded.isWhole })),
  ];
}

function doctorLines(findings: readonly DoctorFinding[]): readonly string[] {
  const cells = findings.map(({ verdict, area, check, found }) => [
    verdict === 'pass' ? 'pass' : verdict.toUpperCase(),
    ...[area, check, found],
  ]);
  const steps = findings.flatMap(({ area, check, next }) =>
    next === undefined ? [] : [`  ${area}, ${check}: ${next}`],
  );
  return [
    ...leftTable([['', 'of', 'check', 'found'], ...cells]),
    ...(steps.length > 0 ? ['', 'what to do:', ...steps] : []),
    '',
  ];
}

/** The doctor on the host: Node, SQLite, the disk that an order waits for, and who starts the engine again. */
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { openJournal } from '../../journal/sqlite/sqlite-journal.ts';
import type { Clock } from '../../runtime/clock.ts';
import { loadSqlite, SqliteUnavailableError, sqlitePackageFor } from '../../sqlite/sqlite.ts';
import { about, type DoctorFinding, fail, pass, warn } from './doctor-finding.ts';

const host = about('host');

export type HostSurroundings = {
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly shutdown: 'close' | 'drain';
  /** Where systemd and pm2 would have the engine written down. */
  readonly units: { readonly systemd: string; readonly pm2: string };
};

export const unitsOfThisHost: HostSurroundings['units'] = {
  systemd: '/etc/systemd/system/novosky.service',
  pm2: join(homedir(), '.pm2', 'dump.pm2'),
};

export function hostFindings(surroundings: HostSurroundings): readonly DoctorFinding[] {
  return [
    nodeFinding(process.versions.node),
    sqliteFinding(),
    ...diskFindings(surroundings),
    deployFinding(surroundings),
  ];
}

/** The engines of package.json. */
export function nodeFinding(version: string): DoctorFinding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isServed = (major > 20 || (major === 20 && minor >= 19)) && major < 25;
  return host(
    'Node',
    isServed
      ? pass(version)
      : fail(
          `${version}, served are 20.19 to 24`,
          'install a Node from 20.19 to 24, then run npm ci',
        ),
  );
}

function sqliteFinding(): DoctorFinding {
  try {
    const database = new (loadSqlite())(':memory:');
    const row = database
      .prepare<[], { version: string }>('SELECT sqlite_version() AS version')
      .get();
    database.close();
    return host('SQLite', pass(`${row?.version} by ${sqlitePackageFor(process.versions.node)}`));
  } catch (error) {
    if (!(error instanceof SqliteUnavailableError)) throw error;
    return host('SQLite', fail(error.message, 'run npm ci with this Node'));
  }
}

function diskFindings({ stateFolder, clock }: HostSurroundings): readonly DoctorFinding[] {
  const folder = nearestFolder(stateFolder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const next = `name another folder with --state, or change the owner of ${folder}`;
    return [
      host('state folder', fail(`${folder} cannot be written: ${(cause as Error).message}`, next)),
    ];
  }
  const isNew = folder !== stateFolder;
  return [
    host('state folder', pass(isNew ? `${stateFolder}, made by the first start` : stateFolder)),
    kindFinding(folder),
    spaceFinding(folder),
    commitFinding(folder, clock),
  ];
}

/** The folder itself, or what it will be made in. */
function nearestFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Linux' magic numbers of file systems that SQLite's log and locks do not work on. */
const remoteKinds: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
]);

function kindFinding(folder: string): DoctorFinding {
  const kind = process.platform === 'linux' ? remoteKinds.get(statfsSync(folder).type) : undefined;
  if (kind === undefined) return host('file system', pass('local'));
  const next = 'keep the state folder on a disk of this host: locks and logs of SQLite need one';
  return host('file system', kind === 'FUSE' ? warn(kind, next) : fail(kind, next));
}

const gigabyte = 2 ** 30;
/** A year of bars of one account is about 0.2 GB. */
const spaceWarned = 2 * gigabyte;
const spaceNeeded = 0.2 * gigabyte;

function spaceFinding(folder: string): DoctorFinding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const found = `${(free / gigabyte).toFixed(1)} GB free`;
  const next = 'make room: an account whose journal cannot be written stops';
  if (free < spaceNeeded) return host('disk space', fail(found, next));
  return host('disk space', free < spaceWarned ? warn(found, next) : pass(found));
}

const commitsMeasured = 60;
/** An order is on disk before it is sent: it waits for one such commit. */
const commitWarnedMs = 20;
const commitAllowedMs = 250;

/** Measured where the journals are, in a folder of its own that is removed. */
function commitFinding(folder: string, clock: Clock): DoctorFinding {
  const place = mkdtempSync(join(folder, '.doctor-'));
  const times: number[] = [];
  try {
    const journal = openJournal(join(place, 'journal.db'));
    for (let index = 0; index < commitsMeasured; index += 1) {
      const before = clock.elapsed();
      journal.append([{ type: 'measured', at: index }], 'full');
      times.push(clock.elapsed() - before);
    }
    journal.close();
  } finally {
    rmSync(place, { recursive: true });
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const found = `p50 ${at(0.5).toFixed(2)} ms, p95 ${at(0.95).toFixed(2)} ms`;
  const next = 'use a disk with a lower latency: every order waits for one commit';
  if (at(0.5) > commitAllowedMs) return host('FULL commit', fail(found, next));
  return host('FULL commit', at(0.95) > commitWarnedMs ? warn(found, next) : pass(found));
}

function deployFinding({ units, shutdown }: HostSurroundings): DoctorFinding {
  if (existsSync(units.systemd)) {
    return host(
      'restarts',
      unitVerdict(units.systemd, readFileSync(units.systemd, 'utf8'), shutdown),
    );
  }
  if (existsSync(units.pm2) && readFileSync(units.pm2, 'utf8').includes('novosky')) {
    return host('restarts', pass(`pm2 (${units.pm2})`));
  }
  return host(
    'restarts',
    warn(
      'nobody starts the engine again after a reboot or a crash',
      'see deploy/novosky.service (systemd) or deploy/ecosystem.config.cjs (pm2)',
    ),
  );
}

/** What the shipped unit says, and an edited one must go on saying. */
function unitVerdict(path: string, text: string, shutdown: HostSurroundings['shutdown']) {
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const codes = setting('RestartPreventExitStatus').split(/\s+/);
  if (!codes.includes('2') || !codes.includes('99')) {
    const found = `${path} restarts after exit codes 2 and 99, when a person has to look first`;
    return fail(found, 'set RestartPreventExitStatus=2 99');
  }
  if (shutdown === 'drain' && setting('TimeoutStopSec') !== 'infinity') {
    const found = `${path} kills an engine that drains after TimeoutStopSec=${setting('TimeoutStopSec')}`;
    return warn(found, 'set TimeoutStopSec=infinity, or "shutdown": "close"');
  }
  return pass(`systemd (${path})`);
}

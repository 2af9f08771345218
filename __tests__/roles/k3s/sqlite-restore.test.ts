import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hasTool } from '../../engine/shells';

const page = readFileSync(resolve(__dirname, '../../../docs/operations/etcd-restore.md'), 'utf8');
const missing = ['bash', 'python3', 'gunzip'].filter((tool) => !hasTool(tool));
if (missing.length > 0) console.warn(`skipped: ${missing.join(', ')} is not installed`);

/** What an operator of a single server pastes: the blocks of the runbook, as they stand there. */
const [restoring = '', back = '', onNewMachine = ''] = page
  .slice(page.indexOf('\n## One server'))
  .split('```sh\n')
  .slice(1)
  .map((block) => block.slice(0, block.indexOf('\n```')));

(missing.length === 0 ? describe : describe.skip)('the runbook that brings SQLite back', () => {
  const root = mkdtempSync(join(tmpdir(), 'stagecraft-sqlite-restore-'));
  const server = join(root, 'var/lib/rancher/k3s/server');
  const db = join(server, 'db');
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  beforeEach(() => {
    rmSync(root, { recursive: true, force: true });
    for (const folder of ['bin', 'root', 'var/lib/rancher/k3s/server/db/backups'])
      mkdirSync(join(root, folder), { recursive: true });
    stand('systemctl', `echo "$*" >>${root}/calls`);
    stand('k3s', ':');
    // Each use is a second later than the one before.
    stand('date', `echo x >>${root}/seconds; echo $((1795575998 + $(wc -l <${root}/seconds)))`);
    writeRows(1, 1000);
    python(
      'import gzip; gzip.open(sys.argv[1] + "/backups/sqlite-prod-server-1-1795575443.db.gz", "w").write(copy()); os.remove(sys.argv[1] + "/../copy")',
    );
  });

  it('is three blocks: there, back, and what a new machine needs besides', () => {
    expect(restoring).toContain('install -m 600 /root/state.db state.db');
    expect(back).toContain('aside=../db-before-restore-1795575999');
    expect(onNewMachine).toBe('mv ../tls ../cred "$before/"');
  });

  it('gives exactly the backup, with a log of later rows lying there, the second time as well', () => {
    for (const time of [1, 2]) {
      writeRows(1000 * time + 1, 200);
      expect(readdirSync(db)).toContain('state.db-wal');
      expect(paste(restoring)).toMatchObject({ status: 0, stderr: '' });
      expect(rows()).toBe('1000 ok');
      expect((statSync(join(db, 'state.db')).mode & 0o777).toString(8)).toBe('600');
    }
    expect(calls()).toEqual(['stop k3s', 'start k3s', 'stop k3s', 'start k3s']);
    expect(aside()).toEqual(['db-before-restore-1795575999', 'db-before-restore-1795576000']);
  });

  it('goes back to all that was there, log included', () => {
    writeRows(1001, 200);
    paste(restoring);
    writeRows(5001, 7);
    expect(paste(back)).toMatchObject({ status: 0, stderr: '' });
    expect(rows()).toBe('1200 ok');
  });

  it('does nothing where the backup cannot be read', () => {
    writeRows(1001, 200);
    writeFileSync(join(db, 'backups/sqlite-prod-server-1-1795575443.db.gz'), 'not gzip');
    expect(paste(restoring).stdout).not.toContain('the backup is in place');
    expect(rows()).toBe('1200 ok');
    expect(calls()).toEqual(['start k3s']);
  });

  it('sets the authorities of a new machine aside, before K3s starts', () => {
    for (const folder of ['tls', 'cred']) mkdirSync(join(server, folder));
    const block = restoring.replace('systemctl start', `${onNewMachine}\nsystemctl start`);
    expect(paste(block)).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(server).sort()).toEqual(['db', 'db-before-restore-1795575999']);
    expect(readdirSync(join(server, 'db-before-restore-1795575999')).sort()).toEqual(
      expect.arrayContaining(['cred', 'state.db', 'tls']),
    );
  });

  function paste(block: string) {
    const here = block
      .replaceAll('/var/lib/rancher', `${root}/var/lib/rancher`)
      .replaceAll('/root/', `${root}/root/`);
    return spawnSync('bash', ['--norc', '-c', here], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${root}/bin:${process.env.PATH}` },
    });
  }

  function stand(program: string, script: string): void {
    writeFileSync(join(root, 'bin', program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  function python(program: string): string {
    const common = `import os, sqlite3, sys
def connect():
    return sqlite3.connect(sys.argv[1] + "/state.db")
def copy():
    target = sqlite3.connect(sys.argv[1] + "/../copy")
    connect().backup(target)
    target.close()
    return open(sys.argv[1] + "/../copy", "rb").read()
`;
    return execFileSync('python3', ['-c', `${common}${program}`, db], { encoding: 'utf8' }).trim();
  }

  /** As a K3s that was killed leaves them: in the log, not yet in the database. */
  function writeRows(first: number, count: number): void {
    python(`c = connect()
c.execute("PRAGMA journal_mode=WAL")
c.execute("PRAGMA wal_autocheckpoint=0")
c.execute("CREATE TABLE IF NOT EXISTS kine (name)")
c.executemany("INSERT INTO kine VALUES (?)", [(str(i),) for i in range(${first}, ${first + count})])
c.commit()
os._exit(0)`);
  }

  function rows(): string {
    return python(`c = connect()
print(c.execute("SELECT count(*) FROM kine").fetchone()[0], c.execute("PRAGMA integrity_check").fetchone()[0])`);
  }

  function calls(): readonly string[] {
    return readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');
  }

  function aside(): readonly string[] {
    return readdirSync(server)
      .filter((name) => name.startsWith('db-before-restore-'))
      .sort();
  }
});

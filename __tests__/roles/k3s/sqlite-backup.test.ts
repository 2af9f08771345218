import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Text } from '../../../provisioner/engine/shell';
import { sqliteBackupScript } from '../../../provisioner/roles/k3s/sqlite-backup';
import { hasTool, itWith, shellcheck, shells } from '../../engine/shells';
import { exampleContext, exampleInventory } from '../example';

const missing = ['python3', 'gzip'].filter((tool) => !hasTool(tool));
if (missing.length > 0) console.warn(`skipped: ${missing.join(', ')} is not installed`);

const context = (bucket?: string) =>
  exampleContext(
    { k3s: { snapshots: { keepOnServer: 2 } } },
    exampleInventory(1, { buckets: bucket === undefined ? {} : { backups: bucket } }),
  );

/** The script as the server gets it. */
const rendered = ({ parts }: Text) =>
  parts.map((part) => (typeof part === 'string' ? part : 'test-server-1')).join('');

(missing.length === 0 ? describe : describe.skip).each(shells)(
  'the backup of SQLite under %s',
  (_, shell) => {
    const root = mkdtempSync(join(tmpdir(), 'stagecraft-sqlite-'));
    const db = join(root, 'var/lib/rancher/k3s/server/db');
    const backups = join(db, 'backups');
    afterAll(() => rmSync(root, { recursive: true, force: true }));
    beforeAll(() => {
      mkdirSync(db, { recursive: true });
      mkdirSync(join(root, 'bin'));
    });

    const python = (program: string) => execFileSync('python3', ['-c', program, db], { encoding: 'utf8' });
    const run = (bucket?: string) => {
      const script = rendered(sqliteBackupScript(context(bucket))).replaceAll(
        '/var/lib/rancher',
        `${root}/var/lib/rancher`,
      );
      const [command = 'sh', ...args] = shell;
      return spawnSync(command, [...args, '-c', script], {
        encoding: 'utf8',
        // A bash whose input is a socket takes itself for a remote shell, and reads ~/.bashrc.
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: `${root}/bin:${process.env.PATH}`, AWS_ENDPOINT_URL_S3: 'http://s3' },
      });
    };
    const names = () => readdirSync(backups).sort();

    it('says what is wrong where there is no database, and leaves nothing', () => {
      const { status, stdout } = run();
      expect([status, stdout]).toEqual([1, expect.stringContaining('state.db is not there')]);
      expect(readdirSync(db)).toEqual([]);
    });

    it('copies a database that is being written to, whole, with what is still in its log', () => {
      python(`import sqlite3, sys, os
c = sqlite3.connect(sys.argv[1] + "/state.db")
c.execute("PRAGMA journal_mode=WAL")
c.execute("CREATE TABLE kine (name)")
c.executemany("INSERT INTO kine VALUES (?)", [(str(i),) for i in range(1000)])
c.commit()
os._exit(0)`);
      expect(run()).toMatchObject({ status: 0, stderr: '' });
      const [name = ''] = names();
      expect(name).toMatch(/^sqlite-test-server-1-\d{10}\.db\.gz$/);
      expect((statSync(join(backups, name)).mode & 0o777).toString(8)).toBe('600');
      const count = python(`import gzip, sqlite3, sys, tempfile
f = tempfile.NamedTemporaryFile()
f.write(gzip.open(sys.argv[1] + "/backups/${name}").read()); f.flush()
print(sqlite3.connect(f.name).execute("SELECT count(*) FROM kine").fetchone()[0])`);
      expect(count.trim()).toBe('1000');
    });

    it('keeps the last ones', () => {
      for (const time of ['1000000001', '1000000002', '1000000003'])
        writeFileSync(join(backups, `sqlite-test-server-1-${time}.db.gz`), '');
      expect(run()).toMatchObject({ status: 0, stderr: '' });
      expect(names()).toHaveLength(2);
      expect(names().join()).not.toMatch(/100000000[12]/);
    });

    it('sends it to the bucket with the role of the node, whose keys are in no argument', () => {
      writeFileSync(
        join(root, 'bin/curl'),
        `#!/bin/sh
echo "$*" >>${root}/arguments
case "$*" in
  *api/token*) echo session ;;
  *security-credentials/role*) cat >/dev/null; printf '{"AccessKeyId":"AKID","SecretAccessKey":"SECRET/+","Token":"TOKEN=="}' ;;
  *security-credentials/*) cat >/dev/null; echo role ;;
  *) cat >${root}/put ;;
esac
`,
        { mode: 0o755 },
      );
      const { status, stdout } = run('the-bucket');
      expect([status, stdout]).toEqual([
        0,
        expect.stringContaining('s3://the-bucket/test/sqlite/sqlite-test-server-1-'),
      ]);
      const put = readFileSync(join(root, 'put'), 'utf8');
      expect(put).toContain('user = "AKID:SECRET/+"');
      expect(put).toContain('X-Amz-Security-Token: TOKEN==');
      expect(put).toMatch(/url = "http:\/\/s3\/the-bucket\/test\/sqlite\/sqlite-/);
      expect(readFileSync(join(root, 'arguments'), 'utf8')).not.toMatch(/AKID|SECRET|TOKEN==|session/);
    });
  },
);

itWith('shellcheck')('shellcheck has nothing to say', () => {
  expect(shellcheck(rendered(sqliteBackupScript(context('the-bucket'))))).toBe('');
});

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../provisioner/errors';

const REQUIREMENTS = join(__dirname, 'requirements.txt');

/**
 * The folder of the programs that are compared with. They are installed once, into a virtual environment named after what
 * it holds, outside the checkout.
 *
 * @throws UserError where Python is absent or they can't be installed
 */
export function pythonTools(): string {
  const requirements = readFileSync(REQUIREMENTS);
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'stagecraft', `bench-${digest}`);
  const complete = join(folder, '.complete');
  if (existsSync(complete)) return join(folder, 'bin');
  if (
    spawnSync('python3', ['-c', 'import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 11))'])
      .status !== 0
  )
    throw new UserError(
      'The comparison needs Python ≥ 3.11 with its module venv, for ansible-core and pyinfra.',
      'Debian and Ubuntu: `apt-get install python3 python3-venv`. The rest is installed by itself.',
    );
  process.stderr.write('installing ansible-core and pyinfra into a virtual environment …\n');
  for (const [program, ...args] of [
    ['python3', '-m', 'venv', '--clear', folder],
    [join(folder, 'bin', 'pip'), 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS],
  ] as const) {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0)
      throw new UserError(
        `ansible-core and pyinfra could not be installed: ${stderr.trim().split('\n').at(-1) ?? ''}`,
        `Try it by hand: \`${[program, ...args].join(' ')}\`.`,
      );
  }
  writeFileSync(complete, '');
  return join(folder, 'bin');
}

/** The versions, as the tools tell them. */
export function versionOf(program: string): string {
  const { stdout } = spawnSync(program, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? 'unknown';
}

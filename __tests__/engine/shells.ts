import { execFileSync, spawnSync } from 'node:child_process';

/** The shells that the runtime and the tasks have to work under. */
const wanted: Record<string, readonly string[]> = {
  dash: ['dash'],
  bash: ['bash', '--posix'],
  busybox: ['busybox', 'sh'],
};

/** Those of them that this machine has; the others are named, so that nobody takes silence for a pass. */
export const shells: readonly (readonly [string, readonly string[]])[] = Object.entries(wanted).filter(
  ([name]) => {
    const found = hasTool(name);
    if (!found) console.warn(`skipped under ${name}: it is not installed`);
    return found;
  },
);

/** `it` where these are installed; elsewhere the tests are skipped and say why. */
export function itWith(...tools: readonly string[]): jest.It {
  const missing = tools.filter((tool) => !hasTool(tool));
  if (missing.length === 0) return it;
  console.warn(`skipped: ${missing.join(' and ')} not installed`);
  return it.skip;
}

export function hasTool(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** What shellcheck says of a script: empty when it is clean. */
export function shellcheck(script: string, dialect: 'sh' | 'bash' = 'sh'): string {
  const { stdout } = spawnSync('shellcheck', ['-s', dialect, '-f', 'gcc', '-'], {
    input: script,
    encoding: 'utf8',
  });
  return stdout;
}

/** Runs a script in a shell. */
export function runShell(
  shell: readonly string[],
  script: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const [command = 'sh', ...args] = shell;
  return execFileSync(command, [...args, '-c', script], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

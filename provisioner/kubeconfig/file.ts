import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { UserError } from '../errors';

/**
 * The file that kubectl would write to: of those in KUBECONFIG the first that exists, else the last; without the variable,
 * `~/.kube/config`.
 */
export function kubeconfigFile(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const listed = (variables.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  return listed.find((file) => existsSync(file)) ?? listed.at(-1) ?? join(homedir(), '.kube', 'config');
}

/**
 * Changes a kubeconfig in one step: a reader sees the old one or the new one, readable by its owner only. What was there
 * before stays beside it as `<file>.before-stagecraft`. Holds kubectl's own lock meanwhile.
 *
 * @returns the path of the copy, or undefined where nothing was there or nothing changes
 * @throws UserError when the file can't be written, or when somebody else is at it
 */
export function changeFile(path: string, change: (text: string) => string): string | undefined {
  const target = existsSync(path) ? realpathSync(path) : path;
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    return locked(target, () => replace(target, change));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      'Choose another file with --output FILE.',
    );
  }
}

function replace(target: string, change: (text: string) => string): string | undefined {
  const before = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  const after = change(before ?? '');
  if (after === before) {
    chmodSync(target, 0o600);
    return undefined;
  }
  const backup = before === undefined ? undefined : `${target}.before-stagecraft`;
  if (backup !== undefined) {
    copyFileSync(target, backup);
    chmodSync(backup, 0o600);
  }
  const fresh = `${target}.${process.pid}.new`;
  try {
    writeFileSync(fresh, after, { mode: 0o600 });
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { force: true });
  }
  return backup;
}

/** As kubectl does (client-go, clientcmd): the lock is a file beside it that must not exist. */
function locked<T>(target: string, work: () => T): T {
  const lock = `${target}.lock`;
  try {
    closeSync(openSync(lock, 'wx'));
  } catch (error) {
    if (!existsSync(lock)) throw error;
    throw new UserError(
      `Somebody else is writing to ${target}: ${lock} is there.`,
      'Try again; if no kubectl is at work, remove that file.',
    );
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

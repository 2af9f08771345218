import { type Shell, sh, type Value } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';

export interface WaitForOptions extends TaskOptions {
  readonly condition: Condition;
  /** Seconds until it gives up. Default: 300. */
  readonly timeoutSeconds?: number;
  /** Seconds between two looks. Default: 2. */
  readonly intervalSeconds?: number;
  /** Functions and variables that the condition and `diagnose` share; goes before each of them. */
  readonly define?: Shell;
  /** Prints what helps to find out why it never came true; its exit code doesn't matter. */
  readonly diagnose?: Shell;
}

export type Condition =
  /** One command or pipeline exits 0. It only reads. `set -e` is not in force inside it. */
  | { readonly command: Shell; readonly description: string }
  /** A TCP port takes connections. Host: a name or an IPv4 address, default `127.0.0.1`. */
  | { readonly port: number; readonly host?: string }
  /** A URL answers with a status below 400. */
  | { readonly url: Value; readonly caFile?: string };

/** Something that comes true by itself, within a deadline. Reported as a change when it had to be waited for. */
export function waitFor(options: WaitForOptions): Task {
  const { condition, timeoutSeconds = 300, intervalSeconds = 2 } = options;
  const { description, test } = describe(condition);
  return buildTask(options, {
    name: `wait until ${description}`,
    define: sh`${options.define === undefined ? sh`` : sh`${options.define}\n`}holds() {
  ${test}
}`,
    check: sh`if ! holds; then
  echo ${`not so yet: ${description}`}
  exit 1
fi`,
    apply: sh`deadline=$(($(date +%s) + ${timeoutSeconds}))
until holds >"$SC_TMP/wait" 2>&1; do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo ${`gave up after ${timeoutSeconds} s: ${description}`}
    cat "$SC_TMP/wait"
    (
      ${options.diagnose ?? sh`:`}
    ) || :
    exit 1
  fi
  sleep ${intervalSeconds}
done`,
  });
}

function describe(condition: Condition): { description: string; test: Shell } {
  if ('command' in condition) return { description: condition.description, test: condition.command };
  if ('url' in condition) {
    const shownUrl = typeof condition.url === 'string' ? condition.url : 'the URL';
    const ca = condition.caFile === undefined ? sh`` : sh` --cacert ${condition.caFile}`;
    return {
      description: `${shownUrl} answers`,
      test: sh`curl -fsS --connect-timeout 5 --max-time 10 -o /dev/null${ca} -- ${condition.url}`,
    };
  }
  const { port, host = '127.0.0.1' } = condition;
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new RangeError(`${port} is not a TCP port`);
  return {
    description: `${host}:${port} takes connections`,
    // curl's telnet sends nothing. It may wait for the other side until its time is up: what counts is the connection.
    test: sh`case $(curl -s --connect-timeout 2 --max-time 3 -o /dev/null -w '%{time_connect}' ${`telnet://${host}:${port}`} </dev/null || :) in
    '' | 0 | 0.000 | 0.000000) return 1 ;;
  esac`,
  };
}

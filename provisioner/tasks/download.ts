import { createHash } from 'node:crypto';
import { type Shell, sh, type Value } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { absolutePath, baseName, type Ownership, ownership, parentOf, shown } from './path';

export interface DownloadOptions extends TaskOptions, Ownership {
  readonly path: string;
  readonly url: Value;
  /** What the file is verified with before it takes its place. */
  readonly verify: Verification;
  /** Default: `0644`. */
  readonly mode?: string;
  /** Exits 0 when the file in place is the right one (its version, say); prints why not. Runs once the hash is right. */
  readonly confirm?: Shell;
}

export type Verification =
  /** The SHA-256 itself, 64 hexadecimal digits. */
  | { readonly sha256: Value }
  /** A file of `<sha256>  <name>` lines beside the download, as `sha256sum` writes it, and the name to look for in it. */
  | { readonly checksums: Value; readonly name: Value };

/**
 * A file from the network, verified by SHA-256 before it is moved into place in one step. A file that was changed,
 * truncated or removed is replaced. Where the hash comes from a checksum file, the verified one is kept on the node with
 * the address it belongs to: later checks need no network, and another address means another download.
 */
export function download(options: DownloadOptions): Task {
  const path = absolutePath(options.path);
  const { mode, owner, group } = ownership(options, '0644');
  const { verify } = options;
  const hash = 'sha256' in verify ? pinned(verify.sha256) : published(path, options.url, verify);
  return buildTask(options, {
    name: `download ${shown(path)}`,
    define: sh`${hash.define}
hash_of() {
  sum=$(sha256sum <"$1")
  printf '%s' "\${sum%% *}"
}`,
    check: sh`${hash.known}
if [ ! -f ${path} ]; then
  echo ${`${path} is absent`}
  exit 1
fi
found=$(hash_of ${path})
if [ "$found" != "$wanted" ]; then
  printf '%s: its SHA-256 is %s, wanted %s\\n' ${path} "$found" "$wanted"
  exit 1
fi
sc_stat_is ${path} ${mode} ${owner} ${group}
${options.confirm ?? sh`:`}`,
    apply: sh`${hash.fetched}
if [ -L ${path} ]; then rm -f ${path}; fi
if [ -f ${path} ] && [ "$(hash_of ${path})" = "$wanted" ]; then
  chown ${`${owner}:${group}`} ${path}
  chmod ${mode} ${path}
else
  ${fetchInto(path, options.url, { mode, owner, group })}
fi
${hash.remember}`,
  });
}

interface Hash {
  readonly define: Shell;
  /** Sets `wanted` for the check, or ends it. */
  readonly known: Shell;
  /** Sets `wanted` for apply. */
  readonly fetched: Shell;
  readonly remember: Shell;
}

/** Name of the file in which a node keeps what a download was verified with, in `$SC_STATE/downloads`. */
export function downloadRecord(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

function pinned(sha256: Value): Hash {
  if (typeof sha256 === 'string' && !/^[0-9a-f]{64}$/.test(sha256))
    throw new RangeError(`${shown(sha256)} is not a SHA-256: 64 hexadecimal digits in lower case`);
  return { define: sh`wanted=${sha256}`, known: sh`:`, fetched: sh`:`, remember: sh`:` };
}

function published(path: string, url: Value, { checksums, name }: { checksums: Value; name: Value }): Hash {
  const id = downloadRecord(path);
  return {
    define: sh`record=$SC_STATE/downloads/${id}
url=${url}`,
    known: sh`wanted='' from=''
if [ -f "$record" ]; then read -r wanted from <"$record" || :; fi
if [ "$from" != "$url" ]; then
  printf '%s is not known to come from %s\\n' ${path} "$url"
  exit 1
fi`,
    fetched: sh`sc_fetch ${checksums} "$SC_TMP/checksums"
wanted=$(SC_NAME=${name} awk '{ sub(/^[*]/, "", $2) } $2 == ENVIRON["SC_NAME"] { print tolower($1); exit }' "$SC_TMP/checksums")
case $wanted in
  *[!0-9a-f]* | '') wanted='' ;;
esac
if [ "\${#wanted}" -ne 64 ]; then
  printf '%s has no SHA-256 of %s\\n' ${checksums} ${name}
  exit 1
fi`,
    remember: sh`mkdir -p "$SC_STATE/downloads"
printf '%s %s\\n' "$wanted" "$url" | sc_write "$record" 0600 root root`,
  };
}

/** Downloads beside the path, verifies, moves. What an earlier attempt left behind when it was killed goes first. */
function fetchInto(path: string, url: Value, { mode, owner, group }: Required<Ownership>): Shell {
  const folder = parentOf(path);
  const prefix = `${folder === '/' ? '' : folder}/.${baseName(path)}.stagecraft.`;
  return sh`if [ -d ${path} ]; then
    echo ${`${path} is a directory; a file is wanted there`}
    exit 1
  fi
  rm -f ${prefix}*
  new=$(mktemp ${`${prefix}XXXXXX`})
  trap 'rm -f "$new"' EXIT
  sc_fetch ${url} "$new"
  found=$(hash_of "$new")
  if [ "$found" != "$wanted" ]; then
    printf 'what came from %s has SHA-256 %s, wanted %s; nothing was replaced\\n' ${url} "$found" "$wanted"
    exit 1
  fi
  chmod ${mode} "$new"
  chown ${`${owner}:${group}`} "$new"
  sync "$new" 2>/dev/null || :
  mv -f "$new" ${path}
  trap - EXIT`;
}

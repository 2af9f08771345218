/** Causes that have nothing to do with a task, by what programs say of them; the first that fits is told. */
const causes: readonly (readonly [RegExp, string])[] = [
  [
    // The kernel says ENOSPC and EMFILE of these too (inotify(7)).
    /inotify\S*[^\n]*(no space left on device|too many open files)|fsnotify watcher[^\n]*too many open files|inotify resources exhausted/i,
    'The disk is not full: the kernel lets no more files be watched there. `sysctl fs.inotify` shows the limits; find what takes so many, or raise them, then run again.',
  ],
  [
    // Programs in Go begin in lower case. Of curl's write errors only the number is the same in every release.
    /no space left on device|disk quota exceeded|it filled \S+: only the end is kept|curl: \(23\)/i,
    'A file system of the node is full: `df -h` and `df -i` there show which. Make room, or give it a larger volume, then run again; the files that were to be replaced are as they were.',
  ],
  [
    /read-only file system/i,
    'A file system of the node is read-only, as after an error of its disk: look at `dmesg` and the volume, repair it or replace the node, then run again.',
  ],
  [
    /InvalidSignatureException|SignatureDoesNotMatch|Signature (expired|not yet current)|RequestTimeTooSkewed|certificate (is not yet valid|has expired)/,
    'The clock of the node may be wrong, and whatever it signs is refused then: `timedatectl` and `chronyc tracking` there tell. Set it right, then run again.',
  ],
  [
    /has SHA-256 [0-9a-f]+, wanted [0-9a-f]+; nothing was replaced/,
    'What was downloaded is not what was published, so it was thrown away. Find out who altered it (the mirror, a proxy, another file at that address) before you run again.',
  ],
  [
    /Failed to fetch (?!\S+\s+404)|Temporary failure resolving/,
    'The package archive does not answer the node: look at its way out (NAT, routes, DNS) and at the mirror, then run again; what was installed stays.',
  ],
  [
    /Failed to fetch \S+\s+404/,
    'The package archive answers, but does not have what was asked for: the mirror is not complete, or no longer has this release of Ubuntu. Look at the addresses in /etc/apt, then run again; what was installed stays.',
  ],
  [
    // As the runtime says it: what else asks with curl says itself what that means.
    /^download of \S+ failed$/m,
    'A download did not come through, several tries included: look at the mirror and at the way to it (NAT, proxy, DNS), then run again; nothing was replaced.',
  ],
];

/** What to do about a failure whose cause the output gives away; undefined for any other. */
export function adviceOn(output: string): string | undefined {
  return causes.find(([pattern]) => pattern.test(output))?.[1];
}

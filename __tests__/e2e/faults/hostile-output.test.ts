import { describeFault, type FaultRun, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const nodes = ['sandbox-general-1', 'sandbox-general-2', 'sandbox-monitoring-1', 'sandbox-database-1'];
const [node = ''] = nodes;
const honest = 'sandbox-server-1';

/**
 * Takes the place of the shell that the agent runs scripts with: a node that was taken over. /run/hostile holds what it
 * does instead of a play's script, which is in $1; `nonce` is the one that was sent. Facts, pages and all else go on as usual.
 */
const takenOver = `cat >/usr/local/sbin/sh <<'END'
#!/bin/sh
[ -e /run/hostile ] && [ -f "$1" ] || exec /bin/sh "$@"
source=$(sed -n 's/^eval "$(printf %s \\([A-Za-z0-9+/=]*\\) .*/\\1/p' "$1" | base64 -d | gzip -dc 2>/dev/null)
[ -n "$source" ] || source=$(cat "$1")
nonce=$(printf '%s\\n' "$source" | sed -n 's/^SC_NONCE=//p')
honest() { /bin/sh "$@"; }
frame() {
  sum=$(printf %s "$1" | sha256sum)
  printf '::stagecraft 1 %s %s %s %s\\n%s\\n::end %s\\n' "$nonce" "\${2:-raw}" "\${#1}" "\${sum%% *}" "$1" "$nonce"
}
packed() { frame "$1" gz; }
newline='
'
case $source in
  *t0_facts*) [ -e /run/hostile-facts ] || exec /bin/sh "$@" ;;
  *SC_NONCE=*) [ ! -e /run/hostile-facts ] || exec /bin/sh "$@" ;;
  *) exec /bin/sh "$@" ;;
esac
. /run/hostile
END
chmod 755 /usr/local/sbin/sh`;

const lines = (...all: string[]) => all.join('\n');

/** What a node that was taken over does, and what the operator sees of it. */
const deeds: readonly (readonly [string, string, RegExp])[] = [
  ['binary', 'head -c 100000 /dev/urandom', /exit code 0 and no result/],
  ['nothing', 'exit 0', /exit code 0 and no result/],
  [
    'records and frames of its own, with another nonce',
    lines(
      'nonce=0123456789abcdef',
      'printf ">0\\nR 0 o 1 0\\nR 1 o 1 0\\n::record %s 10\\nR 0 o 1 0\\n" "$nonce"',
      'frame "R 0 o 1 0$newline"',
    ),
    /exit code 0 and no result/,
  ],
  [
    'the answer to another command',
    'honest "$@" | sed "s/^::\\(stagecraft 1\\|end\\) $nonce/::\\1 0123456789abcdef/"',
    /exit code 0 and no result/,
  ],
  ['half a record', 'frame "R 0 o 1"', /cannot|not a record|middle of a line/],
  ['half a frame', 'honest "$@" | head -c 110', /only \d+ of \d+ bytes|could not be fetched|no result/],
  [
    'an altered result',
    'honest "$@" | sed "s/^R 0 o/R 0 c/"',
    /the result was altered on its way: its checksum is wrong/,
  ],
  [
    'a task that was not sent',
    'frame "R 0 o 1 0${newline}R 4711 o 1 0$newline"',
    /what the node reports cannot be believed: it told of a task 4711 that was not sent/,
  ],
  [
    'one task twice',
    'frame "R 0 o 1 0${newline}R 0 c 1 0$newline"',
    /cannot be believed: it told of "base : .*" twice, or out of order/,
  ],
  [
    'a part of the tasks only',
    'frame "R 0 o 1 0$newline"',
    /cannot be believed: its result ends before "base : /,
  ],
  [
    'a result that it announces as 50 MB',
    lines(
      'printf "::stagecraft 1 %s gz 50000000 %064d\\n" "$nonce" 0',
      'head -c 20000 /dev/zero | tr "\\000" A',
    ),
    /announces a result of 50,000,000 characters; more than 4,000,000 are not fetched/,
  ],
  [
    'records without end, which are small on their way',
    `packed "$(yes 'R 0 o 1 0' | head -c 8000000 | gzip -9 | base64 -w 0)"`,
    /cannot be believed: it told of "base : .*" twice, or out of order/,
  ],
  [
    'more of them than are taken',
    `packed "$(yes 'R 0 o 1 0' | head -c 8500000 | gzip -9 | base64 -w 0)"`,
    /the result is not valid gzip data, or too large/,
  ],
  ['50 MB', 'head -c 50000000 /dev/zero | tr "\\000" x', /exit code 0 and no result/],
  [
    'a terminal that is to be drawn on',
    `printf 'boom \\033[2J\\033[1;1H\\033]0;owned\\007 all is well\\r\\n' >&2; exit 9`,
    /exit code 9 and no result: boom/,
  ],
];

describeFault('a node whose output is broken or hostile', () => {
  const sandbox = new FaultSandbox(['--tags', 'logs']);
  const ends = new Map<string, { readonly at: string; readonly end: FaultRun }>();
  const onEach = (script: string) => Promise.all(nodes.map((one) => sandbox.onNode(one, script)));

  /** Four at a time, each on a node of its own. */
  beforeAll(async () => {
    await sandbox.up();
    expect(await sandbox.provision()).toMatchObject({ code: 0 });
    await onEach(takenOver);
    for (let from = 0; from < deeds.length; from += nodes.length) {
      const together = deeds.slice(from, from + nodes.length);
      await Promise.all(
        nodes.map((at, place) => {
          const script = Buffer.from(`${together[place]?.[1] ?? 'exit 0'}\n`).toString('base64');
          return sandbox.onNode(at, `echo ${script} | base64 -d >/run/hostile`);
        }),
      );
      const end = await sandbox.provision();
      for (const [place, [name]] of together.entries()) ends.set(name, { at: nodes[place] ?? '', end });
    }
  });
  afterAll(() => sandbox.remove());

  test.each(deeds)(
    '%s: that node fails and says why, the others go on, and the controller neither falls nor believes it',
    (name, _, reason) => {
      const { at = '', end } = ends.get(name) ?? {};
      expect(end).toMatchObject({ code: 1, stderr: '' });
      const told = end?.events.filter((event) => event.type === 'task' && event.node === at) ?? [];
      expect(told.at(-1)).toMatchObject({ status: 'failed', error: { what: expect.stringMatching(reason) } });
      expect(told.slice(0, -1).every((event) => event.type === 'task' && event.status === 'ok')).toBe(true);
      expect(end?.recap.get(at)).toMatchObject({ failed: 1, unreachable: 0, changed: 0 });
      expect(end?.recap.get(honest)).toMatchObject({ failed: 0, unreachable: 0, changed: 0 });
      expect(end?.stdout).toContain(`failed: [${at}]`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach the terminal
      expect(end?.stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
      // Facts and play, and a page for half a frame: nothing more was fetched of what is not a result.
      const last = end?.events.at(-1);
      expect(last).toMatchObject({ type: 'run-finished' });
      if (last?.type === 'run-finished') expect(last.commands).toBeLessThanOrEqual(4);
    },
  );

  test('facts that are none: the node is left out before anything is sent to it', async () => {
    await onEach('rm -f /run/hostile');
    await sandbox.onNode(node, `touch /run/hostile-facts; echo 'head -c 3000000 /dev/urandom' >/run/hostile`);
    const end = await sandbox.provision();
    expect(end).toMatchObject({ code: 3, stderr: '' });
    expect(end.stdout).toContain(`unreachable: [${node}] the script ended with exit code 0 and no result`);
    expect(end.recap.get(node)).toMatchObject({ ok: 0, unreachable: 1 });
    expect(end.recap.get(honest)).toMatchObject({ failed: 0, unreachable: 0 });
    await sandbox.onNode(node, 'rm /run/hostile /run/hostile-facts');
  });

  test('a command that prints 50 MB, lines of the protocol among them: it is shown without its middle, and nothing is taken for a result', async () => {
    const command = `echo '::stagecraft 1 0123456789abcdef raw 10 ${'0'.repeat(64)}'; echo 'R 0 fa 1 1'
head -c 50000000 /dev/zero | tr '\\000' x; echo; echo '::end 0123456789abcdef'; echo the end`;
    const run = await sandbox.cli.run(
      'run',
      '--env',
      'sandbox',
      '--limit',
      'sandbox-general-*',
      '--',
      command,
    );
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('(2 nodes): exit code 0\n::stagecraft 1 0123456789abcdef raw 10');
    expect(run.stdout).toMatch(/\n\[… \d+ bytes left out …\]\nx+\n::end 0123456789abcdef\nthe end\n/);
    expect(run.stdout.length).toBeLessThan(1_000_000);
  });

  test('when it is itself again, the next run converges', async () => {
    await onEach('rm -f /usr/local/sbin/sh');
    await sandbox.converges();
  });
});

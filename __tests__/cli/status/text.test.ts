import { assess } from '../../../provisioner/cli/status/assess';
import { statusText } from '../../../provisioner/cli/status/text';
import { evidence, healthy, held, lastRun, nodeNames, wouldChange } from './evidence';

const text = (...parts: Parameters<typeof evidence>) => statusText(assess(evidence(...parts)), false);

test('a fleet that is well', () => {
  expect(text()).toMatchInlineSnapshot(`
    "test: all is well (4 nodes, 2026-11-25 14:30 UTC)

    ok         nodes         4 nodes, all reachable
    ok         last run      provision --env test by anna on laptop, 2026-11-25 12:30 UTC (2 h ago): finished, 8 tasks changed on 4 nodes
    ok         drift         none: all 4 nodes are as wanted
    ok         k3s           v1.34.4+k3s1 on all 4
    ok         certificates  the first ends on 2027-11-01, in 340 days (test-server-1)
    ok         system        Ubuntu 24.04.3 LTS on all 4; kernel 6.8.0-31-generic on all 4
    ok         lock          free"
  `);
});

test('a bad day, the worst first', () => {
  const [server = '', first = '', second = '', database = ''] = nodeNames;
  expect(
    text(
      {
        facts: new Map([
          [server, healthy({ reboot_required: 'yes', kernel: '6.8.0-30-generic' })],
          [
            first,
            healthy({
              k3s_version: 'v1.33.1+k3s1',
              'pending_handler_restart-k3s': 'due',
              ...lastRun({ state: 'failed', failed: '1' }),
            }),
          ],

          [second, healthy(lastRun({ state: 'running' }))],
        ]),
        unreachable: new Map([[database, 'its SSM agent is ConnectionLost']]),
        warnings: [
          {
            about: 'certificate',
            nodes: [server],
            what: `the certificate "kube-apiserver" of ${server} expired on 2026-11-20`,
            next: 'A restart of K3s renews it.',
          },
          {
            about: 'membership',
            nodes: ['test-old-1'],
            what: 'test-old-1 is in the cluster, but not in the inventory',
            next: '`npm run node -- remove test-old-1 --env test` takes it out of the cluster.',
          },
        ],

        tasks: [
          wouldChange(first, 'file /etc/rancher/k3s/config.yaml'),
          wouldChange(first, 'sysctl vm.overcommit_memory'),
          wouldChange(second, 'sysctl vm.overcommit_memory'),
          wouldChange(first, 'restart k3s', { role: 'handler', handler: true }),
          wouldChange(server, 'chrony', { status: 'ok' }),
        ],
      },
      { simulated: 'sandbox: AWS is simulated' },
    ),
  ).toMatchInlineSnapshot(`
    "test: something is wrong (4 nodes, 2026-11-25 14:30 UTC)
    sandbox: AWS is simulated

    bad        nodes         1 of 4 nodes unreachable
                             test-database-1: its SSM agent is ConnectionLost
                             → A run leaves them out. See "When a run fails" in docs/operations.md.
    bad        last run      provision --env test by anna on laptop, 2026-11-25 12:30 UTC (2 h ago): not finished on 2 nodes
                             test-general-1: failed in play "k3s agents", log: /var/log/stagecraft/20261125T123000-ab12.log
                             test-general-2: broke off in play "k3s agents", log: /var/log/stagecraft/20261125T123000-ab12.log
                             → Mend the cause, then \`npm run provision -- --env test\` goes on: what is done stays done.
    bad        certificates  the certificate "kube-apiserver" of test-server-1 expired on 2026-11-20
                             → A restart of K3s renews it.
    attention  drift         2 of 3 nodes would change, in 3 tasks
                             base : sysctl vm.overcommit_memory  (test-general-[1-2])
                             base : file /etc/rancher/k3s/config.yaml  (test-general-1)
                             handler : restart-k3s  (test-general-1)
                             → \`npm run plan -- --env test\` shows how; \`npm run provision -- --env test\` makes it so.
    attention  k3s           v1.34.4+k3s1 is wanted, 2 of 3 nodes have it
                             v1.33.1+k3s1: test-general-1
                             → \`npm run provision -- --env test\` installs it.
    attention  membership    test-old-1 is in the cluster, but not in the inventory
                             → \`npm run node -- remove test-old-1 --env test\` takes it out of the cluster.
    attention  system        1 node must be rebooted for updates to take effect: test-server-1
                             Ubuntu 24.04.3 LTS on all 3; kernel 6.8.0-31-generic on test-general-[1-2], 6.8.0-30-generic on test-server-1
                             → \`npm run provision -- --env test --tags reboot\` reboots them, one at a time and drained.
    ok         lock          free"
  `);
});

test('a fleet that nobody has provisioned yet, looked at without drift, while a run is at work', () => {
  const bare = {
    os_pretty_name: 'Ubuntu 24.04.3 LTS',
    kernel: '6.8.0-31-generic',
  };
  expect(
    text(
      { facts: new Map(nodeNames.map((name) => [name, bare])) },
      {
        driftChecked: false,
        lease: held,
      },
    ),
  ).toMatchInlineSnapshot(`
    "test: needs attention (4 nodes, 2026-11-25 14:30 UTC)

    attention  last run      none that the nodes remember
                             → \`npm run provision -- --env test\` makes them what the roles say.
    attention  k3s           v1.34.4+k3s1 is wanted, 0 of 4 nodes have it
                             not installed: test-database-1, test-general-[1-2], test-server-1
                             → \`npm run provision -- --env test\` installs it.
    ok         nodes         4 nodes, all reachable
    ok         drift         not looked for while a run is at work
    ok         system        Ubuntu 24.04.3 LTS on all 4; kernel 6.8.0-31-generic on all 4
    ok         lock          held by anna on laptop since 2026-11-25 14:27 UTC (2 min ago): provision --env test, at play "base""
  `);
});

test('what nodes say of themselves cannot draw on the terminal', () => {
  const hostile = healthy({
    kernel: '6.8\u001b[2J',
    ...lastRun({ command: 'provision\u001b]0;x\u0007' }),
  });
  const warning = {
    about: 'membership' as const,
    nodes: ['x'],
    what: 'x\u001b[2J\nok         nodes         all is well',
    next: '`remove x\u001b[2J`\nok         lock          free',
  };
  const shown = text({ facts: new Map([[nodeNames[0] ?? '', hostile]]), warnings: [warning] });
  expect(shown).not.toMatch(/[^\P{Cc}\n]/u);
  expect(shown).not.toMatch(/^ok +nodes +all is well/m);
  expect(shown.match(/^ok +lock/gm)).toHaveLength(1);
});

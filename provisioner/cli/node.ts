import type { Command } from 'commander';
import { addExamples } from './examples';
import { addFleetOptions, addLeaseOptions, addRunOptions } from './options';
import type { NodeRemoveOptions } from './run-node-remove';

/** `node remove`: takes a node out of the cluster, before or after its machine is gone. */
export function registerNode(program: Command): void {
  const node = program.command('node').description('The nodes of the cluster.');
  const remove = node
    .command('remove')
    .description('Take a node out of the cluster: cordon, drain, delete, clean.')
    .argument('<node>', 'its name, as `kubectl get nodes` shows it');
  addLeaseOptions(addRunOptions(addFleetOptions(remove), { seconds: 7200, what: 'one play' }))
    .option('--yes', 'do not ask: for scripts')
    .option('-v, --verbose', 'show every task, and what it printed');
  addExamples(
    remove,
    [
      [
        'npm run node -- remove prod-general-3 --env prod',
        'asks first, then says what to change in the environment',
      ],
      ['npm run node -- remove prod-old-1 --env prod --yes', 'a node that is gone from AWS already'],
    ],
    `Pods are evicted, so disruption budgets are respected; k3s.drain.timeoutSeconds of the environment is how long
that may take, and a node that could not be drained goes on as before. A server leaves etcd as well: refused
where the servers that stay would be no majority. A node that is still there is cleaned so that it can join anew.
docs/operations/remove-a-node.md is the runbook.`,
    'Exit codes: 0 done; 1 a task failed, or not confirmed; 3 no server is reachable, or the environment is\nlocked; 64 wrong usage; 130 interrupted.',
  );
  remove.action(async (name: string, options: NodeRemoveOptions) => {
    // The AWS SDK takes a while to load; --help does without.
    const { removeNode } = await import('./run-node-remove');
    process.exitCode = await removeNode(name, options);
  });
  addExamples(node, [['npm run node -- remove prod-general-3 --env prod', 'drain it, and take it out']]);
}

/**
 * Benchmarks against other tools, and of scale. They assert nothing: they fail only where something does not work.
 *
 *     npm run bench                         the same forty resources with ansible-core, pyinfra and this project
 *     npm run bench -- --scale              calls, time and memory at 5 to 2,000 nodes
 *     npm run bench -- --format json
 */
import { parseArgs } from 'node:util';
import { UserError } from '../../provisioner/errors';
import { type Comparison, compare } from './compare';
import { describeMachine, machine } from './machine';
import { type ScaleFigures, scale } from './scale';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      format: { type: 'string', default: 'table' },
      nodes: { type: 'string', default: '5,50,500,2000' },
      runs: { type: 'string', default: '3' },
      scale: { type: 'boolean', default: false },
    },
  });
  const isJson = values.format === 'json';
  if (values.scale) {
    const figures = await scale(values.nodes.split(',').map(Number));
    print(isJson ? JSON.stringify({ machine: machine(), scale: figures }, null, 2) : scaleTable(figures));
  } else {
    const result = compare(Number(values.runs));
    print(isJson ? JSON.stringify(result, null, 2) : table(result));
  }
}

function table({ first, noop, versions, nodes, runs, machine: where }: Comparison): string {
  const row = (name: 'ansible' | 'pyinfra' | 'stagecraft', title: string) => {
    const cells = [first, noop].map(
      (times) =>
        `${times[name].toFixed(2).padStart(8)} s ${`${(times[name] / times.stagecraft).toFixed(1)} ×`.padStart(8)}`,
    );
    return `${`${title} ${versions[name]}`.padEnd(24)}${cells.join('   ')}`;
  };
  return [
    `40 resources on ${nodes} nodes over SSH, median of ${runs} runs of each`,
    describeMachine(where),
    '',
    `${''.padEnd(24)}${'first converge'.padStart(19)}   ${'no-op'.padStart(19)}`,
    row('ansible', 'ansible-core'),
    row('pyinfra', 'pyinfra'),
    row('stagecraft', 'stagecraft'),
  ].join('\n');
}

function scaleTable(figures: readonly ScaleFigures[]): string {
  const head = ['nodes', 'plays', 'SendCommand', 'API calls', 'throttled', 'seconds', 'memory'];
  const rows = figures.map(({ nodes, plays, commands, apiCalls, throttles, seconds, memoryMib }) =>
    [nodes, plays, commands, apiCalls, throttles, seconds.toFixed(1), `${memoryMib} MiB`].map(String),
  );
  return [
    'a run of the whole site that changes nothing, over simulated agents',
    describeMachine(machine()),
    '',
    ...[head, ...rows].map((row) => row.map((cell) => cell.padStart(11)).join('  ')),
  ].join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `error: ${error instanceof UserError ? error.message : error instanceof Error ? error.stack : error}\n`,
  );
  process.exitCode = 1;
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { arch, cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Times what a user waits for: the first converge of a fresh sandbox, a run that changes nothing, the same with a
 * second added to every command, and the synthesis of all stacks. Whole processes, wall time, medians of RUNS runs.
 * A benchmark, not a test: it fails only where a command fails.
 *
 *     npm run bench:sandbox [-- --format json]
 */
const RUNS = 3;
const root = join(__dirname, '..');
const state = mkdtempSync(join(tmpdir(), 'stagecraft-bench-'));

interface Figure {
  readonly what: string;
  readonly target: string;
  readonly seconds: number;
}

function main(): void {
  try {
    const figures = measure();
    if (process.argv.includes('json'))
      process.stdout.write(`${JSON.stringify({ machine: machine(), figures }, null, 2)}\n`);
    else process.stdout.write(`${machine()}\n\n${table(figures)}\n`);
  } finally {
    cli('sandbox', 'reset');
    rmSync(state, { recursive: true, force: true });
  }
}

function measure(): Figure[] {
  const first = median(
    () => {
      cli('sandbox', 'reset');
      cli('sandbox', 'up');
    },
    () => cli('provision', '--env', 'sandbox'),
  );
  const noop = median(
    () => {},
    () => cli('provision', '--env', 'sandbox'),
  );
  const commands = commandsOf(cli('provision', '--env', 'sandbox'));
  cli('sandbox', 'up', '--latency', '1s');
  const slow = median(
    () => {},
    () => cli('provision', '--env', 'sandbox'),
  );
  const synth = median(
    () => {},
    () => synthesize(),
  );
  return [
    { what: 'first converge, 5 bare nodes', target: '≤ 60 s', seconds: first },
    { what: 'run that changes nothing', target: '≤ 10 s', seconds: noop },
    {
      what: `the same, 1 s added to each of ${commands} commands`,
      target: `≤ ${commands * 2 + 5} s`,
      seconds: slow,
    },
    { what: 'synthesis of all stacks', target: '≤ 3 s', seconds: synth },
  ];
}

function cli(...args: string[]): string {
  return command(['--import', 'tsx', 'provisioner/cli/index.ts', ...args]);
}

function synthesize(): string {
  return command(['--import', 'tsx', 'main.ts'], { CDKTF_OUTDIR: join(state, 'cdktf.out') });
}

function command(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const done = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, STAGECRAFT_STATE_DIR: state, CI: '1', ...env },
  });
  if (done.status !== 0)
    throw new Error(`${args.join(' ')} ended with ${done.status}:\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

function median(prepare: () => void, measured: () => unknown): number {
  const seconds = Array.from({ length: RUNS }, () => {
    prepare();
    const start = performance.now();
    measured();
    return (performance.now() - start) / 1000;
  }).sort((a, b) => a - b);
  return seconds[Math.floor(RUNS / 2)] ?? Number.NaN;
}

/** SendCommand calls of a run, from the last line of its recap: one a play and one for the facts. */
function commandsOf(output: string): number {
  return Number(/^(\d+) commands?,/m.exec(output)?.[1]);
}

function machine(): string {
  return `Node ${process.version}, Linux ${release()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, median of ${RUNS}`;
}

function table(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return figures
    .map(
      ({ what, target, seconds }) =>
        `${what.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s   (${target})`,
    )
    .join('\n');
}

main();

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** What a run of the whole site takes on a fleet where nothing is to be changed. */
export interface ScaleFigures {
  readonly nodes: number;
  /** Plays with nodes; the facts are a command more. */
  readonly plays: number;
  /** SendCommand calls. */
  readonly commands: number;
  /** Calls of every kind, retries included. */
  readonly apiCalls: number;
  readonly throttles: number;
  readonly seconds: number;
  /** Most memory that the controller had (resident set). */
  readonly memoryMib: number;
}

const ROOT = resolve(__dirname, '..', '..');
const START = join(__dirname, 'start.cjs');

/** A run for each number of nodes, each with a controller and an endpoint of its own. */
export async function scale(counts: readonly number[]): Promise<ScaleFigures[]> {
  const figures: ScaleFigures[] = [];
  for (const count of counts) figures.push(await withEndpoint(count, (url) => measured(count, url)));
  return figures;
}

async function withEndpoint<T>(count: number, work: (url: string) => T): Promise<T> {
  const endpoint = spawn(process.execPath, [START, 'scripts/bench/scale-endpoint.ts', String(count)], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(endpoint, 'exit');
  try {
    const [url] = await Promise.race([once(createInterface({ input: endpoint.stdout }), 'line'), ended]);
    if (typeof url !== 'string') throw new Error(`the endpoint ended with ${url}`);
    return work(url);
  } finally {
    endpoint.stdin.end();
    await ended;
  }
}

function measured(count: number, url: string): ScaleFigures {
  const state = mkdtempSync(join(tmpdir(), 'stagecraft-bench-'));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [START, 'scripts/bench/scale-run.ts', String(count), url],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, STAGECRAFT_STATE_DIR: state },
      maxBuffer: 64 * 1024 ** 2,
    },
  );
  rmSync(state, { recursive: true, force: true });
  if (status !== 0) throw new Error(`the run over ${count} nodes ended with ${status}:\n${stderr}`);
  // Written by the program beside this one, of this very type.
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as ScaleFigures;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../provisioner/errors';
import { requireNamespaces } from '../../provisioner/sandbox/requirements';

/** Why the sandbox cannot run on this machine, or undefined where it can. */
export function sandboxObstacle(): string | undefined {
  try {
    requireNamespaces();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.what;
    throw error;
  }
}

/** Where etcd, kube-apiserver and kubectl are; empty where they are not. */
export const kubernetesAssets = process.env.KUBEBUILDER_ASSETS ?? '';

/** Why there is no sandbox with a real Kubernetes API on this machine, or undefined where there is. */
export function realApiObstacle(): string | undefined {
  return kubernetesAssets === ''
    ? 'KUBEBUILDER_ASSETS is not set (etcd, kube-apiserver, kubectl)'
    : sandboxObstacle();
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** What npm's scripts run. */
const COMMAND = ['provisioner/cli/stagecraft.cjs'];

/** A sandbox of its own, driven through the command line as a user does. */
export class SandboxCli {
  /**
   * @param variables over those of this process
   * @param state a folder that another one has made; default: a new one
   */
  constructor(
    private readonly variables: NodeJS.ProcessEnv = {},
    readonly state = mkdtempSync(join(tmpdir(), 'stagecraft-e2e-')),
  ) {}

  run(...args: string[]): Promise<Finished> {
    return this.start(...args).finished;
  }

  start(...args: string[]): Started {
    return this.spawn(process.execPath, [...COMMAND, ...args]);
  }

  /** The same with a terminal for its output. */
  startOnTerminal(...args: string[]): Started {
    const line = ['exec', process.execPath, ...COMMAND, ...args].join(' ');
    return this.spawn('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
      CI: '',
    });
  }

  private spawn(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
    const child = spawn(program, args, {
      cwd: join(__dirname, '..', '..'),
      env: {
        ...process.env,
        STAGECRAFT_STATE_DIR: this.state,
        CI: '1',
        KUBEBUILDER_ASSETS: '',
        FORCE_COLOR: '0',
        ...this.variables,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    const finished = new Promise<Finished>((resolve) => {
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
    return { child, finished };
  }

  provision(...args: string[]): Promise<Finished> {
    return this.run('provision', '--env', 'sandbox', ...args);
  }

  async remove(): Promise<void> {
    await this.run('sandbox', 'reset');
    rmSync(this.state, { recursive: true, force: true });
  }
}

/** The figures of a recap by node, from what a run printed. */
export function recapOf(stdout: string): Map<string, Record<string, number>> {
  const lines = stdout.slice(stdout.indexOf('\nRECAP')).matchAll(/^([a-z0-9-]+) *: (ok=.*)$/gm);
  return new Map(
    [...lines].map(([, node = '', figures = '']) => [
      node,
      Object.fromEntries(
        figures
          .split(' ')
          .map((figure) => figure.split('='))
          .map(([name, value]) => [name, Number(value)]),
      ),
    ]),
  );
}

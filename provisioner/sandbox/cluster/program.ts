import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface Program {
  readonly name: string;
  readonly running: boolean;
  /** The end of its log. */
  lastLines(): string;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly log: string;
  readonly marker: Readonly<Record<string, string>>;
}

/** Starts a server that ends with this process, even when that is killed. */
export function startProgram(options: ProgramOptions): Program {
  const log = openSync(options.log, 'w', 0o600);
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', options.path, ...options.args], {
    cwd: '/',
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...options.marker },
  });
  closeSync(log);
  let running = true;
  const over = new Promise<void>((resolve) => {
    const end = () => {
      running = false;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  return {
    name: options.name,
    get running() {
      return running;
    },
    lastLines: () => readFileSync(options.log, 'utf8').trimEnd().split('\n').slice(-5).join('\n'),
    async stop() {
      if (running) child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 3000);
      await over;
      clearTimeout(hard);
    },
  };
}

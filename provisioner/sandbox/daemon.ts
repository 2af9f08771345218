/**
 * The process that holds the sandbox. `lifecycle.ts` starts it, detached, with the state folder as its argument, what to
 * bring up on standard input, and a pipe as file descriptor 3, on which one line says how it went.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { thisProcess } from '../process-identity';
import { applyRequest, controlHandler, describe } from './control';
import { listenOnLoopback } from './endpoint/listener';
import type { DaemonRecord } from './handle';
import { Sandbox } from './sandbox';
import { stateFolderAt } from './state-folder';

const REPORT_FD = 3;

async function main(): Promise<void> {
  process.umask(0o077);
  const state = stateFolderAt(process.argv[2] ?? '');
  const wanted = applyRequest.parse(JSON.parse(readFileSync(0, 'utf8')));
  let sandbox: Sandbox | undefined;
  const key = randomBytes(24).toString('hex');
  const control = await listenOnLoopback(controlHandler(key, () => sandbox));

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void (sandbox?.stop() ?? Promise.resolve()).finally(() => {
      rmSync(state.daemon, { force: true });
      process.exit(0);
    });
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('SIGHUP', () => {}); // The terminal that started it may close.

  sandbox = await Sandbox.start(state, wanted.plan, wanted.settings);
  const record = (): DaemonRecord => ({
    ...thisProcess(),
    control: { url: control.url, key },
    handle: sandbox?.handle ?? fail(),
  });
  const save = () => {
    writeFileSync(`${state.daemon}.tmp`, JSON.stringify(record()), { mode: 0o600 });
    renameSync(`${state.daemon}.tmp`, state.daemon);
  };
  sandbox.onChange = save;
  save();
  report({ ok: true });
}

function fail(): never {
  throw new Error('the sandbox is not there');
}

/** Whoever started it may be gone. */
function report(message: object): void {
  try {
    writeSync(REPORT_FD, `${JSON.stringify(message)}\n`);
    closeSync(REPORT_FD);
  } catch {
    // Nobody listens.
  }
}

main().catch((error: unknown) => {
  report({ ok: false, ...describe(error) });
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});

/**
 * A run of its own process that holds the lease in the folder of its first argument, is told to end by whatever ends it,
 * and then says why. With the second argument `uncaught` it breaks by an error that nobody catches.
 */
import { loadEnvironment } from '../../environments';
import { interruptible } from '../../provisioner/cli/interrupt';
import { withLease } from '../../provisioner/cli/lease';
import { runOrigin } from '../../provisioner/cli/operator';
import { interruptionOf } from '../../provisioner/engine/run-options';
import { fileStore } from '../../provisioner/lease/file-store';

async function main(folder: string, how: string | undefined): Promise<void> {
  const { signal, end, stop } = interruptible();
  const use = {
    environment: loadEnvironment('sandbox'),
    store: async () => fileStore(folder),
    mode: 'apply' as const,
    flags: {},
    runId: 'test',
    origin: runOrigin(new Date()),
    signal,
    onLost: (reason: string) => end({ kind: 'locked', reason }),
  };
  try {
    await withLease(use, async () => {
      process.stdout.write('at work\n');
      const ended = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      // Keeps the process alive, as a run's own connections do.
      const work = setInterval(() => {
        if (how === 'uncaught') throw new Error('nobody saw this coming');
      }, 20);
      await ended;
      clearInterval(work);
      process.stdout.write(`ended: ${interruptionOf(signal).kind}\n`);
    });
  } finally {
    stop();
  }
}

main(process.argv[2] ?? '', process.argv[3]).catch((error: unknown) => {
  process.stdout.write(`thrown: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

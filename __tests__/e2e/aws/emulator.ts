import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A stand-in for AWS: moto's server with what `emulator/` adds to it. */
export class Emulator {
  private constructor(
    private readonly process: ChildProcess,
    readonly endpoint: string,
    private readonly lines: readonly string[],
  ) {}

  /** @param python one that has moto */
  static async start(python: string): Promise<Emulator> {
    const server = join(__dirname, 'emulator', 'server.py');
    const child = spawn(python, ['-B', server, '0'], { stdio: ['pipe', 'pipe', 'pipe'] });
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    for await (const line of createInterface({ input: child.stdout })) {
      const port = /^listening on (\d+)$/.exec(line)?.[1];
      if (port !== undefined) return new Emulator(child, `http://127.0.0.1:${port}`, lines);
    }
    throw new Error(`the emulator did not start:\n${lines.join('\n')}`);
  }

  /** What makes terraform, the SDK and everything else here take it for AWS. */
  get variables(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: 'emulated',
      AWS_SECRET_ACCESS_KEY: 'emulated',
      AWS_SESSION_TOKEN: '',
      AWS_PROFILE: '',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      // S3 Control puts the account before the host: a name that nobody resolves. As a proxy the emulator gets it all the same.
      HTTP_PROXY: this.endpoint,
      http_proxy: this.endpoint,
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
    };
  }

  /** What clients asked for that it does not have, or where it broke. */
  get faults(): readonly string[] {
    return this.lines.filter((line) => /^(lacking|5\d\d) |Error\b/.test(line));
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
  }
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Emulator } from './emulator';

/** What there is in the account, as `region service kind name` in the order of the alphabet, asked for over the API. */
export async function remains(emulator: Emulator, python: string): Promise<readonly string[]> {
  const script = join(__dirname, 'emulator', 'remains.py');
  const { stdout } = await promisify(execFile)(
    python,
    ['-B', script, emulator.endpoint, 'ap-northeast-2', 'us-east-1', 'us-west-2'],
    // Nothing of this machine's settings of AWS: the script says itself what it takes.
    { env: { PATH: process.env.PATH }, maxBuffer: 2 ** 24 },
  );
  // Terraform makes things side by side: the emulator's own order is another one every time.
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Synthesizes the app as `cdktf synth` does, into a temporary folder that it gives: each stack is in `stacks/<name>`. */
export function synthesizedStacks(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-stacks-'));
  const { status, stderr } = spawnSync('node', ['--import', 'tsx', 'main.ts'], {
    cwd: resolve(__dirname, '../..'),
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', CDKTF_OUTDIR: folder },
  });
  if (status !== 0) throw new Error(stderr);
  return folder;
}

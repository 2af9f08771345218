import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const project = resolve(__dirname, '../../..');
const parts = [
  'main.ts',
  'cdktf.json',
  'package.json',
  'tsconfig.json',
  'environments',
  'stacks',
  'provisioner',
];

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  /** Both streams, as a terminal would have shown them. */
  readonly output: string;
}

/** A clean copy of the project, as somebody would clone it, in which commands run. */
export class Checkout {
  readonly folder = mkdtempSync(join(tmpdir(), 'stagecraft-aws-'));

  /** @param variables over those of this process */
  constructor(private readonly variables: Readonly<Record<string, string>>) {
    for (const part of parts) cpSync(join(project, part), join(this.folder, part), { recursive: true });
    symlinkSync(join(project, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** `npx cdktf …` */
  cdktf(command: 'deploy' | 'destroy', ...stacks: readonly string[]): Promise<Finished> {
    // Without a registry terraform has checksums for this machine's provider only, so none are looked up.
    const flags = ['--auto-approve', '--skip-provider-lock'];
    // Much of the time the provider waits, for queues above all: for more of them at once than the usual ten.
    flags.push('--terraform-parallelism', '40');
    return this.run(join(this.folder, 'node_modules/.bin/cdktf'), [command, ...stacks, ...flags]);
  }

  /** `npx cdktf synth`, by what it runs. */
  synth(): Promise<Finished> {
    return this.run(process.execPath, ['--import', 'tsx', 'main.ts']);
  }

  /** `terraform …` where cdktf runs it: in the folder of the stack. */
  terraform(stack: string, ...args: readonly string[]): Promise<Finished> {
    return this.run('terraform', args, join(this.folder, 'cdktf.out/stacks', stack));
  }

  /** `npx stagecraft …` */
  stagecraft(...args: readonly string[]): Promise<Finished> {
    return this.run(process.execPath, ['provisioner/cli/stagecraft.cjs', ...args]);
  }

  /** Changes a file, as an editor would. */
  edit(file: string, change: (text: string) => string): void {
    const path = join(this.folder, file);
    const text = readFileSync(path, 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`${file} has nothing to change`);
    writeFileSync(path, changed);
  }

  /** Adds an environment as somebody would: its file, and a line in the list. */
  addEnvironment(name: string, text: string): void {
    this.write(`environments/${name}.ts`, text);
    const before = "  prod: () => require('./prod'),\n";
    this.edit('environments/index.ts', (list) =>
      list.replace(before, `${before}  ${name}: () => require('./${name}'),\n`),
    );
  }

  write(file: string, text: string): string {
    const path = join(this.folder, file);
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(program: string, args: readonly string[], cwd = this.folder): Promise<Finished> {
    const child = spawn(program, args, {
      cwd,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        CI: '1',
        FORCE_COLOR: '0',
        DISABLE_VERSION_CHECK: 'true',
        CHECKPOINT_DISABLE: '1',
        // Terraform spends a good part of its time on collecting garbage.
        GOGC: '400',
        STAGECRAFT_STATE_DIR: join(this.folder, '.stagecraft'),
        ...this.variables,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    return new Promise((done, failed) => {
      child.on('error', failed);
      child.on('close', (status) => done({ status, stdout, output }));
    });
  }
}

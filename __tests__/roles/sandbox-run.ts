import { type Finished, SandboxCli } from '../e2e/sandbox-cli';

/** What one run did. */
export interface RoleRun {
  readonly code: number | null;
  /** Tasks and handlers that changed something (in check mode: would), by node: `task` or `handler: name`. */
  readonly changed: Readonly<Record<string, readonly string[]>>;
  /** The diffs of all changed tasks, by task. */
  readonly diffs: Readonly<Record<string, string>>;
  /** What failed, with why. */
  readonly failed: readonly string[];
  /** Everything that was printed. */
  readonly printed: string;
}

/** One role, or one play, in a sandbox of its own. */
export class RoleSandbox {
  readonly cli = new SandboxCli();

  constructor(private readonly tag: string) {}

  /** Runs the tasks of the role, on the nodes of a pattern. */
  async provision(limit: string, ...args: string[]): Promise<RoleRun> {
    const tags = args.includes('--tags') ? [] : ['--tags', this.tag];
    return toldBy(await this.cli.provision('--limit', limit, '--output', 'json', ...tags, ...args));
  }

  /** Runs a script on a node as root, by hand. Fails unless it ends well. */
  async onNode(node: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await this.cli.run('sandbox', 'shell', node, '--', 'sh', '-euc', script);
    if (code !== 0) throw new Error(`on ${node}: ${script}\nexit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  remove(): Promise<void> {
    return this.cli.remove();
  }
}

interface Told {
  readonly type: string;
  readonly task: string;
  readonly node: string;
  readonly status: string;
  readonly handler: boolean;
  readonly diff?: string;
  readonly error?: { readonly what: string; readonly lastLines: readonly string[] };
}

function toldBy({ code, stdout, stderr }: Finished): RoleRun {
  const tasks = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Told => JSON.parse(line))
    .filter(({ type }) => type === 'task');
  const changed: Record<string, string[]> = {};
  for (const { node, task, handler, status } of tasks)
    if (status === 'changed') changed[node] = [...(changed[node] ?? []), handler ? `handler: ${task}` : task];
  return {
    code,
    changed,
    diffs: Object.fromEntries(tasks.map(({ task, diff = '' }) => [task, diff])),
    failed: tasks.flatMap(({ node, task, error }) =>
      error === undefined ? [] : [`${node}: ${task}: ${error.what}: ${error.lastLines.join(' | ')}`],
    ),
    printed: stdout + stderr,
  };
}

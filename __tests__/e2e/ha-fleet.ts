import { type Finished, SandboxCli } from './sandbox-cli';

/** An event of a run, as far as these tests look at it. */
export interface RunEvent {
  readonly type: string;
  readonly play?: string;
  readonly node?: string;
  readonly role?: string;
  readonly task?: string;
  readonly status?: string;
  readonly handler?: boolean;
  readonly outcome?: string;
  readonly reason?: string;
  readonly stopped?: string;
  readonly resumed?: true;
  readonly error?: { readonly lastLines: readonly string[] };
}

export interface ToldRun extends Finished {
  readonly events: readonly RunEvent[];
  /** Tasks and handlers that changed something, as `node: task`. */
  readonly changed: readonly string[];
  /** Why the run ended early. */
  readonly stopped: string | undefined;
}

export const servers = [1, 2, 3].map((number) => `sandbox-ha-server-${number}`);
export const agents = [...[1, 2, 3].map((number) => `sandbox-ha-general-${number}`), 'sandbox-ha-database-1'];

/** Three servers and four agents, driven through the command line. */
export class HaFleet {
  readonly cli = new SandboxCli();

  async provision(...args: string[]): Promise<ToldRun> {
    const run = await this.cli.run('provision', '--env', 'sandbox-ha', '--output', 'json', ...args);
    const events = run.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): RunEvent => JSON.parse(line));
    return {
      ...run,
      events,
      changed: events
        .filter(({ type, status }) => type === 'task' && status === 'changed')
        .map(({ node, task }) => `${node}: ${task}`),
      stopped: events.find(({ type }) => type === 'run-finished')?.stopped,
    };
  }

  /** Runs a script on a node as root. Fails unless it ends well. */
  async on(node: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await this.cli.run('sandbox', 'shell', node, '--', 'sh', '-euc', script);
    if (code !== 0) throw new Error(`on ${node}: ${script}\nexit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  kubectl(command: string, on = 'sandbox-ha-server-3'): Promise<string> {
    return this.on(on, `k3s kubectl ${command}`);
  }

  /** Applies objects. */
  async apply(...objects: readonly object[]): Promise<void> {
    const yaml = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    await this.on('sandbox-ha-server-3', `printf '%s' '${yaml}' | k3s kubectl apply -f -`);
  }

  /** What `kubectl get nodes` shows, by name: status and version. */
  async nodes(): Promise<Record<string, string>> {
    const lines = (await this.kubectl('get nodes --no-headers')).trim().split('\n');
    return Object.fromEntries(
      lines.map((line) => {
        const [name = '', status = '', , , version = ''] = line.split(/ +/);
        return [name, `${status} ${version}`];
      }),
    );
  }

  remove(): Promise<void> {
    return this.cli.remove();
  }
}

/** The same for all nodes but some. */
export function nodesWith(state: string, but: Record<string, string> = {}): Record<string, string> {
  return { ...Object.fromEntries([...servers, ...agents].map((name) => [name, state])), ...but };
}

/** A Deployment of six and its budget. */
export function web(budget: object): object[] {
  const labels = { app: 'web' };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 6, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: {} } },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web' },
      spec: { selector: { matchLabels: labels }, ...budget },
    },
  ];
}

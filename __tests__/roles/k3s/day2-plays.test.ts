import type { Play } from '../../../provisioner/engine/play';
import { renderShell } from '../../../provisioner/engine/shell';
import { handlersOf, stepsOf } from '../../../provisioner/engine/steps';
import type { RoleContext } from '../../../provisioner/roles/context';
import { removalPlays } from '../../../provisioner/roles/k3s/removal';
import { restorePlays } from '../../../provisioner/roles/k3s/restore';
import { nextToken, tokenRotationPlays } from '../../../provisioner/roles/k3s/token-rotation';
import { lint, shellcheck } from '../../tasks/harness';
import { exampleContext } from '../example';

const context = exampleContext({ servers: { count: 3 } });
const host = (name: string, group: string) => ({ name, id: name, groups: [group] });
const [first, agent] = [host('test-server-1', 'servers'), host('test-general-1', 'agents')];

/** A store that writes down what is asked of it. */
function recorder() {
  const asked: string[] = [];
  const kept = new Set<string>([context.inventory.secrets.k3sToken]);
  return {
    asked,
    store: {
      exists: async (name: string) => kept.has(name),
      create: async (name: string) => {
        asked.push(`create ${name}`);
        kept.add(name);
      },
      same: async () => false,
      copy: async (from: string, to: string) => void asked.push(`copy ${from} ${to}`),
      version: async () => 1,
      remove: async (name: string) => {
        asked.push(`remove ${name}`);
        kept.delete(name);
      },
    },
  };
}

const request = { snapshot: 'etcd-snapshot-test-server-1-1795575443.zip', tokenVersion: 2 };
const plays: Record<string, readonly Play<RoleContext>[]> = {
  restore: restorePlays(context, request, recorder().store),
  'restore of a file': restorePlays(context, { snapshot: '/root/a.zip' }, recorder().store),
  'removal of a server': removalPlays(context, {
    node: 'test-server-2',
    through: first,
    host: host('test-server-2', 'servers'),
  }),
  'removal of an agent': removalPlays(context, { node: agent.name, through: first, host: agent }),
  'removal of a node that is gone': removalPlays(context, { node: 'old', through: first }),
  'token rotation': tokenRotationPlays(context, recorder().store),
};
const all = Object.entries(plays).flatMap(([name, list]) =>
  list.map((play) => [`${name}: ${play.name}`, play] as const),
);

describe.each(all)('%s', (_, play) => {
  const steps = stepsOf(play, context);

  (shellcheck ? it : it.skip)('shellcheck has nothing to say', () => {
    const said = [
      ...steps.map(({ task }) => lint(task)),
      ...handlersOf(steps).map((handler) => lint(handler)),
    ];
    expect(said.filter((text) => text !== '')).toEqual([]);
  });

  it('stops the run at the first failure', () => {
    expect(play.anyErrorsFatal).toBe(true);
  });
});

describe('a token rotation', () => {
  const names = (list: readonly Play<RoleContext>[]) => list.map(({ name }) => name);

  it('makes the new token first, and makes it the parameter’s value only when all servers have it', async () => {
    const { asked, store } = recorder();
    const list = tokenRotationPlays(context, store);
    const order: string[] = [];
    for (const play of list) {
      for (const { check, apply } of play.prerequisites?.(context) ?? []) if (!(await check())) await apply();
      order.push(...asked.splice(0), play.name);
    }
    const next = nextToken(context);
    const { k3sToken } = context.inventory.secrets;
    const at = (what: string) => order.indexOf(what);
    expect(at(`create ${next}`)).toBe(0);
    expect(at(`copy ${next} ${k3sToken}`)).toBeGreaterThan(at('servers take it'));
    expect(at(`copy ${next} ${k3sToken}`)).toBeLessThan(at('agents take it'));
    expect(at(`remove ${next}`)).toBeGreaterThan(at('servers forget the old token'));
  });

  it('takes the servers one at a time', () => {
    const play = plays['token rotation']?.find(({ name }) => name === 'servers take it');
    expect(play?.serial).toBe(1);
  });

  it('lets nothing of a token out of a node, and puts none into an argument', () => {
    for (const { task } of (plays['token rotation'] ?? []).flatMap((play) => stepsOf(play, context))) {
      const shell = renderShell(task.apply, () => 'v') + renderShell(task.check, () => 'v');
      if (/token\.(next|before)|sc_param|in_force/.test(shell) && !/daemon-reload|ExecStartPre/.test(shell))
        expect({ task: task.name, sensitive: task.sensitive }).toMatchObject({ sensitive: true });
      expect(shell).not.toMatch(/k3s token|--new-token|curl[^\n]*\$\(cat/);
    }
  });

  it('has nothing to snapshot where the data is in SQLite', () => {
    const single = tokenRotationPlays(exampleContext(), recorder().store);
    expect(names(single)).not.toContain('a snapshot with the new token');
    expect(names(plays['token rotation'] ?? [])).toContain('a snapshot with the new token');
  });
});

describe('a removal', () => {
  it('deletes a server before it stops, so that it still votes; an agent after, so that it does not come back', () => {
    const names = (key: string) => (plays[key] ?? []).map(({ name }) => name);
    expect(names('removal of a server')).toEqual([
      'test-server-2 is taken out of service',
      'test-server-2 leaves the cluster',
      'K3s stops on it',
      'it is cleaned',
    ]);
    expect(names('removal of an agent').slice(1)).toEqual([
      'K3s stops on it',
      'test-general-1 leaves the cluster',
      'it is cleaned',
    ]);
    expect(names('removal of a node that is gone')).toHaveLength(2);
  });
});

describe('a restore', () => {
  it('puts the token of then back before anything starts', () => {
    const list = plays.restore ?? [];
    const [rightToken] = list[1]?.prerequisites?.(context) ?? [];
    expect(rightToken?.name).toContain('version 2');
    expect(list[2]?.name).toBe('the first server is the cluster');
  });

  it('leaves no mark that another run would believe', () => {
    for (const { task } of (plays.restore ?? []).flatMap((play) => stepsOf(play, context))) {
      const shell = renderShell(task.check, () => 'v') + renderShell(task.apply, () => 'v');
      expect(shell).not.toMatch(/SC_STATE|\/var\/lib\/stagecraft/);
    }
  });

  it('does not ask S3 for a file', () => {
    const shells = (key: string) =>
      (plays[key] ?? [])
        .flatMap((play) => stepsOf(play, context))
        .map(({ task }) => renderShell(task.apply, () => 'v'));
    expect(shells('restore of a file').join()).toContain('--etcd-s3=false');
    expect(shells('restore').join()).not.toContain('--etcd-s3=false');
  });
});

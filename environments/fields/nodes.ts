import { z } from 'zod';
import { taint } from '../../provisioner/inventory/schema';
import { architectureOf, isInstanceType, isTooSmallForServer, likelyInstanceType } from '../instance-types';
import { integer, name, text, unique } from './basics';

const labelValue = /^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/;
const labelName = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** Labels a kubelet may not give to itself (Kubernetes, NodeRestriction): with one of them it does not start. */
function isReservedLabel(key: string): boolean {
  const prefix = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const reserved = /(^|\.)(kubernetes|k8s)\.io$/.test(prefix);
  return reserved && !/(^|\.)(kubelet|node)\.kubernetes\.io$/.test(prefix);
}

const labels = z.record(
  text(labelName, 'a Kubernetes label key such as "node-role"').refine((key) => !isReservedLabel(key), {
    error:
      'a label key outside kubernetes.io and k8s.io, which a kubelet may not set on its own node (NodeRestriction)',
  }),
  text(labelValue, 'a Kubernetes label value: letters, digits, ".", "_" and "-"').max(63, {
    error: 'a Kubernetes label value of up to 63 characters',
  }),
);

const taints = unique(
  'key and effect',
  z.array(
    taint.extend({
      key: text(labelName, 'a Kubernetes taint key such as "dedicated"'),
      value: text(labelValue, 'a Kubernetes taint value: letters, digits, ".", "_" and "-"').default(''),
    }),
  ),
  // Kubernetes takes one value for each (kubernetes.io, "Taints and Tolerations").
  ({ key, effect }) => [key, effect],
);

const instanceType = z.string({ error: 'an EC2 instance type such as "t3.medium"' }).refine(isInstanceType, {
  error: ({ input }) =>
    `an EC2 instance type such as "${likelyInstanceType(String(input)) ?? 't3.medium'}" (the families known are in environments/instance-types.ts)`,
  abort: true,
});

const machine = {
  /** EC2 instance type. Its architecture has to be that of `arch`. Default: `t3.medium` (2 vCPU, 4 GiB). */
  instanceType: instanceType.default('t3.medium'),
  /** CPU architecture: `amd64` (x86-64) or `arm64` (Graviton: t4g, m7g, …). Default: `amd64`. */
  arch: z.enum(['amd64', 'arm64']).default('amd64'),
  /** Root volume, encrypted gp3, in GiB: 8 (what the Ubuntu image needs) to 16384 (AWS limit). Default: 30. */
  diskGiB: integer(8, 16_384, 'GiB').default(30),
  /** Buy spare capacity: up to 90 % cheaper, taken back at two minutes' notice. Default: false. */
  spot: z.boolean().default(false),
  /**
   * Where the nodes are, of `network.availabilityZones`: the first one in the first, and so on, from the start again after
   * the last. A zone may be there more than once. A node whose zone changes is replaced, and so is its data volume
   * (docs/operations/nodes.md, "Add a zone"). Default: all of `network.availabilityZones`.
   */
  zones: z
    .array(z.string({ error: 'a zone of network.availabilityZones' }), {
      error: 'a list of availability zones',
    })
    .min(1, { error: 'at least one availability zone' })
    .optional(),
  /** Kubernetes node labels. Default: none. */
  labels: labels.default({}),
  /** Kubernetes node taints. Default: none. */
  taints: taints.default([]),
};

/** The nodes that run the K3s control plane. */
export const servers = z
  .strictObject({
    ...machine,
    /** How many: 1, or for high availability 3, 5 or 7. etcd needs an odd number to keep a majority. Default: 1. */
    count: integer(1, 7)
      .refine((count) => count % 2 === 1, {
        error: 'an odd number (1, 3, 5 or 7): an even one adds a server without surviving one more failure',
      })
      .default(1),
  })
  .superRefine(matchArchitecture)
  .superRefine((server, context) => {
    if (!isTooSmallForServer(server.instanceType)) return;
    context.addIssue({
      code: 'custom',
      path: ['instanceType'],
      input: server.instanceType,
      message: 'a type with at least 2 GiB of memory (small or larger): a K3s server needs them',
    });
  });

const nodeGroup = z
  .strictObject({
    ...machine,
    /** How many agents, 0 to 100. 0 keeps the group without nodes. Default: 1. */
    count: integer(0, 100).default(1),
    /**
     * A data volume of each node, encrypted gp3 in GiB, 0 to 16384, that outlives the node and is backed up daily. 0: none.
     * Default: for a group called `database` what `database.storageGiB` asks for (none with `rds`), for one called
     * `monitoring` what `monitoring` asks for, both with a quarter more for the file system; else 0. It can grow, never
     * shrink.
     */
    dataGiB: integer(0, 16_384, 'GiB').optional(),
    /**
     * What single nodes have otherwise than their group, by their number: `{ 2: { spot: false } }` buys the second one on
     * demand while AWS has no spare capacity for it. A change of `spot`, or of the type of a spot node, replaces that node
     * and no other (docs/operations/nodes.md). Default: none.
     */
    except: z
      .record(
        text(/^[1-9]\d*$/, 'the number of a node: 2 for dev-general-2'),
        z.strictObject({
          /** Spare capacity or on demand. Absent: as the group. */
          spot: z.boolean().optional(),
          /** Of the group's architecture. Absent: as the group. */
          instanceType: instanceType.optional(),
        }),
      )
      .default({}),
  })
  .superRefine(matchArchitecture)
  .superRefine((group, context) => {
    for (const [number, { instanceType: other }] of Object.entries(group.except)) {
      if (Number(number) > group.count)
        context.addIssue({
          code: 'custom',
          path: ['except', number],
          input: group.except[number],
          message: `nodes of this group: it has ${group.count}`,
        });
      if (other !== undefined && architectureOf(other) !== group.arch)
        context.addIssue({
          code: 'custom',
          path: ['except', number, 'instanceType'],
          input: other,
          message: `a type of the group's architecture, ${group.arch}`,
        });
    }
  });

/** Host groups that every inventory has; a node group of that name, or one whose nodes were named like servers, is ambiguous. */
export const reservedGroupNames = [
  'all',
  'servers',
  'agents',
  'server',
  'agent',
  'ungrouped',
  'localhost',
] as const;

/** Groups of agents by name; the name is part of the node names (`prod-general-1`) and a host group of the inventory. */
export const nodeGroups = z.record(
  name(20).refine((group) => !reservedGroupNames.some((reserved) => reserved === group), {
    error: `another name: ${reservedGroupNames.join(', ')} are host groups or patterns already`,
  }),
  nodeGroup,
);

function matchArchitecture(
  node: { readonly instanceType: string; readonly arch: string },
  context: z.core.$RefinementCtx,
): void {
  const actual = architectureOf(node.instanceType);
  if (actual === node.arch) return;
  context.addIssue({
    code: 'custom',
    path: ['arch'],
    input: node.arch,
    message: `"${actual}", which is what ${node.instanceType} has`,
  });
}

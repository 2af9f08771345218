import { UserError } from '../errors';
import { groupsOf } from './hosts';
import type { Inventory, InventoryNode } from './schema';

type Vars = Readonly<Record<string, unknown>>;

interface Group {
  readonly hosts?: readonly string[];
  readonly children?: readonly string[];
  readonly vars?: Vars;
}

interface Meta {
  readonly hostvars: Readonly<Record<string, Vars>>;
}

/** What an Ansible inventory script prints for `--list`. */
export interface AnsibleInventory {
  readonly _meta: Meta;
  readonly all: Group;
  readonly [group: string]: Group | Meta;
}

/**
 * The inventory as an Ansible inventory script gives it: `all` with its children, and under `_meta.hostvars` everything
 * about each host, so that Ansible does not ask once for each of them. Connections go through Session Manager, as no node
 * has an open port.
 *
 * @throws UserError when two groups would have the same name in Ansible.
 */
export function ansibleInventory(inventory: Inventory): AnsibleInventory {
  const groups = membersByGroup(inventory);
  return {
    _meta: { hostvars: Object.fromEntries(inventory.nodes.map((node) => [node.name, hostvars(node)])) },
    all: { children: [...groups.keys(), 'ungrouped'], vars: commonVars(inventory) },
    ...Object.fromEntries([...groups].map(([name, hosts]) => [name, { hosts }])),
  };
}

/** What an Ansible inventory script prints for `--host NAME`: the variables of one host. */
export function ansibleHost(inventory: Inventory, name: string): Vars | undefined {
  const node = inventory.nodes.find((one) => one.name === name);
  return node === undefined ? undefined : { ...commonVars(inventory), ...hostvars(node) };
}

function hostvars(node: InventoryNode): Vars {
  return {
    ansible_host: node.instanceId,
    instance_id: node.instanceId,
    private_ip: node.privateIp,
    availability_zone: node.zone,
    arch: node.arch,
    node_role: node.role,
    node_groups: node.groups,
    labels: node.labels,
    taints: node.taints,
    ...(node.dataVolumeId === undefined ? {} : { data_volume_id: node.dataVolumeId }),
  };
}

function commonVars(inventory: Inventory): Vars {
  const transferBucket = inventory.buckets.ssm ?? inventory.buckets.transfer;
  return {
    ansible_connection: 'community.aws.aws_ssm',
    ansible_aws_ssm_region: inventory.region,
    // The plugin moves files through a bucket. Where the environment has none for it, the playbook's author names one.
    ...(transferBucket === undefined ? {} : { ansible_aws_ssm_bucket_name: transferBucket }),
    stagecraft_project: inventory.project,
    stagecraft_environment: inventory.environment,
    stagecraft_account_id: inventory.accountId,
    stagecraft_endpoints: inventory.endpoints,
    stagecraft_buckets: inventory.buckets,
    ...(inventory.workloadIdentity === undefined
      ? {}
      : { stagecraft_workload_identity: inventory.workloadIdentity }),
    stagecraft_parameter_prefix: inventory.secrets.parameterPrefix,
  };
}

function membersByGroup(inventory: Inventory): ReadonlyMap<string, readonly string[]> {
  const ours = new Map<string, string>();
  const members = new Map<string, string[]>();
  for (const node of inventory.nodes) {
    for (const group of groupsOf(node)) {
      const name = ansibleGroupName(group);
      const owner = ours.get(name) ?? group;
      if (owner !== group) {
        throw new UserError(
          `The groups '${owner}' and '${group}' would both be '${name}' in Ansible.`,
          `Rename one of these node groups in environments/${inventory.environment}.ts and deploy.`,
        );
      }
      ours.set(name, group);
      members.set(name, [...(members.get(name) ?? []), node.name]);
    }
  }
  return members;
}

/** Ansible's group names are Python identifiers: letters, digits and underscores, no digit first. */
function ansibleGroupName(group: string): string {
  const name = group.replace(/\W/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}

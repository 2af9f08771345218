import { z } from 'zod';
import { EnvironmentError } from './errors';
import { name, region, text } from './fields/basics';
import { database, redis } from './fields/data-stores';
import { edge } from './fields/edge';
import { github } from './fields/github';
import { k3s } from './fields/k3s';
import { network } from './fields/network';
import { nodeGroups, servers } from './fields/nodes';
import { backup, budget, domains, messaging, monitoring, services } from './fields/services';
import { ssh } from './fields/ssh';
import { system } from './fields/system';
import { allowedByDefault, describeMistakes } from './mistakes';
import { addRules } from './rules';

/** The ways to the nodes. */
export const transports = ['ssm', 'ssh', 'local'] as const;

const fields = z.strictObject({
  /**
   * Name of the environment: part of node names, parameter paths and AWS names. Up to 11 characters, which with the
   * project's 20 stays within the 32 of a load balancer's name.
   */
  name: name(11).refine((value) => value !== 'bootstrap' && value !== 'shared', {
    error: 'another name: bootstrap is the stack of the state bucket, and what it makes is tagged shared',
  }),
  /** Name of the project, up to 20 characters. Default: `stagecraft`. */
  project: name(20).default('stagecraft'),
  /** The AWS account: with it, a deployment with another account's credentials is refused. Absent: any account. */
  accountId: text(/^\d{12}$/, 'an AWS account id: twelve digits, in quotes').optional(),
  /** AWS region, one that `environments/zones.ts` lists. Default: `ap-northeast-2`. */
  region: region.default('ap-northeast-2'),
  /** Production: what holds data refuses to be destroyed, no spot servers, a replica of the cache. Default: false. */
  production: z.boolean().default(false),
  /**
   * Takes off what keeps production from being destroyed. Deploy with `true` once, then destroy. Default: false.
   */
  unprotected: z.boolean().default(false),
  /** Who pays, as the value of the tag `cost-centre`. Default: `platform`. */
  costCentre: text(
    /^[A-Za-z0-9 _.:/=+@-]{1,256}$/,
    'up to 256 letters, digits, spaces and _ . : / = + - @',
  ).default('platform'),
  /**
   * How the provisioner reaches the nodes: `ssm` (Systems Manager: no open port, no key), `ssh`, or `local` (the one node is
   * the machine that the command runs on). `--transport` precedes it. Default: `ssm`.
   */
  transport: z.enum(transports).default('ssm'),
  /** For `transport: ssh`. */
  ssh: ssh.prefault({}),
  /** Where Terraform keeps the state. */
  state: z
    .strictObject({
      /** Name of the bucket. Absent: `<project>-tfstate-<accountId>`. The variable STAGECRAFT_STATE_BUCKET precedes both. */
      bucket: text(
        /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
        'an S3 bucket name: 3 to 63 lower-case letters, digits and hyphens',
      ).optional(),
      /** Region of the bucket and of the lock table. Absent: the environment's. */
      region: region.optional(),
    })
    .prefault({}),
  /** The VPC. */
  network: network.prefault({}),
  /** The nodes of the control plane. */
  servers: servers.prefault({}),
  /** Groups of agents by name. Default: none (the servers run everything). */
  nodeGroups: nodeGroups.default({}),
  /** The Kubernetes distribution. */
  k3s: k3s.prefault({}),
  /** The operating system of the nodes. */
  system: system.prefault({}),
  /** Base URL of a mirror of release downloads. Absent: the projects' own release pages. */
  artifactMirror: z
    .url({ protocol: /^https?$/, error: 'a URL such as "https://mirror.example.com"' })
    .optional(),
  /** Public host names. Absent: the environment has none. */
  domains: domains.optional(),
  /** Load balancer, CDN, web application firewall. */
  edge: edge.prefault({}),
  /** The relational database. */
  database: database.prefault({}),
  /** The cache. */
  redis: redis.prefault({}),
  /** Events between the services. */
  messaging: messaging.prefault({}),
  /** The services whose pods have an AWS role, and what each may do. */
  services,
  /** Snapshots of volumes. */
  backup: backup.prefault({}),
  /** Metrics and logs. */
  monitoring: monitoring.prefault({}),
  /** The services' code. Absent: no delivery roles. */
  github: github.optional(),
  /** What the environment may cost. */
  budget: budget.prefault({}),
});

/** The desired state of one environment: everything a user may choose, with its defaults, units and bounds. */
export const environmentSchema = addRules(fields);

/** An environment with every default filled in. */
export type Environment = z.output<typeof environmentSchema>;
/** What an environment file may say. */
export type EnvironmentInput = z.input<typeof environmentSchema>;

/**
 * Checks what an environment file says and fills in the defaults.
 *
 * @param source the file, as the operator knows it: `environments/prod.ts`
 * @throws EnvironmentError with one line for each mistake
 */
export function defineEnvironment(input: unknown, source: string): Environment {
  const result = environmentSchema.safeParse(input, { error: allowedByDefault, reportInput: true });
  if (result.success) return result.data;
  const problems = describeMistakes(result.error.issues, environmentSchema);
  throw new EnvironmentError(
    `${source}: ${problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`}`,
    problems,
  );
}

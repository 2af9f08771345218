import { z } from 'zod';
import { parseCidr } from '../cidr';
import { layOutSubnets } from '../subnets';
import { integer, privateCidr, text, unique } from './basics';

const cidrAllowed = 'an IPv4 block that starts at its first address, such as "192.168.7.0/24"';

/** The VPC. Subnets are computed from the block: a private, a public and a data subnet in each availability zone. */
export const network = z
  .strictObject({
    /** Address block of the VPC, for good. AWS allows /16 to /28. No other environment's may overlap. Default: `10.0.0.0/16`. */
    cidr: privateCidr(16, 28).default('10.0.0.0/16'),
    /** Never to be connected with another environment's VPC: its block may overlap theirs. Default: false. */
    standalone: z.boolean().default(false),
    /**
     * Zones that get subnets, 1 to 6. Two at least for a load balancer. Append to add one: the subnets of the others stay
     * where they are. Nodes beyond the old number of zones move, and are replaced, unless their group has the old list as
     * its `zones` (docs/operations/nodes.md, "Add a zone"). Default: `ap-northeast-2a`, `ap-northeast-2b`.
     */
    availabilityZones: unique(
      'zone',
      z.array(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'an availability zone such as "ap-northeast-2a"'), {
        error: 'a list of availability zones',
      }),
    )
      .min(1, { error: 'at least one availability zone' })
      .max(6, { error: 'at most six availability zones' })
      .default(['ap-northeast-2a', 'ap-northeast-2b']),
    /**
     * How private nodes reach the internet. `instance`: one t4g.nano that translates addresses, the cheapest, and a
     * single point of failure for outgoing traffic. `gateway`: one managed NAT gateway. `gateway-per-az`: one in each
     * zone, so that the loss of a zone stays in that zone. Default: `instance`.
     */
    nat: z.enum(['instance', 'gateway', 'gateway-per-az']).default('instance'),
    /** Reach Systems Manager past the NAT, by three interface endpoints in each zone: 57 USD a month in two. Default: false. */
    ssmEndpoints: z.boolean().default(false),
    /** Give the VPC and its subnets IPv6 blocks too; nodes take no IPv6 address by themselves. Default: false. */
    ipv6: z.boolean().default(false),
    /**
     * Where nodes may go outside the VPC beside HTTPS and HTTP (TCP 443 and 80, anywhere), up to 20: mail
     * (`{ port: 587 }`), Git over SSH (`{ port: 22 }`), a database elsewhere (`{ port: 3306, cidr: '192.168.7.0/24' }`).
     * Default: none.
     */
    egress: unique(
      'port, protocol and cidr',
      z.array(
        z.strictObject({
          /** 1 to 65535. */
          port: integer(1, 65_535),
          /** Default: `tcp`. */
          protocol: z.enum(['tcp', 'udp']).default('tcp'),
          /** Block of addresses. Default: `0.0.0.0/0`, any. */
          cidr: z
            .string({ error: cidrAllowed })
            .refine((value) => parseCidr(value) !== undefined, { error: cidrAllowed })
            .default('0.0.0.0/0'),
        }),
      ),
    )
      .max(20, { error: 'at most twenty' })
      .default([]),
    /** Who talked to whom, in CloudWatch Logs. */
    flowLogs: z
      .strictObject({
        /** `none`, `rejected` (what security groups turned away) or `all` connections. Default: `rejected`. */
        traffic: z.enum(['none', 'rejected', 'all']).default('rejected'),
        /** Days they are kept: 1, 3, 5, 7, 14, 30, 60, 90, 180 or 365 (of what CloudWatch Logs knows). Default: 14. */
        days: z
          .literal([1, 3, 5, 7, 14, 30, 60, 90, 180, 365], {
            error: '1, 3, 5, 7, 14, 30, 60, 90, 180 or 365 (days)',
          })
          .default(14),
      })
      .prefault({}),
    /**
     * Prefix lengths of the subnets, /16 to /28. Private ones have the first half of the block. Default: private /20
     * (4,091 usable addresses), public /24 (251), data as public.
     */
    subnetPrefixes: z
      .strictObject({
        private: integer(16, 28, 'prefix length').default(20),
        public: integer(16, 28, 'prefix length').default(24),
        data: integer(16, 28, 'prefix length').optional(),
      })
      .prefault({}),
  })
  .superRefine((value, context) => {
    if (layOutSubnets(value) !== undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['cidr'],
      input: value.cidr,
      message:
        `a block that holds the subnets: ${value.availabilityZones.length} zones, each with a private /${value.subnetPrefixes.private} ` +
        `in its first half, a data /${value.subnetPrefixes.data ?? value.subnetPrefixes.public} and a public /${value.subnetPrefixes.public} in its second; choose a larger cidr, longer subnetPrefixes or fewer availabilityZones`,
    });
  });

import { z } from 'zod';
import { layOutSubnets } from '../subnets';
import { integer, privateCidr, text } from './basics';

/** The VPC. Subnets are computed from the block: one private and one public subnet in each availability zone. */
export const network = z
  .strictObject({
    /** Address block of the VPC. AWS allows /16 to /28. Default: `10.0.0.0/16`. */
    cidr: privateCidr(16, 28).default('10.0.0.0/16'),
    /**
     * Zones that get a private and a public subnet, 1 to 6. Two at least for a load balancer. Append to add one: the
     * subnets of the others stay where they are. Default: `ap-northeast-2a`, `ap-northeast-2b`.
     */
    availabilityZones: z
      .array(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'an availability zone such as "ap-northeast-2a"'), {
        error: 'a list of availability zones',
      })
      .min(1, { error: 'at least one availability zone' })
      .max(6, { error: 'at most six availability zones' })
      .default(['ap-northeast-2a', 'ap-northeast-2b']),
    /**
     * How private nodes reach the internet. `instance`: one t4g.nano that translates addresses, the cheapest, and a
     * single point of failure for outgoing traffic. `gateway`: one managed NAT gateway. `gateway-per-az`: one in each
     * zone, so that the loss of a zone stays in that zone. Default: `instance`.
     */
    nat: z.enum(['instance', 'gateway', 'gateway-per-az']).default('instance'),
    /** Prefix lengths of the subnets, /16 to /28. Default: private /20 (4,091 usable addresses), public /24 (251). */
    subnetPrefixes: z
      .strictObject({
        private: integer(16, 28, 'prefix length').default(20),
        public: integer(16, 28, 'prefix length').default(24),
      })
      .prefault({}),
  })
  .superRefine((value, context) => {
    value.availabilityZones.forEach((zone, index) => {
      if (value.availabilityZones.indexOf(zone) === index) return;
      context.addIssue({
        code: 'custom',
        path: ['availabilityZones', index],
        input: zone,
        message: 'each zone once',
      });
    });
    if (layOutSubnets(value) !== undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['cidr'],
      input: value.cidr,
      message:
        `a block that holds the subnets: ${value.availabilityZones.length} zones, each with a private /${value.subnetPrefixes.private} ` +
        `and a public /${value.subnetPrefixes.public}; choose a larger cidr, longer subnetPrefixes or fewer availabilityZones`,
    });
  });

import { Route53Record } from '@cdktf/provider-aws/lib/route53-record';
import { Route53Zone } from '@cdktf/provider-aws/lib/route53-zone';
import { Construct } from 'constructs';

export interface ApiAddressArgs {
  /** Name of the project: the zone is `<environment>.<project>.internal`. */
  readonly project: string;
  /** Name of the environment. */
  readonly environment: string;
  /** The VPC that finds the name. */
  readonly vpcId: string;
  /** Private addresses of the servers; more than one. */
  readonly servers: readonly string[];
}

/** How long a client may go on with an address of a server that was replaced, in seconds. */
const TTL = 60;

/**
 * One name for the API of several servers, in the VPC: `api.<environment>.<project>.internal`, with the address of each. A
 * client tries them in turn, so it survives the loss of a server; kubectl and every other client in Go does so by itself.
 * Nodes don't depend on it: they choose the server that they join (docs/decisions).
 *
 * Cost: 0.50 USD a month for the private zone. An internal load balancer would cost about 18.
 */
export class ApiAddress extends Construct {
  readonly #host: string;

  constructor(scope: Construct, id: string, args: ApiAddressArgs) {
    super(scope, id);
    const zone = `${args.environment}.${args.project}.internal`;
    this.#host = `api.${zone}`;
    const { zoneId } = new Route53Zone(this, 'zone', {
      name: zone,
      comment: `Names of ${args.project} ${args.environment} inside its VPC`,
      vpc: [{ vpcId: args.vpcId }],
    });
    new Route53Record(this, 'api', {
      zoneId,
      name: this.#host,
      type: 'A',
      ttl: TTL,
      records: [...args.servers],
    });
  }

  /** host:port */
  get address(): string {
    return `${this.#host}:6443`;
  }
}

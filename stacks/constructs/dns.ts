import { DataAwsRoute53Zone } from '@cdktf/provider-aws/lib/data-aws-route53-zone';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record';
import { Route53Zone } from '@cdktf/provider-aws/lib/route53-zone';
import { Construct } from 'constructs';

export interface DnsArgs {
  /** The hosted zone, for example `example.com`. */
  readonly zone: string;
  /**
   * `existing`: looked up, and shared with whoever uses it. `create`: made here; until its name servers are entered at the
   * registrar or in the parent zone, nobody finds it, and a deployment waits for certificates in vain.
   */
  readonly hostedZone: 'existing' | 'create';
  /** Production: a zone that was made here is not destroyed. */
  readonly production: boolean;
}

/** What an alias record points at: an AWS resource with a zone of its own. */
export interface AliasTarget {
  readonly dnsName: string;
  readonly hostedZoneId: string;
  /** Whether it has IPv6 addresses too. */
  readonly ipv6: boolean;
}

/** A record that proves the ownership of a domain to ACM. */
export interface ValidationRecord {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/**
 * The public names of an environment. A zone that is looked up belongs to several environments: only records of this
 * environment's own hosts are written, so that none is in another's way.
 *
 * Cost: 0.50 USD a month for a zone that is made here; alias queries are free, others 0.40 USD a million.
 */
export class Dns extends Construct {
  readonly #args: DnsArgs;
  readonly #zone: Route53Zone | DataAwsRoute53Zone;

  constructor(scope: Construct, id: string, args: DnsArgs) {
    super(scope, id);
    this.#args = args;
    this.#zone =
      args.hostedZone === 'create'
        ? new Route53Zone(this, 'zone', {
            name: args.zone,
            forceDestroy: !args.production,
            lifecycle: { preventDestroy: args.production },
          })
        : new DataAwsRoute53Zone(this, 'zone', { name: args.zone, privateZone: false });
  }

  /** The zone's name servers: what the registrar or the parent zone has to name. */
  get nameServers(): string[] {
    return this.#zone.nameServers;
  }

  /** Points hosts at an AWS resource. Aliases, unlike CNAMEs, may stand at the apex of a zone. */
  alias(hosts: readonly string[], target: AliasTarget): void {
    for (const host of hosts) {
      for (const type of target.ipv6 ? ['A', 'AAAA'] : ['A']) {
        new Route53Record(this, `${host}-${type}`, {
          zoneId: this.#zone.zoneId,
          name: host,
          type,
          alias: { name: target.dnsName, zoneId: target.hostedZoneId, evaluateTargetHealth: false },
        });
      }
    }
  }

  /**
   * Lets Amazon alone issue certificates for these hosts and what is below them, and nobody wildcards (RFC 8659). A record
   * at the apex rules the whole zone: one is written only into a zone that is made here. In one that there was, others have
   * hosts, perhaps certificates of other issuers, and perhaps such a record already; there its owner decides.
   */
  certifiedByAmazon(hosts: readonly string[]): void {
    const { zone, hostedZone } = this.#args;
    for (const host of hosts.filter((one) => hostedZone === 'create' || one !== zone)) {
      new Route53Record(this, `${host}-CAA`, {
        zoneId: this.#zone.zoneId,
        name: host,
        type: 'CAA',
        ttl: 3600,
        records: ['0 issue "amazon.com"', '0 issuewild ";"'],
      });
    }
  }

  /** Writes the record by which ACM sees that a host is ours, and renews its certificate. Gives its full name. */
  prove(host: string, record: ValidationRecord): string {
    return new Route53Record(this, `${host}-validation`, {
      zoneId: this.#zone.zoneId,
      name: record.name,
      type: record.type,
      records: [record.value],
      ttl: 300,
    }).fqdn;
  }
}

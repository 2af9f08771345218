import { Construct } from 'constructs';
import { loadBalancerHosts, siteHosts } from '../../environments/edge';
import type { Environment } from '../../environments/schema';
import { AccessLogs } from './access-logs';
import type { Alarms } from './alarms';
import { Certificate } from './certificate';
import { Dns } from './dns';
import { Frontend } from './frontend';
import { globalRegion } from './global-region';
import type { Grantee } from './grantee';
import { LoadBalancer } from './load-balancer';
import type { Admission } from './load-balancer/firewall';
import type { Network } from './network';
import type { NodeFirewall } from './node-firewall';
import type { DeployedNode } from './nodes';
import { WebFirewall } from './web-firewall';

export interface EdgeArgs {
  /** `<project>-<environment>`, the start of every name; up to 32 characters (load balancer). */
  readonly name: string;
  /** The account that is deployed to: part of the names of buckets, which are global to AWS. */
  readonly accountId: string;
  /** Region of the environment, where the load balancer is. */
  readonly region: string;
  /** Production: what holds data, and the load balancer, refuse to be destroyed; logs are kept longer. */
  readonly production: boolean;
  /** What the environment says of its edge. */
  readonly settings: Environment['edge'];
  /** Its host names. Absent: the site has a name of CloudFront's, and the API is reached through it alone. */
  readonly domains?: Environment['domains'];
  /** Where the load balancer is: in its public subnets, two zones at least. */
  readonly network: Network;
  /** The nodes' firewall, which has to let the load balancer through. */
  readonly firewall: NodeFirewall;
  /** The nodes that requests go to: all, for a NodePort is open on each. */
  readonly nodes: readonly Pick<DeployedNode, 'planned' | 'instanceId'>[];
  /** Alarms of the environment's region: of the load balancer and its certificate. */
  readonly alarms: Alarms;
  /** Alarms of us-east-1, where the metrics of CloudFront and its certificate are. */
  readonly globalAlarms: Alarms;
}

interface Named {
  readonly domains: NonNullable<Environment['domains']>;
  readonly dns: Dns;
  /** CloudFront's, of the site's hosts. */
  readonly siteCertificate: Certificate;
  /** The load balancer's, of the hosts of the API and the tools. */
  readonly apiCertificate: Certificate;
}

/**
 * All that is public of an environment: names and certificates, the web site with CloudFront, the load balancer in front of
 * the nodes, and a web application firewall before each.
 *
 * Without host names of its own an environment works all the same, for trying things out: CloudFront serves under its
 * default name with its certificate, and asks the load balancer over plain HTTP, for which there can be no certificate;
 * so the load balancer admits CloudFront only. Between the two nothing is encrypted: not for real bookings.
 *
 * Cost (ap-northeast-2): about 30 USD a month for the load balancer and 28 USD for both firewalls, before traffic; see
 * `LoadBalancer`, `WebFirewall`, `Frontend`.
 */
export class Edge extends Construct {
  readonly #args: EdgeArgs;
  readonly #named: Named | undefined;
  readonly #frontend: Frontend;
  readonly #loadBalancer: LoadBalancer;

  constructor(scope: Construct, id: string, args: EdgeArgs) {
    super(scope, id);
    this.#args = args;
    this.#named = this.#names();
    const logs = new AccessLogs(this, 'logs', { ...args, days: args.settings.accessLogDays });
    this.#loadBalancer = this.#balance(logs);
    this.#frontend = this.#site(logs);
    this.#loadBalancer.recognize(this.#frontend.mark);
    this.#guard();
    this.#publish();
  }

  /** URL of the web site. */
  get siteUrl(): string {
    return `https://${this.#named?.domains.site ?? this.#frontend.domainName}`;
  }

  /** Name of the bucket that the front end is deployed to. */
  get siteBucket(): string {
    return this.#frontend.bucketName;
  }

  /** The distribution to invalidate after a deployment. */
  get distributionId(): string {
    return this.#frontend.distributionId;
  }

  /** Objects that are deployed with the infrastructure and that everybody may read (ARNs). */
  get errorPages(): readonly string[] {
    return this.#frontend.errorPages;
  }

  /** Name servers to enter at the registrar or in the parent zone; undefined where the zone existed before. */
  get nameServers(): string[] | undefined {
    return this.#args.settings.hostedZone === 'create' ? this.#named?.dns.nameServers : undefined;
  }

  /** Lets somebody deploy the front end, and nothing else. */
  grantDeploy(grantee: Grantee): void {
    this.#frontend.grantDeploy(grantee);
  }

  /** The two certificates share no host: ACM would ask for the same record twice. */
  #names(): Named | undefined {
    const { name, domains, settings, production, alarms, globalAlarms } = this.#args;
    if (domains === undefined) return undefined;
    const dns = new Dns(this, 'dns', { zone: domains.zone, hostedZone: settings.hostedZone, production });
    const [site, api] = [siteHosts(domains), loadBalancerHosts(domains)];
    dns.certifiedByAmazon([...site, ...api]);
    return {
      domains,
      dns,
      siteCertificate: new Certificate(this, 'site-certificate', {
        name: `${name}-site`,
        hosts: site,
        dns,
        region: globalRegion,
        alarms: globalAlarms,
      }),
      apiCertificate: new Certificate(this, 'api-certificate', {
        name: `${name}-api`,
        hosts: api,
        dns,
        alarms,
      }),
    };
  }

  #balance(logs: AccessLogs): LoadBalancer {
    const { settings } = this.#args;
    const balancer = new LoadBalancer(this, 'load-balancer', {
      name: this.#args.name,
      network: this.#args.network,
      nodes: this.#args.firewall,
      ...(this.#named === undefined ? {} : { certificate: this.#named.apiCertificate }),
      admission: this.#admission(),
      idleTimeoutSeconds: settings.loadBalancer.idleTimeoutSeconds,
      deregistrationDelaySeconds: settings.loadBalancer.deregistrationDelaySeconds,
      logs,
      alarms: this.#args.alarms,
      production: this.#args.production,
    });
    balancer.attach(this.#args.nodes);
    return balancer;
  }

  #admission(): Admission {
    const { admit, admitAlso } = this.#args.settings.loadBalancer;
    if (this.#named === undefined || admit === 'cloudfront') return { who: 'cloudfront', also: admitAlso };
    return { who: 'anyone' };
  }

  #site(logs: AccessLogs): Frontend {
    const { name, accountId, production, settings } = this.#args;
    return new Frontend(this, 'frontend', {
      name,
      accountId,
      production,
      logs,
      alarms: this.#args.globalAlarms,
      ...(this.#named === undefined
        ? {}
        : {
            domain: {
              hosts: siteHosts(this.#named.domains),
              certificate: this.#named.siteCertificate,
            },
          }),
      api: {
        host: this.#named?.domains.api ?? this.#loadBalancer.alias.dnsName,
        tls: this.#named !== undefined,
        public: this.#admission().who === 'anyone',
      },
      passThrough: settings.cdn.passThrough,
      extraSources: settings.cdn.contentSecurityPolicy,
      priceClass: settings.cdn.priceClass,
      ...(settings.firewall.protects.includes('site') ? { firewall: this.#webFirewall('site') } : {}),
    });
  }

  #guard(): void {
    if (!this.#args.settings.firewall.protects.includes('loadBalancer')) return;
    this.#webFirewall('loadBalancer').protect(this.#loadBalancer);
  }

  /** The load balancer's leaves out of its rates what CloudFront passes on. */
  #webFirewall(of: 'site' | 'loadBalancer'): WebFirewall {
    const { name, production, settings } = this.#args;
    return new WebFirewall(this, of === 'site' ? 'site-firewall' : 'api-firewall', {
      ...settings.firewall,
      name: `${name}-${of === 'site' ? 'site' : 'api'}`,
      of,
      production,
      ...(of === 'loadBalancer' ? { exempt: this.#frontend.mark } : {}),
    });
  }

  #publish(): void {
    if (this.#named === undefined) return;
    const { dns, domains } = this.#named;
    dns.alias(siteHosts(domains), this.#frontend.alias);
    dns.alias(loadBalancerHosts(domains), this.#loadBalancer.alias);
  }
}

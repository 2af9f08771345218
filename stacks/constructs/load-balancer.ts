import { Lb } from '@cdktf/provider-aws/lib/lb';
import { LbListener, type LbListenerDefaultAction } from '@cdktf/provider-aws/lib/lb-listener';
import { LbListenerRule, type LbListenerRuleCondition } from '@cdktf/provider-aws/lib/lb-listener-rule';
import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group';
import { LbTargetGroupAttachment } from '@cdktf/provider-aws/lib/lb-target-group-attachment';
import { Construct } from 'constructs';
import { acceptFindings } from './accepted-findings';
import type { AccessLogs } from './access-logs';
import type { Alarms } from './alarms';
import type { Certificate } from './certificate';
import type { AliasTarget } from './dns';
import type { Mark } from './frontend/mark';
import { watch } from './load-balancer/alarms';
import { type Admission, LoadBalancerFirewall } from './load-balancer/firewall';
import type { Network } from './network';
import type { NodeFirewall } from './node-firewall';
import type { DeployedNode } from './nodes';

export interface LoadBalancerArgs {
  /** Name of the load balancer and of its target group: up to 32 characters, not beginning with `internal-` (ELB limits). */
  readonly name: string;
  /** Its public subnets: two zones at least. */
  readonly network: Network;
  /** The nodes' firewall, which has to let it through. */
  readonly nodes: NodeFirewall;
  /**
   * For HTTPS. Default: none, then it speaks plain HTTP, and should admit CloudFront alone.
   */
  readonly certificate?: Certificate;
  /** Who may connect. */
  readonly admission: Admission;
  /** Seconds without traffic after which a connection is closed, 1 to 4000. Default: 300, for WebSockets. */
  readonly idleTimeoutSeconds?: number;
  /** Seconds that a node which leaves may take to finish its requests, 0 to 3600. Default: 60. */
  readonly deregistrationDelaySeconds?: number;
  /** Where its access logs go. */
  readonly logs: AccessLogs;
  /** Where its alarms go. */
  readonly alarms: Alarms;
  /** Production: AWS refuses to delete it. */
  readonly production: boolean;
}

/** The port of ingress-nginx on every node, HTTP: TLS ends at the load balancer. */
export const ingressNodePort = 30_080;

/**
 * The load balancer between the public and ingress-nginx on the nodes.
 *
 * It asks for the health of a node where its requests go, NodePort 30080, at `/healthz`. ingress-nginx answers that in two
 * places: on 10254, which is the pod's own probe and not in its Service, and, for load balancers, on its HTTP port in the
 * default server, which gets the requests of hosts that no Ingress names, as those of a health check. So a node counts as
 * healthy when the whole way through kube-proxy to a controller works.
 *
 * Cost (ap-northeast-2): 16.43 USD a month, 5.84 USD for each capacity unit that is used on average, and 3.65 USD for the
 * public address in each zone.
 */
export class LoadBalancer extends Construct {
  readonly #firewall: LoadBalancerFirewall;
  readonly #balancer: Lb;
  readonly #targets: LbTargetGroup;
  readonly #admission: Admission;
  readonly #listener: LbListener;

  constructor(scope: Construct, id: string, args: LoadBalancerArgs) {
    super(scope, id);
    const port = args.certificate === undefined ? 80 : 443;
    this.#firewall = new LoadBalancerFirewall(this, 'firewall', {
      name: `${args.name}-lb`,
      vpcId: args.network.vpcId,
      admission: args.admission,
      port,
      nodes: args.nodes,
      nodePort: ingressNodePort,
    });
    this.#balancer = this.#loadBalancer(args);
    this.#targets = this.#targetGroup(args);
    this.#admission = args.admission;
    this.#listener = args.certificate === undefined ? this.#listenInPlain() : this.#listen(args.certificate);
    watch(args.alarms, {
      loadBalancer: this.#balancer.arnSuffix,
      targetGroup: this.#targets.arnSuffix,
    });
  }

  get arn(): string {
    return this.#balancer.arn;
  }

  /** For records of the hosts that it answers for. */
  get alias(): AliasTarget {
    return { dnsName: this.#balancer.dnsName, hostedZoneId: this.#balancer.zoneId, ipv6: false };
  }

  /** Sends requests to these nodes too. */
  attach(nodes: readonly Pick<DeployedNode, 'planned' | 'instanceId'>[]): void {
    for (const { planned, instanceId } of nodes) {
      new LbTargetGroupAttachment(this, planned.name, {
        targetGroupArn: this.#targets.arn,
        targetId: instanceId,
        port: ingressNodePort,
      });
    }
  }

  /**
   * Says which requests are those of our distribution, where CloudFront alone is admitted: its addresses are those of all
   * its customers, whose distributions could ask us past ours and its firewall. Others are refused (403).
   */
  recognize(mark: Mark): void {
    if (this.#admission.who === 'anyone') return;
    const { also } = this.#admission;
    this.#forward('distribution', 1, {
      httpHeader: { httpHeaderName: mark.header, values: [mark.value] },
    });
    if (also.length > 0) this.#forward('also', 2, { sourceIp: { values: [...also] } });
  }

  #forward(id: string, priority: number, condition: LbListenerRuleCondition): void {
    new LbListenerRule(this, id, {
      listenerArn: this.#listener.arn,
      priority,
      condition: [condition],
      action: [{ type: 'forward', targetGroupArn: this.#targets.arn }],
    });
  }

  /** Where it is not for everybody, what is not recognized is refused. */
  get #byDefault(): LbListenerDefaultAction {
    return this.#admission.who === 'anyone'
      ? { type: 'forward', targetGroupArn: this.#targets.arn }
      : { type: 'fixed-response', fixedResponse: { contentType: 'text/plain', statusCode: '403' } };
  }

  #loadBalancer(args: LoadBalancerArgs): Lb {
    const balancer = new Lb(this, 'load-balancer', {
      name: args.name,
      loadBalancerType: 'application',
      internal: false,
      subnets: args.network.publicSubnetIds,
      securityGroups: [this.#firewall.groupId],
      idleTimeout: args.idleTimeoutSeconds ?? 300,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: 'defensive',
      // ingress-nginx chooses by host: it sees the one that was asked for.
      preserveHostHeader: true,
      enableDeletionProtection: args.production,
      accessLogs: args.logs.ofLoadBalancer('load-balancer'),
      dependsOn: [args.logs.writable],
    });
    acceptFindings(balancer, {
      CKV2_AWS_76:
        'the web ACL has the rules of known bad inputs, Log4j among them; checkov does not find it through the association',
      ...(args.certificate === undefined ? { CKV2_AWS_20: noCertificate } : {}),
      ...(args.production ? {} : { CKV_AWS_150: 'protected in production; others are made to be destroyed' }),
    });
    return balancer;
  }

  #targetGroup(args: LoadBalancerArgs): LbTargetGroup {
    const targets = new LbTargetGroup(this, 'targets', {
      name: args.name,
      vpcId: args.network.vpcId,
      targetType: 'instance',
      protocol: 'HTTP',
      port: ingressNodePort,
      deregistrationDelay: String(args.deregistrationDelaySeconds ?? 60),
      // A node whose services are slow gets fewer requests, not its share.
      loadBalancingAlgorithmType: 'least_outstanding_requests',
      healthCheck: {
        protocol: 'HTTP',
        port: 'traffic-port',
        path: '/healthz',
        matcher: '200',
        interval: 10,
        timeout: 5,
        healthyThreshold: 2,
        unhealthyThreshold: 3,
      },
    });
    acceptFindings(targets, {
      CKV_AWS_378:
        'TLS ends at the load balancer; from there it is one hop in private subnets, to one port of the nodes',
    });
    return targets;
  }

  #listen(certificate: Certificate): LbListener {
    const https = new LbListener(this, 'https', {
      loadBalancerArn: this.#balancer.arn,
      port: 443,
      protocol: 'HTTPS',
      // TLS 1.2 and 1.3, ciphers with forward secrecy and authenticated encryption only.
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      certificateArn: certificate.arn,
      defaultAction: [this.#byDefault],
    });
    new LbListener(this, 'http', {
      loadBalancerArn: this.#balancer.arn,
      port: 80,
      protocol: 'HTTP',
      defaultAction: [
        { type: 'redirect', redirect: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' } },
      ],
    });
    return https;
  }

  #listenInPlain(): LbListener {
    const listener = new LbListener(this, 'http', {
      loadBalancerArn: this.#balancer.arn,
      port: 80,
      protocol: 'HTTP',
      defaultAction: [this.#byDefault],
    });
    acceptFindings(listener, { CKV_AWS_2: noCertificate, CKV_AWS_103: noCertificate });
    return listener;
  }
}

const noCertificate =
  'an environment without host names has no certificate: for trying out, and admits CloudFront alone';
